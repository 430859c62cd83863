"""Organizations, their grants and their domains; settings of the tenant."""

from sdk import IDENTIFIER, RUN, api, claims, made, need, refused, same, step, unique


@step("organizations.create", keep="organization")
def _():
    fresh = api.organizations.create(
        name=unique("acme"),
        display_name="Acme",
        branding={"logo_url": "https://acme.example/logo.png"},
        metadata={"plan": "big"},
    )
    same((fresh.name, fresh.display_name, fresh.metadata), (unique("acme"), "Acme", {"plan": "big"}))
    return fresh


@step("organizations.get, get_by_name, list")
def _():
    same(api.organizations.get(need(made.organization).id).name, made.organization.name)
    same(api.organizations.get_by_name(made.organization.name).id, made.organization.id)
    assert any(one.id == made.organization.id for one in api.organizations.list(take=1))


@step("organizations.update")
def _():
    changed = api.organizations.update(need(made.organization).id, display_name="Acme 2", metadata={"plan": "small"})
    same((changed.display_name, changed.metadata), ("Acme 2", {"plan": "small"}))


@step("organizations.client_grants: create, list; client_grants.organizations.list")
def _():
    api.organizations.client_grants.create(need(made.organization).id, grant_id=need(made.grant).id)
    same([one.id for one in api.organizations.client_grants.list(made.organization.id)], [made.grant.id])
    same([one.id for one in api.client_grants.organizations.list(made.grant.id, take=1)], [made.organization.id])


@step("token for an organization")
def _():
    same(claims(need(made.rotated), audience=IDENTIFIER, organization=need(made.organization).id)["org_id"], made.organization.id)


@step("organizations.discovery_domains: create, get, list, update, delete")
def _():
    domains = api.organizations.discovery_domains
    fresh = domains.create(need(made.organization).id, domain=f"{RUN}.acme.example", status="pending")
    same(domains.get(made.organization.id, fresh.id).domain, f"{RUN}.acme.example")
    same(domains.get_by_name(made.organization.id, fresh.domain).id, fresh.id)
    same([one.id for one in domains.list(made.organization.id, take=1)], [fresh.id])
    same(domains.update(made.organization.id, fresh.id, status="verified").status, "verified")
    domains.delete(made.organization.id, fresh.id)
    refused(404, lambda: domains.get(made.organization.id, fresh.id))


@step("organizations.client_grants.delete")
def _():
    api.organizations.client_grants.delete(need(made.organization).id, need(made.grant).id)
    same(list(api.organizations.client_grants.list(made.organization.id)), [])


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
