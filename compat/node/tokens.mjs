// Tokens of the client that walks.

import { account, domain, made, token } from './sdk.mjs';
import { assert, has, step } from './steps.mjs';

made.management = await step('token by client credentials', async () => {
  const fresh = await token(account, { audience: `https://${domain}/api/v2/` });
  has(fresh.claims, { iss: `https://${domain}/`, azp: account.clientId, gty: 'client-credentials' });
  assert.ok(Math.abs(fresh.lifetime - 86_400) < 10, `${fresh.lifetime}`);
  return fresh;
});
