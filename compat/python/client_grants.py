"""What an application may ask for."""

from sdk import IDENTIFIER, api, claims, made, need, same, step


@step("client_grants.create", keep="grant")
def _():
    fresh = api.client_grants.create(
        client_id=need(made.client).client_id,
        audience=IDENTIFIER,
        scope=["read:orders"],
        organization_usage="allow",
        allow_any_organization=False,
    )
    same((fresh.scope, fresh.organization_usage, fresh.subject_type), (["read:orders"], "allow", "client"))
    return fresh


@step("token of the granted client")
def _():
    found = claims(need(made.rotated), audience=IDENTIFIER)
    same((need(made.grant) and found["scope"], found["aud"]), ("read:orders", IDENTIFIER))


@step("client_grants.get and list")
def _():
    same(api.client_grants.get(need(made.grant).id).audience, IDENTIFIER)
    same([one.id for one in api.client_grants.list(client_id=made.client.client_id, take=1)], [made.grant.id])
    assert len(list(api.client_grants.list(take=1))) >= 2


@step("client_grants.update")
def _():
    changed = api.client_grants.update(need(made.grant).id, scope=[], organization_usage="require")
    same((changed.scope, changed.organization_usage), ([], "require"))
