"""Network ACLs, custom domains, stats, attack protection, rate limit policies."""

from sdk import RUN, api, made, need, refused, same, step, unique


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
    fresh = api.custom_domains.create(domain=f"login-{RUN}.example.com", type="auth0_managed_certs")
    same(api.custom_domains.get(fresh.custom_domain_id).domain, fresh.domain)
    assert any(one.custom_domain_id == fresh.custom_domain_id for one in api.custom_domains.list())
    changed = api.custom_domains.update(fresh.custom_domain_id, domain_metadata={"team": "x"})
    same(changed.domain_metadata, {"team": "x"})
    api.custom_domains.verify(fresh.custom_domain_id)
    assert api.custom_domains.get_default() is not None
    api.custom_domains.delete(fresh.custom_domain_id)
    refused(404, lambda: api.custom_domains.get(fresh.custom_domain_id))


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
    fresh = policies.create(
        resource="oauth_authentication_api",
        consumer="client",
        consumer_selector=f"client_id:{need(made.client).client_id}",
        configuration={"action": "block", "limit": 100},
    )
    same(policies.get(fresh.id).configuration.limit, 100)
    assert any(one.id == fresh.id for one in policies.list(take=1))
    same(policies.update(fresh.id, configuration={"action": "log", "limit": 50}).configuration.limit, 50)
    policies.delete(fresh.id)
    refused(404, lambda: policies.get(fresh.id))
