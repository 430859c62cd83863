package main

import (
	"github.com/auth0/go-auth0"
	"github.com/auth0/go-auth0/management"

	. "m2mint.example/compat/go/steps"
)

// resourceServers: APIs that accept tokens.
func resourceServers() {
	resourceServer = &management.ResourceServer{
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
}
