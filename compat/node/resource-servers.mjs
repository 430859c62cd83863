// APIs that accept tokens.

import { api, identifier, made, unique } from './sdk.mjs';
import { assert, everything, has, need, refused, step } from './steps.mjs';

made.resourceServer = await step('resourceServers.create', async () =>
  has(
    await api.resourceServers.create({
      identifier,
      name: unique('Orders'),
      scopes: [{ value: 'read:orders', description: 'Read orders' }, { value: 'write:orders' }],
      signing_alg: 'RS256',
      token_lifetime: 7200,
    }),
    { identifier, name: unique('Orders'), token_lifetime: 7200, signing_alg: 'RS256', is_system: undefined },
  ),
);
await step('resourceServers.get by id', async () =>
  has(await api.resourceServers.get(need(made.resourceServer).id), { id: made.resourceServer.id, identifier, scopes: made.resourceServer.scopes }),
);
await step('resourceServers.get by identifier', async () =>
  has(await api.resourceServers.get(identifier), { id: need(made.resourceServer).id }),
);
await step('resourceServers.list', async () => {
  const all = await everything(api.resourceServers.list({ per_page: 1, include_totals: true }));
  assert.ok(all.some((item) => item.identifier === identifier));
  assert.ok(all.some((item) => item.name === 'Auth0 Management API' && item.is_system));
});
await step('resourceServers.list by identifiers', async () => {
  const all = await everything(api.resourceServers.list({ identifiers: [identifier] }));
  assert.deepEqual(all.map((item) => item.identifier), [identifier]);
});
await step('resourceServers.update', async () => {
  const changed = await api.resourceServers.update(need(made.resourceServer).id, {
    token_lifetime: 600,
    token_dialect: 'rfc9068_profile',
    scopes: [{ value: 'read:orders' }],
    subject_type_authorization: { client: { policy: 'require_client_grant' } },
  });
  has(changed, { token_lifetime: 600, token_dialect: 'rfc9068_profile', identifier });
  assert.deepEqual(changed.scopes.map((scope) => scope.value), ['read:orders']);
});
await step('resourceServers.create again: 409', async () => {
  await refused(409, () => api.resourceServers.create({ identifier }));
});
await step('resourceServers.get of nothing: 404', async () => {
  await refused(404, () => api.resourceServers.get('0123456789abcdef01234567'));
});
