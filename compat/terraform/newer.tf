# What only newer versions of the provider know.

resource "auth0_client_grant" "signer" {
  client_id              = auth0_client.signer.id
  audience               = auth0_resource_server.invoices.identifier
  scopes                 = ["read:invoices"]
  organization_usage     = "require"
  allow_any_organization = false

  depends_on = [auth0_resource_server_scopes.invoices]
}

resource "auth0_organization_client_grant" "signer" {
  organization_id = auth0_organization.acme.id
  grant_id        = auth0_client_grant.signer.id
}
