"""Applications, their secrets and their keys."""

from datetime import datetime, timedelta, timezone

from sdk import api, made, need, public_key, same, step, unique


@step("clients.create", keep="client")
def _():
    fresh = api.clients.create(
        name=unique("Cron"),
        description="Runs each night",
        app_type="non_interactive",
        grant_types=["client_credentials"],
        client_metadata={"team": "billing"},
    )
    assert fresh.client_id and fresh.client_secret
    same((fresh.name, fresh.app_type, fresh.grant_types), (unique("Cron"), "non_interactive", ["client_credentials"]))
    return fresh


@step("clients.get")
def _():
    got = api.clients.get(need(made.client).client_id)
    same((got.name, got.client_metadata), (made.client.name, {"team": "billing"}))


@step("clients.list")
def _():
    pager = api.clients.list(per_page=1)
    same((pager.response.start, pager.response.limit), (0, 1))
    found = list(pager)
    same(len(found), pager.response.total)
    assert any(one.client_id == need(made.client).client_id for one in found)


@step("clients.update")
def _():
    changed = api.clients.update(need(made.client).client_id, name=unique("Cron 2"), client_metadata={"team": None, "tier": "gold"})
    same((changed.name, changed.client_metadata), (unique("Cron 2"), {"tier": "gold"}))


@step("clients.update with a quota")
def _():
    quota = {"client_credentials": {"enforce": True, "per_hour": 100}}
    changed = api.clients.update(need(made.client).client_id, token_quota=quota)
    same(changed.token_quota.client_credentials.per_hour, 100)


@step("clients.update, null removes")
def _():
    same(api.clients.update(need(made.client).client_id, token_quota=None).token_quota, None)


@step("clients.rotate_secret", keep="rotated")
def _():
    changed = api.clients.rotate_secret(need(made.client).client_id)
    assert changed.client_secret != made.client.client_secret
    return (made.client.client_id, changed.client_secret)


@step("clients.credentials.create")
def credential():
    fresh = api.clients.credentials.create(
        need(made.client).client_id, credential_type="public_key", name="First key", pem=public_key(), alg="RS256"
    )
    assert fresh.id.startswith("cred_")
    same((fresh.credential_type, fresh.alg), ("public_key", "RS256"))
    return fresh


@step("clients.credentials.get and list")
def _():
    same(api.clients.credentials.get(need(made.client).client_id, need(credential).id).kid, credential.kid)
    same([one.id for one in api.clients.credentials.list(made.client.client_id)], [credential.id])


@step("clients.credentials.update")
def _():
    at = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)
    changed = api.clients.credentials.update(need(made.client).client_id, need(credential).id, expires_at=at)
    same(changed.expires_at, at)


@step("clients.update to private_key_jwt and back")
def _():
    methods = {"private_key_jwt": {"credentials": [{"id": need(credential).id}]}}
    changed = api.clients.update(
        need(made.client).client_id, client_authentication_methods=methods, token_endpoint_auth_method=None
    )
    same(changed.client_authentication_methods.private_key_jwt.credentials[0].id, credential.id)
    changed = api.clients.update(
        made.client.client_id, client_authentication_methods=None, token_endpoint_auth_method="client_secret_post"
    )
    same((changed.client_authentication_methods, changed.token_endpoint_auth_method), (None, "client_secret_post"))


@step("clients.credentials.delete")
def _():
    api.clients.credentials.delete(need(made.client).client_id, need(credential).id)
    same(list(api.clients.credentials.list(made.client.client_id)), [])
