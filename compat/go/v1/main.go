// Every manager of go-auth0 v1 that concerns machines: create, read, list, update, delete.
package main

import (
	"context"
	"os"

	"github.com/auth0/go-auth0/authentication"
	"github.com/auth0/go-auth0/authentication/oauth"
	"github.com/auth0/go-auth0/management"

	. "m2mint.example/compat/go/steps"
)

var (
	walk       = Walk{Version: "v1"}
	ctx        = context.Background()
	id, secret = os.Getenv("COMPAT_CLIENT_ID"), os.Getenv("COMPAT_CLIENT_SECRET")
	api        = Got(management.New(Domain, management.WithClientCredentials(ctx, id, secret), management.WithNoRetries()))
	identifier = "https://api-" + Run + ".example/orders/"
)

// What earlier files made.
var (
	resourceServer *management.ResourceServer
	client         *management.Client
	newSecret      string
	grant          *management.ClientGrant
	organization   *management.Organization
)

func main() {
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
	resourceServers()
	clients()
	organizations()
	actions()
	edges()
	end()
}
