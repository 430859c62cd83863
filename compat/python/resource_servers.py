"""APIs that accept tokens."""

from sdk import ACCOUNT, DOMAIN, IDENTIFIER, api, claims, made, need, refused, same, step, unique


@step("token by client credentials")
def _():
    same(claims(ACCOUNT, audience=f"https://{DOMAIN}/api/v2/")["azp"], ACCOUNT[0])


@step("resource_servers.create", keep="resource_server")
def _():
    fresh = api.resource_servers.create(
        identifier=IDENTIFIER,
        name=unique("Orders"),
        scopes=[{"value": "read:orders", "description": "Read orders"}, {"value": "write:orders"}],
        signing_alg="RS256",
        token_lifetime=7200,
    )
    same((fresh.identifier, fresh.name, fresh.token_lifetime), (IDENTIFIER, unique("Orders"), 7200))
    return fresh


@step("resource_servers.get, by id and by identifier")
def _():
    same(api.resource_servers.get(need(made.resource_server).id).identifier, IDENTIFIER)
    same(api.resource_servers.get(IDENTIFIER).id, made.resource_server.id)


@step("resource_servers.list")
def _():
    found = list(api.resource_servers.list(per_page=1))
    assert any(one.identifier == IDENTIFIER for one in found)
    assert any(one.name == "Auth0 Management API" and one.is_system for one in found)


@step("resource_servers.update")
def _():
    changed = api.resource_servers.update(
        need(made.resource_server).id,
        token_lifetime=600,
        token_dialect="rfc9068_profile",
        scopes=[{"value": "read:orders"}],
        subject_type_authorization={"client": {"policy": "require_client_grant"}},
    )
    same((changed.token_lifetime, changed.token_dialect), (600, "rfc9068_profile"))
    same([scope.value for scope in changed.scopes], ["read:orders"])


@step("resource_servers.create again: 409")
def _():
    refused(409, lambda: api.resource_servers.create(identifier=IDENTIFIER))
