"""Every manager of Auth0's SDK that concerns machines: create, get, list, update, delete."""

import os
import secrets
import sys
import time
import traceback
from datetime import datetime, timedelta, timezone

import jwt
from auth0.authentication import GetToken
from auth0.management import ManagementClient
from auth0.management.core.api_error import ApiError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

DOMAIN = os.environ["COMPAT_DOMAIN"]
ACCOUNT = (os.environ["COMPAT_CLIENT_ID"], os.environ["COMPAT_CLIENT_SECRET"])
RUN = secrets.token_hex(4)
IDENTIFIER = f"https://api-{RUN}.example/orders/"
TRIGGER = "credentials-exchange"


def unique(name):
    return f"{name}-{RUN}"


def step(name):
    """Runs a step at once and prints its line; the name then holds its value, or None."""

    def run(body):
        try:
            value = body()
        except Exception as error:  # whatever the SDK throws is the finding
            said = f"{error.status_code} {error.body}" if isinstance(error, ApiError) else f"{type(error).__name__} {error}"
            print(f"FAIL python: {name}: {' '.join(said.split())[:500]}", flush=True)
            traceback.print_exc(file=sys.stderr)
            return None
        print(f"ok python: {name}", flush=True)
        return True if value is None else value

    return run


def need(value):
    if value is None:
        raise RuntimeError("an earlier step failed")
    return value


def same(actual, expected):
    assert actual == expected, f"{actual!r}, not {expected!r}"


def refused(status, call):
    try:
        call()
    except ApiError as error:
        same(error.status_code, status)
        return
    raise AssertionError(f"expected {status}, but it went well")


def claims(who, **options):
    token = GetToken(DOMAIN, who[0], client_secret=who[1]).client_credentials(**options)["access_token"]
    return jwt.decode(token, options={"verify_signature": False})


def public_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_bytes(*form).decode()


api = ManagementClient(domain=DOMAIN, client_id=ACCOUNT[0], client_secret=ACCOUNT[1])


@step("token by client credentials")
def _():
    same(claims(ACCOUNT, audience=f"https://{DOMAIN}/api/v2/")["azp"], ACCOUNT[0])


# Resource servers


@step("resource_servers.create")
def resource_server():
    made = api.resource_servers.create(
        identifier=IDENTIFIER,
        name=unique("Orders"),
        scopes=[{"value": "read:orders", "description": "Read orders"}, {"value": "write:orders"}],
        signing_alg="RS256",
        token_lifetime=7200,
    )
    same((made.identifier, made.name, made.token_lifetime), (IDENTIFIER, unique("Orders"), 7200))
    return made


@step("resource_servers.get, by id and by identifier")
def _():
    same(api.resource_servers.get(need(resource_server).id).identifier, IDENTIFIER)
    same(api.resource_servers.get(IDENTIFIER).id, resource_server.id)


@step("resource_servers.list")
def _():
    found = list(api.resource_servers.list(per_page=1))
    assert any(one.identifier == IDENTIFIER for one in found)
    assert any(one.name == "Auth0 Management API" and one.is_system for one in found)


@step("resource_servers.update")
def _():
    changed = api.resource_servers.update(
        need(resource_server).id,
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


# Clients


@step("clients.create")
def client():
    made = api.clients.create(
        name=unique("Cron"),
        description="Runs each night",
        app_type="non_interactive",
        grant_types=["client_credentials"],
        client_metadata={"team": "billing"},
    )
    assert made.client_id and made.client_secret
    same((made.name, made.app_type, made.grant_types), (unique("Cron"), "non_interactive", ["client_credentials"]))
    return made


@step("clients.get")
def _():
    got = api.clients.get(need(client).client_id)
    same((got.name, got.client_metadata), (client.name, {"team": "billing"}))


@step("clients.list")
def _():
    pager = api.clients.list(per_page=1)
    same((pager.response.start, pager.response.limit), (0, 1))
    found = list(pager)
    same(len(found), pager.response.total)
    assert any(one.client_id == need(client).client_id for one in found)


@step("clients.update")
def _():
    changed = api.clients.update(need(client).client_id, name=unique("Cron 2"), client_metadata={"team": None, "tier": "gold"})
    same((changed.name, changed.client_metadata), (unique("Cron 2"), {"tier": "gold"}))


@step("clients.update with a quota")
def _():
    quota = {"client_credentials": {"enforce": True, "per_hour": 100}}
    changed = api.clients.update(need(client).client_id, token_quota=quota)
    same(changed.token_quota.client_credentials.per_hour, 100)


@step("clients.update, null removes")
def _():
    same(api.clients.update(need(client).client_id, token_quota=None).token_quota, None)


@step("clients.rotate_secret")
def rotated():
    changed = api.clients.rotate_secret(need(client).client_id)
    assert changed.client_secret != client.client_secret
    return (client.client_id, changed.client_secret)


@step("clients.credentials.create")
def credential():
    made = api.clients.credentials.create(
        need(client).client_id, credential_type="public_key", name="First key", pem=public_key(), alg="RS256"
    )
    assert made.id.startswith("cred_")
    same((made.credential_type, made.alg), ("public_key", "RS256"))
    return made


@step("clients.credentials.get and list")
def _():
    same(api.clients.credentials.get(need(client).client_id, need(credential).id).kid, credential.kid)
    same([one.id for one in api.clients.credentials.list(client.client_id)], [credential.id])


@step("clients.credentials.update")
def _():
    at = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)
    changed = api.clients.credentials.update(need(client).client_id, need(credential).id, expires_at=at)
    same(changed.expires_at, at)


