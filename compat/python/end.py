"""Deletes what was made, and changes the signing key, which ends every token so far."""

from sdk import api, made, need, refused, same, step


@step("client_grants, organizations, clients, resource_servers: delete")
def _():
    api.client_grants.delete(need(made.grant).id)
    refused(404, lambda: api.client_grants.get(made.grant.id))
    api.organizations.delete(need(made.organization).id)
    refused(404, lambda: api.organizations.get(made.organization.id))
    api.clients.delete(need(made.client).client_id)
    refused(404, lambda: api.clients.get(made.client.client_id))
    api.resource_servers.delete(need(made.resource_server).id)
    refused(404, lambda: api.resource_servers.get(made.resource_server.id))


@step("keys.signing: list, get, rotate, revoke")
def _():
    current = next(key for key in api.keys.signing.list() if key.current)
    same(api.keys.signing.get(current.kid).thumbprint, current.thumbprint)
    assert "BEGIN CERTIFICATE" in api.keys.signing.rotate().cert
    same(api.keys.signing.revoke(current.kid).kid, current.kid)
