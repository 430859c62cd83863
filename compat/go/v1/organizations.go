package main

import (
	"github.com/auth0/go-auth0"
	"github.com/auth0/go-auth0/management"

	. "m2mint.example/compat/go/steps"
)

// organizations: client grants, organizations, and the settings of the tenant.
func organizations() {
	grant = &management.ClientGrant{
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
	organization = &management.Organization{
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
}
