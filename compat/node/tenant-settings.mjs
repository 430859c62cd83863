// Settings of the tenant.

import { api, unique } from './sdk.mjs';
import { assert, has, step } from './steps.mjs';

await step('tenants.settings', async () => {
  const before = await api.tenants.settings.get();
  assert.equal(typeof before.flags, 'object');
  const settings = { friendly_name: unique('Tenant'), support_email: 'help@tools.example' };
  has(await api.tenants.settings.update({ ...settings, flags: { enable_dynamic_client_registration: false } }), settings);
  const some = await api.tenants.settings.get({ fields: 'friendly_name,support_email', include_fields: true });
  has(some, settings);
  // The versions of the sandbox come unasked, as recorded; nothing else does.
  assert.deepEqual(Object.keys(some).filter((name) => !name.startsWith('sandbox_version')).sort(), Object.keys(settings).sort());
});
await step('tenants.settings, a quota for every client', async () => {
  const default_token_quota = { clients: { client_credentials: { enforce: true, per_hour: 9000 } } };
  has(await api.tenants.settings.update({ default_token_quota }), { default_token_quota });
  await api.tenants.settings.update({ default_token_quota: null });
});
