// What an application may ask for.

import { api, granted, identifier, made, token } from './sdk.mjs';
import { assert, everything, has, need, refused, step } from './steps.mjs';

made.grant = await step('clientGrants.create', async () =>
  has(
    await api.clientGrants.create({
      client_id: need(made.client).client_id,
      audience: identifier,
      scope: ['read:orders'],
      organization_usage: 'allow',
      allow_any_organization: false,
    }),
    { client_id: made.client.client_id, audience: identifier, scope: ['read:orders'], organization_usage: 'allow', subject_type: 'client' },
  ),
);
await step('token of the granted client', async () => {
  const fresh = await token(granted(), { audience: identifier });
  has(fresh.claims, { scope: 'read:orders', aud: identifier, client_id: made.client.client_id });
  assert.ok(Math.abs(fresh.lifetime - 600) < 10, `${fresh.lifetime}`);
});
await step('no token with the old secret', async () => {
  const old = { clientId: need(made.client).client_id, clientSecret: made.client.client_secret };
  await assert.rejects(token(old, { audience: identifier }));
});
await step('clientGrants.get', async () =>
  has(await api.clientGrants.get(need(made.grant).id), { id: made.grant.id, audience: identifier }),
);
await step('clientGrants.list by client', async () => {
  const all = await everything(api.clientGrants.list({ client_id: need(made.client).client_id, take: 1 }));
  assert.deepEqual(all.map((item) => item.id), [need(made.grant).id]);
});
await step('clientGrants.list, every page', async () => {
  const all = await everything(api.clientGrants.list({ take: 1 }));
  assert.ok(all.length >= 2 && all.some((item) => item.id === need(made.grant).id));
});
await step('clientGrants.update', async () => {
  has(await api.clientGrants.update(need(made.grant).id, { scope: [], organization_usage: 'require' }), {
    scope: [],
    organization_usage: 'require',
  });
});
await step('clientGrants.create again: 409', async () => {
  await refused(409, () => api.clientGrants.create({ client_id: need(made.client).client_id, audience: identifier, scope: [] }));
});