@step("clients.update to private_key_jwt and back")
def _():
    methods = {"private_key_jwt": {"credentials": [{"id": need(credential).id}]}}
    changed = api.clients.update(
        need(client).client_id, client_authentication_methods=methods, token_endpoint_auth_method=None
    )
    same(changed.client_authentication_methods.private_key_jwt.credentials[0].id, credential.id)
    changed = api.clients.update(
        client.client_id, client_authentication_methods=None, token_endpoint_auth_method="client_secret_post"
    )
    same((changed.client_authentication_methods, changed.token_endpoint_auth_method), (None, "client_secret_post"))


@step("clients.credentials.delete")
def _():
    api.clients.credentials.delete(need(client).client_id, need(credential).id)
    same(list(api.clients.credentials.list(client.client_id)), [])


# Client grants


@step("client_grants.create")
def grant():
    made = api.client_grants.create(
        client_id=need(client).client_id,
        audience=IDENTIFIER,
        scope=["read:orders"],
        organization_usage="allow",
        allow_any_organization=False,
    )
    same((made.scope, made.organization_usage, made.subject_type), (["read:orders"], "allow", "client"))
    return made


@step("token of the granted client")
def _():
    found = claims(need(rotated), audience=IDENTIFIER)
    same((need(grant) and found["scope"], found["aud"]), ("read:orders", IDENTIFIER))


@step("client_grants.get and list")
def _():
    same(api.client_grants.get(need(grant).id).audience, IDENTIFIER)
    same([one.id for one in api.client_grants.list(client_id=client.client_id, take=1)], [grant.id])
    assert len(list(api.client_grants.list(take=1))) >= 2


@step("client_grants.update")
def _():
    changed = api.client_grants.update(need(grant).id, scope=[], organization_usage="require")
    same((changed.scope, changed.organization_usage), ([], "require"))


# Organizations


@step("organizations.create")
def organization():
    made = api.organizations.create(
        name=unique("acme"),
        display_name="Acme",
        branding={"logo_url": "https://acme.example/logo.png"},
        metadata={"plan": "big"},
    )
    same((made.name, made.display_name, made.metadata), (unique("acme"), "Acme", {"plan": "big"}))
    return made


@step("organizations.get, get_by_name, list")
def _():
    same(api.organizations.get(need(organization).id).name, organization.name)
    same(api.organizations.get_by_name(organization.name).id, organization.id)
    assert any(one.id == organization.id for one in api.organizations.list(take=1))


@step("organizations.update")
def _():
    changed = api.organizations.update(need(organization).id, display_name="Acme 2", metadata={"plan": "small"})
    same((changed.display_name, changed.metadata), ("Acme 2", {"plan": "small"}))


@step("organizations.client_grants: create, list; client_grants.organizations.list")
def _():
    api.organizations.client_grants.create(need(organization).id, grant_id=need(grant).id)
    same([one.id for one in api.organizations.client_grants.list(organization.id)], [grant.id])
    same([one.id for one in api.client_grants.organizations.list(grant.id, take=1)], [organization.id])


@step("token for an organization")
def _():
    same(claims(need(rotated), audience=IDENTIFIER, organization=need(organization).id)["org_id"], organization.id)


@step("organizations.discovery_domains: create, get, list, update, delete")
def _():
    domains = api.organizations.discovery_domains
    made = domains.create(need(organization).id, domain=f"{RUN}.acme.example", status="pending")
    same(domains.get(organization.id, made.id).domain, f"{RUN}.acme.example")
    same(domains.get_by_name(organization.id, made.domain).id, made.id)
    same([one.id for one in domains.list(organization.id, take=1)], [made.id])
    same(domains.update(organization.id, made.id, status="verified").status, "verified")
    domains.delete(organization.id, made.id)
    refused(404, lambda: domains.get(organization.id, made.id))


