// Keys of the tenant, other than those that sign tokens.

import crypto from 'node:crypto';
import { api, domain, unique } from './sdk.mjs';
import { assert, everything, has, step } from './steps.mjs';

await step('keys.customSigning: set, get, delete', async () => {
  const key = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const jwk = { ...key, kid: unique('mine'), use: 'sig', alg: 'RS256' };
  has((await api.keys.customSigning.set({ keys: [jwk] })).keys[0], { kid: jwk.kid, n: jwk.n });
  has((await api.keys.customSigning.get()).keys[0], { kid: jwk.kid });
  const jwks = await (await fetch(`https://${domain}/.well-known/jwks.json`)).json();
  assert.ok(jwks.keys.some((one) => one.kid === jwk.kid));
  await api.keys.customSigning.delete();
});
await step('keys.encryption: list, get', async () => {
  const [key] = await everything(api.keys.encryption.list({ per_page: 1, include_totals: true }));
  has(await api.keys.encryption.get(key.kid), { kid: key.kid, state: 'active' });
});
// The key that seals everything here is the operator's, not the tenant's.
await step('keys.encryption: a key of one\'s own is refused in words', async () => {
  await assert.rejects(api.keys.encryption.create({ type: 'customer-provided-root-key' }), /operation_not_supported/);
  await assert.rejects(api.keys.encryption.rekey(), /operation_not_supported/);
});
