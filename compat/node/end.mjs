// Deletes what was made, and changes the signing key, which ends every token so far.

import { api, domain, made } from './sdk.mjs';
import { assert, has, need, refused, step } from './steps.mjs';

await step('clientGrants.delete', async () => {
  await api.clientGrants.delete(need(made.grant).id);
  await refused(404, () => api.clientGrants.get(made.grant.id));
});
await step('organizations.delete', async () => {
  await api.organizations.delete(need(made.organization).id);
  await refused(404, () => api.organizations.get(made.organization.id));
});
await step('clients.delete', async () => {
  await api.clients.delete(need(made.client).client_id);
  await refused(404, () => api.clients.get(made.client.client_id));
});
await step('resourceServers.delete', async () => {
  await api.resourceServers.delete(need(made.resourceServer).id);
  await refused(404, () => api.resourceServers.get(made.resourceServer.id));
});

await step('keys.signing: list, get, rotate, revoke', async () => {
  const before = await api.keys.signing.list();
  const current = before.find((key) => key.current);
  has(await api.keys.signing.get(current.kid), { kid: current.kid, thumbprint: current.thumbprint });
  const fresh = await api.keys.signing.rotate();
  assert.ok(fresh.kid && fresh.cert.includes('BEGIN CERTIFICATE'));
  const revoked = await api.keys.signing.revoke(current.kid);
  assert.equal(revoked.kid, current.kid);
  const jwks = await (await fetch(`https://${domain}/.well-known/jwks.json`)).json();
  assert.ok(!jwks.keys.some((key) => key.kid === current.kid));
});