@step("organizations.client_grants.delete")
def _():
    api.organizations.client_grants.delete(need(organization).id, need(grant).id)
    same(list(api.organizations.client_grants.list(organization.id)), [])


# Tenant settings


@step("tenants.settings")
def _():
    assert api.tenants.settings.get().flags is not None
    same(api.tenants.settings.update(friendly_name=unique("Tenant")).friendly_name, unique("Tenant"))
    same(api.tenants.settings.get(fields="friendly_name", include_fields=True).friendly_name, unique("Tenant"))


@step("tenants.settings, a quota for every client")
def _():
    quota = {"clients": {"client_credentials": {"enforce": True, "per_hour": 9000}}}
    changed = api.tenants.settings.update(default_token_quota=quota)
    same(changed.default_token_quota.clients.client_credentials.per_hour, 9000)
    api.tenants.settings.update(default_token_quota=None)


# Actions


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
    made = api.actions.create(
        name=unique("Claims"),
        supported_triggers=[{"id": TRIGGER, "version": "v2"}],
        code=code("one"),
        runtime="node22",
        secrets=[{"name": "word", "value": "sesame"}],
    )
    same([secret.name for secret in built(made.id).secrets], ["word"])
    return made


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
    api.client_grants.update(need(grant).id, organization_usage="deny")
    same(claims(need(rotated), audience=IDENTIFIER).get("https://x.example/one"), "sesame")


@step("actions.delete")
def _():
    api.actions.triggers.bindings.update_many(TRIGGER, bindings=[])
    api.actions.delete(need(action).id, force=True)
    refused(404, lambda: api.actions.get(action.id))


@step("actions.modules: create, get, list, versions, update, rollback, delete")
def _():
    modules = api.actions.modules
    one, two = 'exports.word = () => "one";', 'exports.word = () => "two";'
    made = modules.create(name=unique("words"), code=one)
    version = modules.versions.create(made.id)
    same(version.version_number, 1)
    same(modules.update(made.id, code=two).code, two)
    assert any(item.id == made.id for item in modules.list(per_page=1))
    same([item.id for item in modules.versions.list(made.id)], [version.id])
    same(modules.versions.get(made.id, version.id).code, one)
    same(list(modules.list_actions(made.id)), [])
    modules.rollback(made.id, module_version_id=version.id)
    same(modules.get(made.id).code, one)
    modules.delete(made.id)
    refused(404, lambda: modules.get(made.id))


# Keys


@step("keys.encryption: create, wrapping key, get, list, delete, rekey")
def _():
    keys = api.keys.encryption
    made = keys.create(type="customer-provided-root-key")
    same((made.type, made.state), ("customer-provided-root-key", "pre-activation"))
    assert "BEGIN PUBLIC KEY" in keys.create_public_wrapping_key(made.kid).public_key
    same(keys.get(made.kid).kid, made.kid)
    assert any(one.kid == made.kid for one in keys.list(per_page=1))
    keys.delete(made.kid)
    keys.rekey()


@step("keys.custom_signing: set, get, delete")
def _():
    numbers = jwt.algorithms.RSAAlgorithm.to_jwk(
        rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key(), as_dict=True
    )
    jwk = {"kty": "RSA", "n": numbers["n"], "e": numbers["e"], "kid": unique("mine"), "use": "sig", "alg": "RS256"}
    same(api.keys.custom_signing.set(keys=[jwk]).keys[0].kid, jwk["kid"])
    same(api.keys.custom_signing.get().keys[0].n, jwk["n"])
    api.keys.custom_signing.delete()


# Logs and log streams


@step("logs.list and get")
def _():
    for _ in range(100):
        found = list(api.logs.list(search="type:seccft", per_page=5, sort="date:-1").items)
        if found:
            break
        time.sleep(0.1)
    same(found[0].type, "seccft")
    same(api.logs.get(found[0].log_id).log_id, found[0].log_id)


@step("log_streams: create, get, list, update, delete")
def _():
    made = api.log_streams.create(
        request={
            "name": unique("Hook"),
            "type": "http",
            "sink": {
                "httpEndpoint": "https://127.0.0.1:1/logs",
                "httpContentType": "application/json",
                "httpContentFormat": "JSONLINES",
                "httpAuthorization": "Bearer x",
            },
        }
    )
    same((made.name, made.type, made.status), (unique("Hook"), "http", "active"))
    same(api.log_streams.get(made.id).id, made.id)
    assert any(one.id == made.id for one in api.log_streams.list())
    same(api.log_streams.update(made.id, status="paused").status, "paused")
    api.log_streams.delete(made.id)
    refused(404, lambda: api.log_streams.get(made.id))


