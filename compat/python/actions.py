"""Actions, their versions, bindings and modules; token exchange profiles, which need one."""

import time

from sdk import IDENTIFIER, RUN, api, claims, made, need, refused, same, step, unique


TRIGGER = "credentials-exchange"


def code(claim):
    return (
        "exports.onExecuteCredentialsExchange = async (event, api) => "
        f'{{ api.accessToken.setCustomClaim("https://x.example/{claim}", event.secrets.word); }};'
    )


def built(identity):
    for _ in range(100):
        one = api.actions.get(identity)
        if one.status == "built":
            return one
        assert one.status != "failed"
        time.sleep(0.1)
    raise AssertionError("the action was not built in ten seconds")


@step("actions.create and get until built")
def action():
    fresh = api.actions.create(
        name=unique("Claims"),
        supported_triggers=[{"id": TRIGGER, "version": "v2"}],
        code=code("one"),
        runtime="node22",
        secrets=[{"name": "word", "value": "sesame"}],
    )
    same([secret.name for secret in built(fresh.id).secrets], ["word"])
    return fresh


@step("actions.list")
def _():
    assert any(one.id == need(action).id for one in api.actions.list(trigger_id=TRIGGER, per_page=1))


@step("actions.deploy, update, deploy again")
def deployed():
    first = api.actions.deploy(need(action).id)
    same((first.number, api.actions.get(action.id).all_changes_deployed), (1, True))
    api.actions.update(action.id, code=code("two"))
    built(action.id)
    same(api.actions.deploy(action.id).number, 2)
    return first


@step("actions.test")
def _():
    assert api.actions.test(need(action).id, payload={"event": {}}).payload is not None


@step("actions.versions: list, get, deploy")
def _():
    versions = api.actions.versions
    same(sorted(one.number for one in versions.list(need(action).id, per_page=1)), [1, 2])
    same(versions.get(action.id, need(deployed).id).code, code("one"))
    versions.deploy(action.id, deployed.id, request={"update_draft": True})
    same(api.actions.get(action.id).deployed_version.code, code("one"))


@step("actions.triggers.list")
def _():
    assert any(one.id == TRIGGER for one in api.actions.triggers.list().triggers)


@step("actions.triggers.bindings: update_many, list")
def _():
    bindings = api.actions.triggers.bindings
    bindings.update_many(TRIGGER, bindings=[{"ref": {"type": "action_id", "value": need(action).id}, "display_name": "Claims"}])
    same([(one.action.id, one.display_name) for one in bindings.list(TRIGGER)], [(action.id, "Claims")])


@step("a bound action changes the token")
def _():
    api.client_grants.update(need(made.grant).id, organization_usage="deny")
    same(claims(need(made.rotated), audience=IDENTIFIER).get("https://x.example/one"), "sesame")


@step("actions.delete")
def _():
    api.actions.triggers.bindings.update_many(TRIGGER, bindings=[])
    api.actions.delete(need(action).id, force=True)
    refused(404, lambda: api.actions.get(action.id))


@step("actions.modules: create, get, list, versions, update, rollback, delete")
def _():
    modules = api.actions.modules
    one, two = 'exports.word = () => "one";', 'exports.word = () => "two";'
    fresh = modules.create(name=unique("words"), code=one)
    version = modules.versions.create(fresh.id)
    same(version.version_number, 1)
    same(modules.update(fresh.id, code=two).code, two)
    assert any(item.id == fresh.id for item in modules.list(per_page=1))
    same([item.id for item in modules.versions.list(fresh.id)], [version.id])
    same(modules.versions.get(fresh.id, version.id).code, one)
    same(list(modules.list_actions(fresh.id)), [])
    modules.rollback(fresh.id, module_version_id=version.id)
    same(modules.get(fresh.id).code, one)
    modules.delete(fresh.id)
    refused(404, lambda: modules.get(fresh.id))


@step("token_exchange_profiles: create, get, list, update, delete")
def _():
    exchange = api.actions.create(
        name=unique("Exchange"),
        supported_triggers=[{"id": "custom-token-exchange", "version": "v1"}],
        code="exports.onExecuteCustomTokenExchange = async (event, api) => {};",
    )
    built(exchange.id)
    api.actions.deploy(exchange.id)
    profiles = api.token_exchange_profiles
    fresh = profiles.create(
        name=unique("Legacy"), type="custom_authentication", subject_token_type=f"urn:{RUN}:legacy", action_id=exchange.id
    )
    same(profiles.get(fresh.id).action_id, exchange.id)
    assert any(one.id == fresh.id for one in profiles.list(take=1))
    profiles.update(fresh.id, name=unique("Legacy 2"))
    same(profiles.get(fresh.id).name, unique("Legacy 2"))
    profiles.delete(fresh.id)
    refused(404, lambda: profiles.get(fresh.id))
    api.actions.delete(exchange.id, force=True)
