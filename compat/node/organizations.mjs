// Organizations, their grants and their domains.

import { api, granted, identifier, made, run, token, unique } from './sdk.mjs';
import { assert, everything, has, need, refused, step } from './steps.mjs';

made.organization = await step('organizations.create', async () =>
  has(
    await api.organizations.create({
      name: unique('acme'),
      display_name: 'Acme',
      branding: { logo_url: 'https://acme.example/logo.png', colors: { primary: '#aa0000', page_background: '#ffffff' } },
      metadata: { plan: 'big' },
    }),
    { name: unique('acme'), display_name: 'Acme', metadata: { plan: 'big' } },
  ),
);
await step('organizations.get', async () =>
  has(await api.organizations.get(need(made.organization).id), { id: made.organization.id, branding: made.organization.branding }),
);
await step('organizations.getByName', async () =>
  has(await api.organizations.getByName(need(made.organization).name), { id: made.organization.id }),
);
await step('organizations.list', async () => {
  const all = await everything(api.organizations.list({ take: 1 }));
  assert.ok(all.some((item) => item.id === need(made.organization).id));
});
await step('organizations.update', async () => {
  has(await api.organizations.update(need(made.organization).id, { display_name: 'Acme 2', metadata: { plan: 'small' } }), {
    display_name: 'Acme 2',
    metadata: { plan: 'small' },
  });
});
await step('organizations.update with a quota', async () => {
  const token_quota = { client_credentials: { enforce: false, per_day: 50 } };
  has(await api.organizations.update(need(made.organization).id, { token_quota }), { token_quota });
});
await step('organizations.clientGrants.create', async () =>
  has(await api.organizations.clientGrants.create(need(made.organization).id, { grant_id: need(made.grant).id }), {
    client_id: made.client.client_id,
    audience: identifier,
  }),
);
await step('organizations.clientGrants.list', async () => {
  const all = await everything(api.organizations.clientGrants.list(need(made.organization).id));
  assert.deepEqual(all.map((item) => item.id), [need(made.grant).id]);
});
await step('clientGrants.organizations.list', async () => {
  const all = await everything(api.clientGrants.organizations.list(need(made.grant).id, { take: 1 }));
  assert.deepEqual(all.map((item) => item.id), [need(made.organization).id]);
});
await step('token for an organization', async () => {
  const { claims } = await token(granted(), { audience: identifier, organization: need(made.organization).id });
  assert.equal(claims.org_id, made.organization.id);
});
const discovery = await step('organizations.discoveryDomains.create', async () =>
  has(await api.organizations.discoveryDomains.create(need(made.organization).id, { domain: `${run}.acme.example`, status: 'pending' }), {
    domain: `${run}.acme.example`,
    status: 'pending',
  }),
);
await step('organizations.discoveryDomains.get', async () => {
  const one = await api.organizations.discoveryDomains.get(need(made.organization).id, need(discovery).id);
  has(one, { id: discovery.id, domain: discovery.domain });
});
await step('organizations.discoveryDomains.getByName', async () => {
  has(await api.organizations.discoveryDomains.getByName(need(made.organization).id, need(discovery).domain), { id: discovery.id });
});
await step('organizations.discoveryDomains.list', async () => {
  const all = await everything(api.organizations.discoveryDomains.list(need(made.organization).id, { take: 1 }));
  assert.deepEqual(all.map((item) => item.id), [need(discovery).id]);
});
await step('organizations.discoveryDomains.update', async () => {
  const one = await api.organizations.discoveryDomains.update(need(made.organization).id, need(discovery).id, { status: 'verified' });
  has(one, { status: 'verified' });
});
await step('organizations.discoveryDomains.delete', async () => {
  await api.organizations.discoveryDomains.delete(need(made.organization).id, need(discovery).id);
  await refused(404, () => api.organizations.discoveryDomains.get(made.organization.id, discovery.id));
});
await step('organizations.clientGrants.delete', async () => {
  await api.organizations.clientGrants.delete(need(made.organization).id, need(made.grant).id);
  assert.deepEqual(await everything(api.organizations.clientGrants.list(made.organization.id)), []);
});
