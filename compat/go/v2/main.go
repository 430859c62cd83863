// The managers of go-auth0 v2 that concern machines: create, get, list, update, delete.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/auth0/go-auth0/v2/management"
	"github.com/auth0/go-auth0/v2/management/client"
	"github.com/auth0/go-auth0/v2/management/core"
	"github.com/auth0/go-auth0/v2/management/option"

	. "m2mint.example/compat/go/steps"
)

const trigger = "credentials-exchange"

// all gives the items of every page. The first page is number 0, which this version has to be told.
func all[T any](ctx context.Context, page *core.Page[T], err error) []T {
	Must(err)
	var items []T
	pages := page.Iterator()
	for pages.Next(ctx) {
		items = append(items, pages.Current())
	}
	Must(pages.Err())
	return items
}

// quoted is a text as JSON.
func quoted(text string) string { return string(Got(json.Marshal(text))) }

// refusedWith panics unless the SDK's error has the status.
func refusedWith(status int, err error) {
	if err == nil {
		panic(fmt.Sprintf("expected %d, but it went well", status))
	}
	Same(strings.HasPrefix(err.Error(), fmt.Sprint(status)), true)
}

func main() {
	walk := Walk{Version: "v2"}
	ctx := context.Background()
	id, secret := os.Getenv("COMPAT_CLIENT_ID"), os.Getenv("COMPAT_CLIENT_SECRET")
	api := Got(client.New(Domain, option.WithClientCredentials(ctx, id, secret), option.WithMaxAttempts(1)))
	identifier := "https://api-" + Run + ".example/orders/"

	var server *management.CreateResourceServerResponseContent
	walk.Step("ResourceServers.Create", func() error {
		server = Got(api.ResourceServers.Create(ctx, From[management.CreateResourceServerRequestContent](
			`{"identifier":%q,"name":%q,"token_lifetime":600,"scopes":[{"value":"read:orders"}]}`, identifier, Unique("Orders"))))
		Same(server.GetIdentifier(), identifier)
		return nil
	})
	walk.Step("ResourceServers.Get, List, Update", func() error {
		Same(Got(api.ResourceServers.Get(ctx, server.GetID(), &management.GetResourceServerRequestParameters{})).GetTokenLifetime(), 600)
		page, err := api.ResourceServers.List(ctx, &management.ListResourceServerRequestParameters{PerPage: management.Int(1), Page: management.Int(0), IncludeTotals: management.Bool(true)})
		Some(all(ctx, page, err), func(one *management.ResourceServer) bool { return one.GetIdentifier() == identifier })
		changed := Got(api.ResourceServers.Update(ctx, server.GetID(), From[management.UpdateResourceServerRequestContent](`{"token_lifetime":700}`)))
		Same(changed.GetTokenLifetime(), 700)
		return nil
	})

	var cron *management.CreateClientResponseContent
	walk.Step("Clients.Create", func() error {
		cron = Got(api.Clients.Create(ctx, From[management.CreateClientRequestContent](
			`{"name":%q,"app_type":"non_interactive","grant_types":["client_credentials"]}`, Unique("Cron"))))
		Same(cron.GetName(), Unique("Cron"))
		return nil
	})
	walk.Step("Clients.Get, List, Update", func() error {
		Same(Got(api.Clients.Get(ctx, cron.GetClientID(), &management.GetClientRequestParameters{})).GetName(), Unique("Cron"))
		page, err := api.Clients.List(ctx, &management.ListClientsRequestParameters{PerPage: management.Int(1), Page: management.Int(0), IncludeTotals: management.Bool(true)})
		Some(all(ctx, page, err), func(one *management.Client) bool { return one.GetClientID() == cron.GetClientID() })
		changed := Got(api.Clients.Update(ctx, cron.GetClientID(), From[management.UpdateClientRequestContent](`{"description":"Runs each night"}`)))
		Same(changed.GetDescription(), "Runs each night")
		return nil
	})
	newSecret := ""
	walk.Step("Clients.RotateSecret", func() error {
		newSecret = Got(api.Clients.RotateSecret(ctx, cron.GetClientID())).GetClientSecret()
		Same(newSecret != cron.GetClientSecret(), true)
		return nil
	})
	walk.Step("Clients.Credentials: Create, Get, List, Delete", func() error {
		credential := Got(api.Clients.Credentials.Create(ctx, cron.GetClientID(), From[management.PostClientCredentialRequestContent](
			`{"credential_type":"public_key","name":"Key","alg":"RS256","pem":%s}`, quoted(PublicKey()))))
		Same(Got(api.Clients.Credentials.Get(ctx, cron.GetClientID(), credential.GetID())).GetKid(), credential.GetKid())
		Same(len(Got(api.Clients.Credentials.List(ctx, cron.GetClientID()))), 1)
		return api.Clients.Credentials.Delete(ctx, cron.GetClientID(), credential.GetID())
	})

	var grant *management.CreateClientGrantResponseContent
	walk.Step("ClientGrants.Create, List, Update", func() error {
		grant = Got(api.ClientGrants.Create(ctx, From[management.CreateClientGrantRequestContent](
			`{"client_id":%q,"audience":%q,"scope":["read:orders"],"organization_usage":"allow"}`, cron.GetClientID(), identifier)))
		page, err := api.ClientGrants.List(ctx, &management.ListClientGrantsRequestParameters{Take: management.Int(1)})
		Some(all(ctx, page, err), func(one *management.ClientGrantResponseContent) bool { return one.GetID() == grant.GetID() })
		changed := Got(api.ClientGrants.Update(ctx, grant.GetID(), From[management.UpdateClientGrantRequestContent](`{"organization_usage":"require"}`)))
		Same(fmt.Sprint(changed.GetOrganizationUsage()), "require")
		return nil
	})

	var acme *management.CreateOrganizationResponseContent
	walk.Step("Organizations.Create, Get, GetByName, List, Update", func() error {
		acme = Got(api.Organizations.Create(ctx, From[management.CreateOrganizationRequestContent](`{"name":%q,"display_name":"Acme"}`, Unique("acme"))))
		Same(Got(api.Organizations.Get(ctx, acme.GetID())).GetName(), Unique("acme"))
		Same(Got(api.Organizations.GetByName(ctx, Unique("acme"))).GetID(), acme.GetID())
		page, err := api.Organizations.List(ctx, &management.ListOrganizationsRequestParameters{Take: management.Int(1)})
		Some(all(ctx, page, err), func(one *management.Organization) bool { return one.GetID() == acme.GetID() })
		changed := Got(api.Organizations.Update(ctx, acme.GetID(), From[management.UpdateOrganizationRequestContent](`{"display_name":"Acme 2"}`)))
		Same(changed.GetDisplayName(), "Acme 2")
		return nil
	})
	walk.Step("Organizations.ClientGrants: Create, List; a token; Delete", func() error {
		_ = Got(api.Organizations.ClientGrants.Create(ctx, acme.GetID(), From[management.AssociateOrganizationClientGrantRequestContent](`{"grant_id":%q}`, grant.GetID())))
		page, err := api.Organizations.ClientGrants.List(ctx, acme.GetID(), &management.ListOrganizationClientGrantsRequestParameters{Page: management.Int(0), IncludeTotals: management.Bool(true)})
		Some(all(ctx, page, err), func(one *management.OrganizationClientGrant) bool { return one.GetID() == grant.GetID() })
		Same(Claims(cron.GetClientID(), newSecret, identifier, acme.GetID())["org_id"], acme.GetID())
		return api.Organizations.ClientGrants.Delete(ctx, acme.GetID(), grant.GetID())
	})
	walk.Step("Tenants.Settings: Get, Update", func() error {
		_ = Got(api.Tenants.Settings.Get(ctx, &management.GetTenantSettingsRequestParameters{}))
		changed := Got(api.Tenants.Settings.Update(ctx, From[management.UpdateTenantSettingsRequestContent](`{"friendly_name":%q}`, Unique("Tenant"))))
		Same(changed.GetFriendlyName(), Unique("Tenant"))
		return nil
	})

	built := func(id string) {
		for turn := 0; turn < 100; turn++ {
			if Got(api.Actions.Get(ctx, id)).GetStatus() == "built" {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		panic("the action was not built in ten seconds")
	}
	walk.Step("Actions: Create, Deploy, Versions, Bindings, Delete", func() error {
		action := Got(api.Actions.Create(ctx, From[management.CreateActionRequestContent](
			`{"name":%q,"code":"exports.onExecuteCredentialsExchange = async () => {};","runtime":"node22","supported_triggers":[{"id":%q,"version":"v2"}]}`,
			Unique("Claims"), trigger)))
		built(action.GetID())
		version := Got(api.Actions.Deploy(ctx, action.GetID()))
		page, err := api.Actions.Versions.List(ctx, action.GetID(), &management.ListActionVersionsRequestParameters{Page: management.Int(0)})
		Same(len(all(ctx, page, err)), 1)
		Same(Got(api.Actions.Versions.Get(ctx, action.GetID(), version.GetID())).GetID(), version.GetID())
		bindings := api.Actions.Triggers.Bindings
		_ = Got(bindings.UpdateMany(ctx, trigger, From[management.UpdateActionBindingsRequestContent](
			`{"bindings":[{"display_name":"Claims","ref":{"type":"action_id","value":%q}}]}`, action.GetID())))
		bound, err := bindings.List(ctx, trigger, &management.ListActionTriggerBindingsRequestParameters{Page: management.Int(0)})
		Same(len(all(ctx, bound, err)), 1)
		return api.Actions.Delete(ctx, action.GetID(), &management.DeleteActionRequestParameters{Force: management.Bool(true)})
	})
	walk.Step("Logs.List, Get", func() error {
		page, err := api.Logs.List(ctx, &management.ListLogsRequestParameters{PerPage: management.Int(50), Page: management.Int(0), IncludeTotals: management.Bool(true)})
		events := all(ctx, page, err)
		Same(Got(api.Logs.Get(ctx, events[0].GetLogID())).GetLogID(), events[0].GetLogID())
		return nil
	})
	walk.Step("NetworkACLs: Create, List, Get, Update, Delete", func() error {
		Must(api.NetworkACLs.Create(ctx, From[management.CreateNetworkACLRequestContent](
			`{"description":"Block","active":true,"priority":7,"rule":{"action":{"block":true},"scope":"tenant","match":{"ipv4_cidrs":["203.0.113.0/24"]}}}`)))
		page, err := api.NetworkACLs.List(ctx, &management.ListNetworkACLsRequestParameters{Page: management.Int(0), IncludeTotals: management.Bool(true)})
		acl := all(ctx, page, err)[0]
		Same(Got(api.NetworkACLs.Get(ctx, acl.GetID())).GetPriority(), 7.0)
		_ = Got(api.NetworkACLs.Update(ctx, acl.GetID(), From[management.UpdateNetworkACLRequestContent](`{"active":false}`)))
		return api.NetworkACLs.Delete(ctx, acl.GetID())
	})
	walk.Step("CustomDomains: Create, List, Delete", func() error {
		domain := Got(api.CustomDomains.Create(ctx, From[management.CreateCustomDomainRequestContent](
			`{"domain":%q,"type":"auth0_managed_certs"}`, "login-"+Run+".example.com")))
		_ = Got(api.CustomDomains.List(ctx))
		return api.CustomDomains.Delete(ctx, domain.GetCustomDomainID())
	})

	walk.Step("ClientGrants, Organizations, Clients, ResourceServers: Delete", func() error {
		Must(api.ClientGrants.Delete(ctx, grant.GetID()))
		Must(api.Organizations.Delete(ctx, acme.GetID()))
		Must(api.Clients.Delete(ctx, cron.GetClientID()))
		_, err := api.Clients.Get(ctx, cron.GetClientID(), &management.GetClientRequestParameters{})
		refusedWith(404, err)
		return api.ResourceServers.Delete(ctx, server.GetID())
	})
	walk.Step("Keys.Signing: List, Get, Rotate, Revoke", func() error {
		for _, key := range Got(api.Keys.Signing.List(ctx)) {
			if !key.GetCurrent() {
				continue
			}
			Same(Got(api.Keys.Signing.Get(ctx, key.GetKid())).GetThumbprint(), key.GetThumbprint())
			_ = Got(api.Keys.Signing.Rotate(ctx))
			Same(Got(api.Keys.Signing.Revoke(ctx, key.GetKid())).GetKid(), key.GetKid())
			return nil
		}
		return fmt.Errorf("no current key")
	})
}
