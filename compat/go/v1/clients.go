package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/auth0/go-auth0"
	"github.com/auth0/go-auth0/management"

	. "m2mint.example/compat/go/steps"
)

// clients: applications, their secrets and their keys.
func clients() {
	client = &management.Client{
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
}