# Token exchange profiles, network ACLs, custom domains


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
    made = profiles.create(
        name=unique("Legacy"), type="custom_authentication", subject_token_type=f"urn:{RUN}:legacy", action_id=exchange.id
    )
    same(profiles.get(made.id).action_id, exchange.id)
    assert any(one.id == made.id for one in profiles.list(take=1))
    profiles.update(made.id, name=unique("Legacy 2"))
    same(profiles.get(made.id).name, unique("Legacy 2"))
    profiles.delete(made.id)
    refused(404, lambda: profiles.get(made.id))
    api.actions.delete(exchange.id, force=True)


@step("network_acls: create, get, list, set, update, delete")
def _():
    rule = {"action": {"block": True}, "scope": "tenant", "match": {"ipv4_cidrs": ["203.0.113.0/24"]}}
    api.network_acls.create(description=unique("Block"), active=True, priority=7, rule=rule)
    acl = next(one for one in api.network_acls.list(per_page=1) if one.description == unique("Block"))
    same(api.network_acls.get(acl.id).priority, 7)
    changed = api.network_acls.set(acl.id, description=unique("Set"), active=False, priority=8, rule=rule)
    same((changed.priority, changed.active), (8, False))
    same(api.network_acls.update(acl.id, description=unique("Patched")).priority, 8)
    api.network_acls.delete(acl.id)
    refused(404, lambda: api.network_acls.get(acl.id))


@step("custom_domains: create, get, list, update, verify, get_default, delete")
def _():
    made = api.custom_domains.create(domain=f"login-{RUN}.example.com", type="auth0_managed_certs")
    same(api.custom_domains.get(made.custom_domain_id).domain, made.domain)
    assert any(one.custom_domain_id == made.custom_domain_id for one in api.custom_domains.list())
    changed = api.custom_domains.update(made.custom_domain_id, domain_metadata={"team": "x"})
    same(changed.domain_metadata, {"team": "x"})
    api.custom_domains.verify(made.custom_domain_id)
    assert api.custom_domains.get_default() is not None
    api.custom_domains.delete(made.custom_domain_id)
    refused(404, lambda: api.custom_domains.get(made.custom_domain_id))


# Stats, attack protection, rate limit policies


@step("stats")
def _():
    assert isinstance(api.stats.get_active_users_count(), (int, float))
    assert isinstance(list(api.stats.get_daily(from_="20260101", to="20300101")), list)


@step("attack_protection.suspicious_ip_throttling")
def _():
    api.attack_protection.suspicious_ip_throttling.get()
    changed = api.attack_protection.suspicious_ip_throttling.update(enabled=True, allowlist=["192.0.2.1"])
    same((changed.enabled, changed.allowlist), (True, ["192.0.2.1"]))


@step("rate_limit_policies: create, get, list, update, delete")
def _():
    policies = api.rate_limit_policies
    made = policies.create(
        resource="oauth_authentication_api",
        consumer="client",
        consumer_selector=f"client_id:{need(client).client_id}",
        configuration={"action": "block", "limit": 100},
    )
    same(policies.get(made.id).configuration.limit, 100)
    assert any(one.id == made.id for one in policies.list(take=1))
    same(policies.update(made.id, configuration={"action": "log", "limit": 50}).configuration.limit, 50)
    policies.delete(made.id)
    refused(404, lambda: policies.get(made.id))


# The end


@step("client_grants, organizations, clients, resource_servers: delete")
def _():
    api.client_grants.delete(need(grant).id)
    refused(404, lambda: api.client_grants.get(grant.id))
    api.organizations.delete(need(organization).id)
    refused(404, lambda: api.organizations.get(organization.id))
    api.clients.delete(need(client).client_id)
    refused(404, lambda: api.clients.get(client.client_id))
    api.resource_servers.delete(need(resource_server).id)
    refused(404, lambda: api.resource_servers.get(resource_server.id))


@step("keys.signing: list, get, rotate, revoke")
def _():
    current = next(key for key in api.keys.signing.list() if key.current)
    same(api.keys.signing.get(current.kid).thumbprint, current.thumbprint)
    assert "BEGIN CERTIFICATE" in api.keys.signing.rotate().cert
    same(api.keys.signing.revoke(current.kid).kid, current.kid)
