// Every manager of go-auth0 v1 that concerns machines: create, read, list, update, delete.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/auth0/go-auth0"
	"github.com/auth0/go-auth0/authentication"
	"github.com/auth0/go-auth0/authentication/oauth"
	"github.com/auth0/go-auth0/management"

	. "m2mint.example/compat/go/steps"
)

const trigger = "credentials-exchange"

func code(claim string) *string {
	return auth0.String(fmt.Sprintf(`exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim("https://x.example/%s", event.secrets.word);
};`, claim))
}

func main() {
	walk := Walk{Version: "v1"}
	ctx := context.Background()
	id, secret := os.Getenv("COMPAT_CLIENT_ID"), os.Getenv("COMPAT_CLIENT_SECRET")
	api := Got(management.New(Domain, management.WithClientCredentials(ctx, id, secret), management.WithNoRetries()))
	identifier := "https://api-" + Run + ".example/orders/"

	walk.Step("token by client credentials", func() error {
		auth := Got(authentication.New(ctx, Domain, authentication.WithClientID(id), authentication.WithClientSecret(secret)))
		tokens, err := auth.OAuth.LoginWithClientCredentials(ctx, oauth.LoginWithClientCredentialsRequest{
			Audience: "https://" + Domain + "/api/v2/",
		}, oauth.IDTokenValidationOptions{})
		if err == nil {
			Same(tokens.TokenType, "Bearer")
		}
		return err
	})

	// Resource servers

	resourceServer := &management.ResourceServer{
		Name:          auth0.String(Unique("Orders")),
		Identifier:    auth0.String(identifier),
		Scopes:        &[]management.ResourceServerScope{{Value: auth0.String("read:orders"), Description: auth0.String("Read orders")}},
		TokenLifetime: auth0.Int(600),
		TokenDialect:  auth0.String("rfc9068_profile"),
		SubjectTypeAuthorization: &management.ResourceServerSubjectTypeAuthorization{
			Client: &management.ResourceServerSubjectTypeAuthorizationClient{Policy: auth0.String("require_client_grant")},
		},
	}
	walk.Step("ResourceServer.Create", func() error {
		Must(api.ResourceServer.Create(ctx, resourceServer))
		Same(len(resourceServer.GetID()), 24)
		return nil
	})
	walk.Step("ResourceServer.Read", func() error {
		read := Got(api.ResourceServer.Read(ctx, resourceServer.GetID()))
		Same(read.GetTokenLifetime(), 600)
		Same(read.GetTokenDialect(), "rfc9068_profile")
		Same(Got(api.ResourceServer.Read(ctx, identifier)).GetID(), read.GetID())
		return nil
	})
	walk.Step("ResourceServer.List", func() error {
		list := Got(api.ResourceServer.List(ctx, management.PerPage(1), management.Page(1)))
		Same([]int{list.Start, list.Limit, len(list.ResourceServers)}, []int{1, 1, 1})
		list = Got(api.ResourceServer.List(ctx))
		Some(list.ResourceServers, func(one *management.ResourceServer) bool { return one.GetIdentifier() == identifier })
		return nil
	})
	walk.Step("ResourceServer.Update", func() error {
		change := &management.ResourceServer{Scopes: &[]management.ResourceServerScope{{Value: auth0.String("write:orders")}, {Value: auth0.String("read:orders")}}}
		Must(api.ResourceServer.Update(ctx, resourceServer.GetID(), change))
		Same(len(change.GetScopes()), 2)
		return nil
	})
	walk.Step("ResourceServer.Create again: 409", func() error {
		Refused(409, api.ResourceServer.Create(ctx, &management.ResourceServer{Identifier: auth0.String(identifier)}))
		return nil
	})

	// Clients

	client := &management.Client{
		Name:           auth0.String(Unique("Cron")),
		Description:    auth0.String("Runs each night"),
		AppType:        auth0.String("non_interactive"),
		GrantTypes:     &[]string{"client_credentials"},
		ClientMetadata: &map[string]any{"team": "billing"},
	}
	walk.Step("Client.Create", func() error {
		Must(api.Client.Create(ctx, client))
		Same(client.GetClientID() != "" && client.GetClientSecret() != "", true)
		return nil
	})
	walk.Step("Client.Read", func() error {
		read := Got(api.Client.Read(ctx, client.GetClientID()))
		Same(read.GetClientMetadata(), map[string]any{"team": "billing"})
		some := Got(api.Client.Read(ctx, client.GetClientID(), management.IncludeFields("client_id", "app_type")))
		Same([]string{some.GetName(), some.GetAppType()}, []string{"", "non_interactive"})
		return nil
	})
	walk.Step("Client.List by page", func() error {
		list := Got(api.Client.List(ctx, management.PerPage(1), management.IncludeFields("client_id", "name")))
		Same([]int{list.Start, list.Limit, len(list.Clients)}, []int{0, 1, 1})
		Same(list.HasNext(), true)
		return nil
	})
	walk.Step("Client.List by checkpoint", func() error {
		options := []management.RequestOption{management.Take(1)}
		for turn := 0; turn < 100; turn++ {
			list := Got(api.Client.List(ctx, options...))
			for _, one := range list.Clients {
				if one.GetClientID() == client.GetClientID() {
					return nil
				}
			}
			if list.Next == "" {
				break
			}
			options = []management.RequestOption{management.Take(1), management.From(list.Next)}
		}
		return fmt.Errorf("not found")
	})
	walk.Step("Client.Update", func() error {
		change := &management.Client{Name: auth0.String(Unique("Cron 2"))}
		Must(api.Client.Update(ctx, client.GetClientID(), change))
		Same(change.GetName(), Unique("Cron 2"))
		return nil
	})
	walk.Step("Client.Update with a quota", func() error {
		change := &management.Client{TokenQuota: &management.TokenQuota{
			ClientCredentials: &management.TokenQuotaClientCredentials{Enforce: auth0.Bool(true), PerHour: auth0.Int(100)},
		}}
		Must(api.Client.Update(ctx, client.GetClientID(), change))
		Same(change.GetTokenQuota().GetClientCredentials().GetPerHour(), 100)
		return nil
	})
	newSecret := ""
	walk.Step("Client.RotateSecret", func() error {
		newSecret = Got(api.Client.RotateSecret(ctx, client.GetClientID())).GetClientSecret()
		Same(newSecret != client.GetClientSecret(), true)
		return nil
	})
	credential := &management.Credential{
		Name: auth0.String("First key"), CredentialType: auth0.String("public_key"), PEM: auth0.String(PublicKey()), Algorithm: auth0.String("RS256"),
	}
	walk.Step("Client.CreateCredential, GetCredential, ListCredentials", func() error {
		Must(api.Client.CreateCredential(ctx, client.GetClientID(), credential))
		Same(strings.HasPrefix(credential.GetID(), "cred_"), true)
		Same(Got(api.Client.GetCredential(ctx, client.GetClientID(), credential.GetID())).GetKeyID(), credential.GetKeyID())
		Same(len(Got(api.Client.ListCredentials(ctx, client.GetClientID()))), 1)
		return nil
	})
	walk.Step("Client.UpdateCredential", func() error {
		at := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
		change := &management.Credential{ExpiresAt: &at}
		Must(api.Client.UpdateCredential(ctx, client.GetClientID(), credential.GetID(), change))
		Same(change.GetExpiresAt().Equal(at), true)
		return nil
	})
	walk.Step("Client.Create with private_key_jwt", func() error {
		made := &management.Client{Name: auth0.String(Unique("Signer")), AppType: auth0.String("non_interactive"),
			ClientAuthenticationMethods: &management.ClientAuthenticationMethods{PrivateKeyJWT: &management.PrivateKeyJWT{
				Credentials: &[]management.Credential{{Name: auth0.String("Key"), CredentialType: auth0.String("public_key"), PEM: auth0.String(PublicKey())}},
			}}}
		Must(api.Client.Create(ctx, made))
		credentials := made.GetClientAuthenticationMethods().GetPrivateKeyJWT().GetCredentials()
		Same(strings.HasPrefix(credentials[0].GetID(), "cred_"), true)
		return api.Client.Delete(ctx, made.GetClientID())
	})
	walk.Step("Client.DeleteCredential", func() error {
		Must(api.Client.DeleteCredential(ctx, client.GetClientID(), credential.GetID()))
		Same(len(Got(api.Client.ListCredentials(ctx, client.GetClientID()))), 0)
		return nil
	})

	// Client grants and organizations

	grant := &management.ClientGrant{
		ClientID: client.ClientID, Audience: &identifier, Scope: &[]string{"read:orders"},
		OrganizationUsage: auth0.String("allow"), AllowAnyOrganization: auth0.Bool(false),
	}
	walk.Step("ClientGrant.Create, Read, List", func() error {
		Must(api.ClientGrant.Create(ctx, grant))
		Same(Got(api.ClientGrant.Read(ctx, grant.GetID())).GetScope(), []string{"read:orders"})
		list := Got(api.ClientGrant.List(ctx, management.Parameter("client_id", client.GetClientID())))
		Same([]any{len(list.ClientGrants), list.ClientGrants[0].GetID()}, []any{1, grant.GetID()})
		first := Got(api.ClientGrant.List(ctx, management.Take(1)))
		next := Got(api.ClientGrant.List(ctx, management.Take(1), management.From(first.Next)))
		Same(first.ClientGrants[0].GetID() != next.ClientGrants[0].GetID(), true)
		return nil
	})
	walk.Step("token of the granted client", func() error {
		Same(Claims(client.GetClientID(), newSecret, identifier, "")["scope"], "read:orders")
		return nil
	})
	walk.Step("ClientGrant.Update", func() error {
		change := &management.ClientGrant{Scope: &[]string{"write:orders"}, OrganizationUsage: auth0.String("require")}
		Must(api.ClientGrant.Update(ctx, grant.GetID(), change))
		Same(change.GetScope(), []string{"write:orders"})
		return nil
	})
	organization := &management.Organization{
		Name: auth0.String(Unique("acme")), DisplayName: auth0.String("Acme"), Metadata: &map[string]string{"plan": "big"},
	}
	walk.Step("Organization.Create, Read, ReadByName, List", func() error {
		Must(api.Organization.Create(ctx, organization))
		Same(Got(api.Organization.Read(ctx, organization.GetID())).GetMetadata(), map[string]string{"plan": "big"})
		Same(Got(api.Organization.ReadByName(ctx, organization.GetName())).GetID(), organization.GetID())
		wanted := func(one *management.Organization) bool { return one.GetID() == organization.GetID() }
		Some(Got(api.Organization.List(ctx)).Organizations, wanted)
		Some(Got(api.Organization.List(ctx, management.Take(100))).Organizations, wanted)
		return nil
	})
	walk.Step("Organization.Update", func() error {
		change := &management.Organization{DisplayName: auth0.String("Acme 2")}
		Must(api.Organization.Update(ctx, organization.GetID(), change))
		Same(change.GetDisplayName(), "Acme 2")
		return nil
	})
	walk.Step("Organization.AssociateClientGrant, ClientGrants; ClientGrant.Organizations", func() error {
		Must(api.Organization.AssociateClientGrant(ctx, organization.GetID(), grant.GetID()))
		list := Got(api.Organization.ClientGrants(ctx, organization.GetID(), management.Parameter("grant_ids", grant.GetID())))
		Same([]any{list.Total, list.ClientGrants[0].GetID()}, []any{1, grant.GetID()})
		Same(Got(api.ClientGrant.Organizations(ctx, grant.GetID(), management.Take(10))).Organizations[0].GetID(), organization.GetID())
		return nil
	})
	walk.Step("token for an organization", func() error {
		Same(Claims(client.GetClientID(), newSecret, identifier, organization.GetID())["org_id"], organization.GetID())
		return nil
	})
	walk.Step("Organization.CreateDiscoveryDomain, …, DeleteDiscoveryDomain", func() error {
		domain := &management.OrganizationDiscoveryDomain{Domain: auth0.String(Run + ".acme.example"), Status: auth0.String("pending")}
		Must(api.Organization.CreateDiscoveryDomain(ctx, organization.GetID(), domain))
		Same(Got(api.Organization.DiscoveryDomain(ctx, organization.GetID(), domain.GetID())).GetDomain(), Run+".acme.example")
		Same(len(Got(api.Organization.DiscoveryDomains(ctx, organization.GetID())).Domains), 1)
		change := &management.OrganizationDiscoveryDomain{Status: auth0.String("verified")}
		Must(api.Organization.UpdateDiscoveryDomain(ctx, organization.GetID(), domain.GetID(), change))
		Same(change.GetStatus(), "verified")
		return api.Organization.DeleteDiscoveryDomain(ctx, organization.GetID(), domain.GetID())
	})
	walk.Step("Organization.RemoveClientGrant", func() error {
		Must(api.Organization.RemoveClientGrant(ctx, organization.GetID(), grant.GetID()))
		Same(Got(api.Organization.ClientGrants(ctx, organization.GetID())).Total, 0)
		return nil
	})

	// Tenant settings

	walk.Step("Tenant.Read, Update", func() error {
		Must(api.Tenant.Update(ctx, &management.Tenant{FriendlyName: auth0.String(Unique("Tenant"))}))
		Same(Got(api.Tenant.Read(ctx)).GetFriendlyName(), Unique("Tenant"))
		return nil
	})
	walk.Step("Tenant.Update, a quota for every client", func() error {
		quota := &management.TokenQuota{ClientCredentials: &management.TokenQuotaClientCredentials{Enforce: auth0.Bool(true), PerDay: auth0.Int(9000)}}
		Must(api.Tenant.Update(ctx, &management.Tenant{DefaultTokenQuota: &management.TenantDefaultTokenQuota{Clients: quota}}))
		Same(Got(api.Tenant.Read(ctx)).GetDefaultTokenQuota().GetClients().GetClientCredentials().GetPerDay(), 9000)
		return nil
	})

	// Actions

	action := &management.Action{
		Name: auth0.String(Unique("Claims")), Code: code("one"), Runtime: auth0.String("node22"),
		SupportedTriggers: []management.ActionTrigger{{ID: auth0.String(trigger), Version: auth0.String("v2")}},
		Secrets:           &[]management.ActionSecret{{Name: auth0.String("word"), Value: auth0.String("sesame")}},
	}
	built := func(id string) *management.Action {
		for turn := 0; turn < 100; turn++ {
			one := Got(api.Action.Read(ctx, id))
			if one.GetStatus() == "built" {
				return one
			}
			time.Sleep(100 * time.Millisecond)
		}
		panic("the action was not built in ten seconds")
	}
	walk.Step("Action.Create, and Read until built", func() error {
		Must(api.Action.Create(ctx, action))
		secrets := built(action.GetID()).GetSecrets()
		Same([]string{secrets[0].GetName(), secrets[0].GetValue()}, []string{"word", ""})
		return nil
	})
	var version *management.ActionVersion
	walk.Step("Action.Deploy, Update, Deploy again", func() error {
		version = Got(api.Action.Deploy(ctx, action.GetID()))
		Same(version.Number, 1)
		Must(api.Action.Update(ctx, action.GetID(), &management.Action{
			Name: action.Name, SupportedTriggers: action.SupportedTriggers, Code: code("two"),
		}))
		built(action.GetID())
		Same(Got(api.Action.Deploy(ctx, action.GetID())).Number, 2)
		return nil
	})
	walk.Step("Action.Versions, Version, DeployVersion", func() error {
		Same(len(Got(api.Action.Versions(ctx, action.GetID())).Versions), 2)
		Same(Got(api.Action.Version(ctx, action.GetID(), version.GetID())).GetCode(), *code("one"))
		_ = Got(api.Action.DeployVersion(ctx, action.GetID(), version.GetID()))
		Same(Got(api.Action.Read(ctx, action.GetID())).GetDeployedVersion().GetCode(), *code("one"))
		return nil
	})
	walk.Step("Action.Test", func() error {
		return api.Action.Test(ctx, action.GetID(), &management.ActionTestPayload{"event": map[string]any{}})
	})
	walk.Step("Action.List, Triggers", func() error {
		wanted := func(one *management.Action) bool { return one.GetID() == action.GetID() }
		Some(Got(api.Action.List(ctx, management.Parameter("triggerId", trigger))).Actions, wanted)
		Some(Got(api.Action.Triggers(ctx)).Triggers, func(one *management.ActionTrigger) bool { return one.GetID() == trigger })
		return nil
	})
	walk.Step("Action.UpdateBindings, Bindings", func() error {
		Must(api.Action.UpdateBindings(ctx, trigger, []*management.ActionBinding{{
			Ref: &management.ActionBindingReference{Type: auth0.String("action_id"), Value: action.ID}, DisplayName: auth0.String("Claims"),
		}}))
		Same(Got(api.Action.Bindings(ctx, trigger)).Bindings[0].GetAction().GetID(), action.GetID())
		return nil
	})
	walk.Step("a bound action changes the token", func() error {
		Must(api.ClientGrant.Update(ctx, grant.GetID(), &management.ClientGrant{OrganizationUsage: auth0.String("deny")}))
		Same(Claims(client.GetClientID(), newSecret, identifier, "")["https://x.example/one"], "sesame")
		return nil
	})
	walk.Step("Action.Delete", func() error {
		Must(api.Action.UpdateBindings(ctx, trigger, []*management.ActionBinding{}))
		Must(api.Action.Delete(ctx, action.GetID()))
		_, err := api.Action.Read(ctx, action.GetID())
		Refused(404, err)
		return nil
	})

	// Keys

	walk.Step("EncryptionKey.Create, Read, List, CreatePublicWrappingKey, Delete, Rekey", func() error {
		key := &management.EncryptionKey{Type: auth0.String("customer-provided-root-key")}
		Must(api.EncryptionKey.Create(ctx, key))
		Same(Got(api.EncryptionKey.Read(ctx, key.GetKID())).GetState(), "pre-activation")
		Some(Got(api.EncryptionKey.List(ctx)).Keys, func(one *management.EncryptionKey) bool { return one.GetKID() == key.GetKID() })
		Same(Got(api.EncryptionKey.CreatePublicWrappingKey(ctx, key.GetKID())).GetAlgorithm(), "CKM_RSA_AES_KEY_WRAP")
		Must(api.EncryptionKey.Delete(ctx, key.GetKID()))
		return api.EncryptionKey.Rekey(ctx)
	})

	// Logs and log streams

	walk.Step("Log.List, Read", func() error {
		for turn := 0; turn < 100; turn++ {
			found := Got(api.Log.List(ctx, management.Query("type:seccft"), management.PerPage(1)))
			if len(found) > 0 {
				Same(found[0].GetType(), "seccft")
				Same(Got(api.Log.Read(ctx, found[0].GetLogID())).GetLogID(), found[0].GetLogID())
				return nil
			}
			time.Sleep(100 * time.Millisecond)
		}
		return fmt.Errorf("no event in ten seconds")
	})
	walk.Step("LogStream.Create, Read, List, Update, Delete", func() error {
		stream := &management.LogStream{Name: auth0.String(Unique("Hook")), Type: auth0.String("http"), Sink: &management.LogStreamSinkHTTP{
			Endpoint: auth0.String("https://127.0.0.1:1/logs"), ContentType: auth0.String("application/json"), ContentFormat: auth0.String("JSONLINES"),
		}}
		Must(api.LogStream.Create(ctx, stream))
		sink := Got(api.LogStream.Read(ctx, stream.GetID())).Sink.(*management.LogStreamSinkHTTP)
		Same(sink.GetEndpoint(), "https://127.0.0.1:1/logs")
		Some(Got(api.LogStream.List(ctx)), func(one *management.LogStream) bool { return one.GetID() == stream.GetID() })
		change := &management.LogStream{Status: auth0.String("paused")}
		Must(api.LogStream.Update(ctx, stream.GetID(), change))
		Same(change.GetStatus(), "paused")
		return api.LogStream.Delete(ctx, stream.GetID())
	})

	// Token exchange profiles, network ACLs, custom domains

	walk.Step("TokenExchangeProfile.Create, Read, List, Update, Delete", func() error {
		exchange := &management.Action{
			Name: auth0.String(Unique("Exchange")), Code: auth0.String("exports.onExecuteCustomTokenExchange = async () => {};"),
			SupportedTriggers: []management.ActionTrigger{{ID: auth0.String("custom-token-exchange"), Version: auth0.String("v1")}},
		}
		Must(api.Action.Create(ctx, exchange))
		built(exchange.GetID())
		_ = Got(api.Action.Deploy(ctx, exchange.GetID()))
		profile := &management.TokenExchangeProfile{
			Name: auth0.String(Unique("Legacy")), Type: auth0.String("custom_authentication"),
			SubjectTokenType: auth0.String("urn:" + Run + ":legacy"), ActionID: exchange.ID,
		}
		Must(api.TokenExchangeProfile.Create(ctx, profile))
		Same(Got(api.TokenExchangeProfile.Read(ctx, profile.GetID())).GetActionID(), exchange.GetID())
		Same(len(Got(api.TokenExchangeProfile.List(ctx)).TokenExchangeProfiles), 1)
		Must(api.TokenExchangeProfile.Update(ctx, profile.GetID(), &management.TokenExchangeProfile{Name: auth0.String(Unique("Legacy 2"))}))
		Must(api.TokenExchangeProfile.Delete(ctx, profile.GetID()))
		return api.Action.Delete(ctx, exchange.GetID())
	})
	walk.Step("NetworkACL.Create, Read, List, Update, Patch, Delete", func() error {
		acl := &management.NetworkACL{
			Description: auth0.String(Unique("Block")), Active: auth0.Bool(true), Priority: auth0.Int(7),
			Rule: &management.NetworkACLRule{
				Action: &management.NetworkACLRuleAction{Block: auth0.Bool(true)}, Scope: auth0.String("tenant"),
				Match: &management.NetworkACLRuleMatch{IPv4Cidrs: &[]string{"203.0.113.0/24"}},
			},
		}
		Must(api.NetworkACL.Create(ctx, acl))
		Same(Got(api.NetworkACL.Read(ctx, acl.GetID())).GetPriority(), 7)
		Some(Got(api.NetworkACL.List(ctx)), func(one *management.NetworkACL) bool { return one.GetID() == acl.GetID() })
		whole := &management.NetworkACL{Description: auth0.String(Unique("Put")), Active: auth0.Bool(false), Priority: auth0.Int(8), Rule: acl.Rule}
		Must(api.NetworkACL.Update(ctx, acl.GetID(), whole))
		Must(api.NetworkACL.Patch(ctx, acl.GetID(), &management.NetworkACL{Active: auth0.Bool(true)}))
		Same(Got(api.NetworkACL.Read(ctx, acl.GetID())).GetPriority(), 8)
		return api.NetworkACL.Delete(ctx, acl.GetID())
	})
	walk.Step("CustomDomain.Create, Read, List, Verify, Delete", func() error {
		domain := &management.CustomDomain{Domain: auth0.String("login-" + Run + ".example.com"), Type: auth0.String("auth0_managed_certs")}
		Must(api.CustomDomain.Create(ctx, domain))
		Same(Got(api.CustomDomain.Read(ctx, domain.GetID())).GetDomain(), domain.GetDomain())
		wanted := func(one *management.CustomDomain) bool { return one.GetID() == domain.GetID() }
		Some(Got(api.CustomDomain.List(ctx)), wanted)
		Some(Got(api.CustomDomain.ListWithPagination(ctx, management.Take(10))).CustomDomains, wanted)
		_ = Got(api.CustomDomain.Verify(ctx, domain.GetID()))
		return api.CustomDomain.Delete(ctx, domain.GetID())
	})

	// Stats and attack protection

	walk.Step("Stat.ActiveUsers, Daily", func() error {
		_ = Got(api.Stat.ActiveUsers(ctx))
		_ = Got(api.Stat.Daily(ctx, management.Parameter("from", "20260101"), management.Parameter("to", "20300101")))
		return nil
	})
	walk.Step("AttackProtection.GetSuspiciousIPThrottling, UpdateSuspiciousIPThrottling", func() error {
		_ = Got(api.AttackProtection.GetSuspiciousIPThrottling(ctx))
		return api.AttackProtection.UpdateSuspiciousIPThrottling(ctx, &management.SuspiciousIPThrottling{AllowList: &[]string{"192.0.2.1"}})
	})

	// The end

	walk.Step("ClientGrant, Organization, Client, ResourceServer: Delete", func() error {
		Must(api.ClientGrant.Delete(ctx, grant.GetID()))
		_, err := api.ClientGrant.Read(ctx, grant.GetID())
		Refused(404, err)
		Must(api.Organization.Delete(ctx, organization.GetID()))
		Must(api.Client.Delete(ctx, client.GetClientID()))
		_, err = api.Client.Read(ctx, client.GetClientID())
		Refused(404, err)
		Must(api.ResourceServer.Delete(ctx, resourceServer.GetID()))
		_, err = api.ResourceServer.Read(ctx, resourceServer.GetID())
		Refused(404, err)
		return nil
	})
	walk.Step("SigningKey.List, Read, Rotate, Revoke", func() error {
		for _, key := range Got(api.SigningKey.List(ctx)) {
			if !key.GetCurrent() {
				continue
			}
			Same(Got(api.SigningKey.Read(ctx, key.GetKID())).GetThumbprint(), key.GetThumbprint())
			Same(strings.Contains(Got(api.SigningKey.Rotate(ctx)).GetCert(), "BEGIN CERTIFICATE"), true)
			Same(Got(api.SigningKey.Revoke(ctx, key.GetKID())).GetKID(), key.GetKID())
			return nil
		}
		return fmt.Errorf("no current key")
	})
}
