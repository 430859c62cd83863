// Applications, their secrets and their keys.

import { api, made, pem, unique, unpaged } from './sdk.mjs';
import { assert, everything, has, need, refused, step } from './steps.mjs';

made.client = await step('clients.create', async () => {
  const fresh = await api.clients.create({
    name: unique('Cron'),
    description: 'Runs each night',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    client_metadata: { team: 'billing', region: 'eu' },
  });
  assert.ok(fresh.client_id && fresh.client_secret);
  return has(fresh, {
    name: unique('Cron'),
    description: 'Runs each night',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    client_metadata: { team: 'billing', region: 'eu' },
    is_first_party: true,
  });
});
await step('clients.get', async () =>
  has(await api.clients.get(need(made.client).client_id), { name: made.client.name, client_metadata: made.client.client_metadata }),
);
await step('clients.get with fields', async () => {
  const some = await api.clients.get(need(made.client).client_id, { fields: 'client_id,name', include_fields: true });
  // Auth0 adds the tenant.
  assert.deepEqual({ ...some, tenant: undefined }, { client_id: made.client.client_id, name: made.client.name, tenant: undefined });
});
await step('clients.list by page', async () => {
  const page = await api.clients.list({ page: 0, per_page: 1, include_totals: true });
  assert.equal(page.data.length, 1);
  has(page.response, { start: 0, limit: 1 });
  const all = await everything(page);
  assert.ok(all.some((item) => item.client_id === need(made.client).client_id));
  assert.equal(all.length, page.response.total);
});
await step('clients.list by checkpoint', async () => {
  const seen = [];
  for (let from; ; ) {
    const { clients, next } = (await api.clients.list(unpaged, { queryParams: { take: 1, from } })).response;
    seen.push(...clients.map((item) => item.client_id));
    if (!(from = next)) break;
  }
  assert.ok(seen.includes(need(made.client).client_id));
  assert.equal(new Set(seen).size, seen.length);
});
await step('clients.update', async () => {
  const changed = await api.clients.update(need(made.client).client_id, {
    name: unique('Cron 2'),
    client_metadata: { region: null, tier: 'gold' },
  });
  has(changed, { name: unique('Cron 2'), client_metadata: { team: 'billing', tier: 'gold' } });
});
await step('clients.update with a quota', async () => {
  const token_quota = { client_credentials: { enforce: true, per_hour: 100, per_day: 1000 } };
  has(await api.clients.update(need(made.client).client_id, { token_quota }), { token_quota });
});
await step('clients.update, null removes', async () => {
  const changed = await api.clients.update(need(made.client).client_id, { token_quota: null });
  assert.equal(changed.token_quota, undefined);
});
made.rotated = await step('clients.rotateSecret', async () => {
  const changed = await api.clients.rotateSecret(need(made.client).client_id);
  assert.notEqual(changed.client_secret, made.client.client_secret);
  return changed;
});

const credential = await step('clients.credentials.create', async () => {
  const fresh = await api.clients.credentials.create(need(made.client).client_id, {
    credential_type: 'public_key',
    name: 'First key',
    pem: pem(),
    alg: 'RS256',
  });
  assert.match(fresh.id, /^cred_/);
  return has(fresh, { credential_type: 'public_key', name: 'First key', alg: 'RS256' });
});
await step('clients.credentials.get', async () =>
  has(await api.clients.credentials.get(need(made.client).client_id, need(credential).id), { id: credential.id, kid: credential.kid }),
);
await step('clients.credentials.list', async () => {
  const all = await api.clients.credentials.list(need(made.client).client_id);
  assert.deepEqual(all.map((item) => item.id), [need(credential).id]);
});
await step('clients.credentials.update', async () => {
  const at = new Date(Date.now() + 86_400_000).toISOString();
  const changed = await api.clients.credentials.update(need(made.client).client_id, need(credential).id, { expires_at: at });
  assert.equal(new Date(changed.expires_at).getTime(), new Date(at).getTime());
});
await step('clients.update to private_key_jwt', async () => {
  const methods = { private_key_jwt: { credentials: [{ id: need(credential).id }] } };
  const changed = await api.clients.update(need(made.client).client_id, {
    client_authentication_methods: methods,
    token_endpoint_auth_method: null,
  });
  has(changed, { client_authentication_methods: methods });
});
await step('clients.update back to a secret', async () => {
  const changed = await api.clients.update(need(made.client).client_id, {
    client_authentication_methods: null,
    token_endpoint_auth_method: 'client_secret_post',
  });
  has(changed, { token_endpoint_auth_method: 'client_secret_post', client_authentication_methods: undefined });
});
await step('clients.credentials.delete', async () => {
  await api.clients.credentials.delete(need(made.client).client_id, need(credential).id);
  assert.deepEqual(await api.clients.credentials.list(made.client.client_id), []);
});
await step('clients.create with private_key_jwt', async () => {
  const fresh = await api.clients.create({
    name: unique('Signer'),
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    client_authentication_methods: {
      private_key_jwt: { credentials: [{ credential_type: 'public_key', name: 'EC', pem: pem(), alg: 'RS256' }] },
    },
  });
  assert.match(fresh.client_authentication_methods.private_key_jwt.credentials[0].id, /^cred_/);
  await api.clients.delete(fresh.client_id);
});
await step('clients.create with too long a description: 400', async () => {
  await refused(400, () => api.clients.create({ name: 'x', description: 'x'.repeat(141) }));
});
