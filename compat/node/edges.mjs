// Network ACLs, custom domains, stats, attack protection, rate limit policies.

import { api, made, run, unique } from './sdk.mjs';
import { assert, everything, has, need, refused, step } from './steps.mjs';

await step('networkAcls: create, get, list, set, update, delete', async () => {
  const rule = { action: { block: true }, scope: 'tenant', match: { ipv4_cidrs: ['203.0.113.0/24'] } };
  await api.networkAcls.create({ description: unique('Block'), active: true, priority: 7, rule });
  const find = async (id) => (await everything(api.networkAcls.list({ per_page: 1, include_totals: true }))).find(id);
  const acl = await find((item) => item.description === unique('Block'));
  has(acl, { active: true, priority: 7, rule });
  has(await api.networkAcls.get(acl.id), { id: acl.id, rule });
  has(await api.networkAcls.set(acl.id, { description: unique('Set'), active: false, priority: 8, rule }), { priority: 8, active: false });
  has(await api.networkAcls.update(acl.id, { description: unique('Patched') }), { description: unique('Patched'), priority: 8 });
  await api.networkAcls.delete(acl.id);
  await refused(404, () => api.networkAcls.get(acl.id));
});

await step('customDomains: create, get, list, update, test, verify, delete', async () => {
  const fresh = await api.customDomains.create({ domain: `login-${run}.example.com`, type: 'auth0_managed_certs' });
  assert.match(fresh.custom_domain_id, /^cd_/);
  has(fresh, { domain: `login-${run}.example.com`, type: 'auth0_managed_certs', primary: fresh.primary });
  has(await api.customDomains.get(fresh.custom_domain_id), { domain: fresh.domain });
  assert.ok((await api.customDomains.list()).some((item) => item.custom_domain_id === fresh.custom_domain_id));
  has(await api.customDomains.update(fresh.custom_domain_id, { domain_metadata: { team: 'x' } }), { domain_metadata: { team: 'x' } });
  await api.customDomains.verify(fresh.custom_domain_id);
  await api.customDomains.delete(fresh.custom_domain_id);
  await refused(404, () => api.customDomains.get(fresh.custom_domain_id));
});
await step('customDomains.getDefault', async () => {
  assert.equal(typeof (await api.customDomains.getDefault()).domain, 'string');
});

await step('stats', async () => {
  assert.equal(typeof (await api.stats.getActiveUsersCount()), 'number');
  assert.ok(Array.isArray(await api.stats.getDaily({ from: '20260101', to: '20300101' })));
});
await step('attackProtection.suspiciousIpThrottling', async () => {
  await api.attackProtection.suspiciousIpThrottling.get();
  const changed = await api.attackProtection.suspiciousIpThrottling.update({ enabled: true, allowlist: ['192.0.2.1'] });
  has(changed, { enabled: true, allowlist: ['192.0.2.1'] });
});
await step('rateLimitPolicies: create, get, list, update, delete', async () => {
  const policy = await api.rateLimitPolicies.create({
    resource: 'oauth_authentication_api',
    consumer: 'client',
    consumer_selector: `client_id:${need(made.client).client_id}`,
    configuration: { action: 'block', limit: 100 },
  });
  assert.match(policy.id, /^rlp_/);
  has(await api.rateLimitPolicies.get(policy.id), { configuration: { action: 'block', limit: 100 } });
  assert.ok((await everything(api.rateLimitPolicies.list({ take: 1 }))).some((item) => item.id === policy.id));
  has(await api.rateLimitPolicies.update(policy.id, { configuration: { action: 'log', limit: 50 } }), { configuration: { action: 'log', limit: 50 } });
  await api.rateLimitPolicies.delete(policy.id);
  await refused(404, () => api.rateLimitPolicies.get(policy.id));
});
