package main

import (
	"fmt"
	"strings"

	. "m2mint.example/compat/go/steps"
)

// end: deletes what was made, and changes the signing key, which ends every token so far.
func end() {
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
