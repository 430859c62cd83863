// Every manager of Auth0's SDK that concerns machines: create, get, list, update, delete.
//
//   node walk.mjs PACKAGE

import crypto from 'node:crypto';
import { assert, everything, has, label, need, refused, step } from './steps.mjs';

const { ManagementClient, AuthenticationClient } = await import(process.argv[2]);
const { AuthClient } = await import('@auth0/auth0-auth-js');
const domain = process.env.COMPAT_DOMAIN;
const account = { clientId: process.env.COMPAT_CLIENT_ID, clientSecret: process.env.COMPAT_CLIENT_SECRET };
const api = new ManagementClient({ domain, ...account, maxRetries: 0 });
const run = crypto.randomBytes(4).toString('hex');
const unique = (name) => `${name}-${run}`;
const pem = (alg) =>
  crypto
    .generateKeyPairSync(...(alg === 'ES256' ? ['ec', { namedCurve: 'P-256' }] : ['rsa', { modulusLength: 2048 }]))
    .publicKey.export({ type: 'spki', format: 'pem' });

/** A token by client credentials: its text, its claims, and when it ends. From version 7 on this has a package of its own. */
async function token(who, options) {
  let text;
  let expires_at;
  if (AuthenticationClient) {
    const { data } = await new AuthenticationClient({ domain, ...who }).oauth.clientCredentialsGrant(options);
    text = data.access_token;
    expires_at = Math.floor(Date.now() / 1000) + data.expires_in;
  } else {
    const answer = await new AuthClient({ domain, ...who }).getTokenByClientCredentials(options);
    text = answer.accessToken;
    expires_at = answer.expiresAt;
  }
  return { text, lifetime: expires_at - Date.now() / 1000, claims: JSON.parse(Buffer.from(text.split('.')[1], 'base64url')) };
}

/** Without the pages that the SDK asks for by itself: for checkpoints, which it does not know everywhere. */
const unpaged = { page: null, per_page: null, include_totals: null };

label(process.argv[2]);

// Tokens

const management = await step('token by client credentials', async () => {
  const made = await token(account, { audience: `https://${domain}/api/v2/` });
  has(made.claims, { iss: `https://${domain}/`, azp: account.clientId, gty: 'client-credentials' });
  assert.ok(Math.abs(made.lifetime - 86_400) < 10, `${made.lifetime}`);
  return made;
});

// Resource servers

const identifier = `https://api-${run}.example/orders/`;
const resourceServer = await step('resourceServers.create', async () =>
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
  has(await api.resourceServers.get(need(resourceServer).id), { id: resourceServer.id, identifier, scopes: resourceServer.scopes }),
);
await step('resourceServers.get by identifier', async () =>
  has(await api.resourceServers.get(identifier), { id: need(resourceServer).id }),
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
  const changed = await api.resourceServers.update(need(resourceServer).id, {
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

// Clients

const client = await step('clients.create', async () => {
  const made = await api.clients.create({
    name: unique('Cron'),
    description: 'Runs each night',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    client_metadata: { team: 'billing', region: 'eu' },
  });
  assert.ok(made.client_id && made.client_secret);
  return has(made, {
    name: unique('Cron'),
    description: 'Runs each night',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    client_metadata: { team: 'billing', region: 'eu' },
    is_first_party: true,
  });
});
await step('clients.get', async () =>
  has(await api.clients.get(need(client).client_id), { name: client.name, client_metadata: client.client_metadata }),
);
await step('clients.get with fields', async () => {
  const some = await api.clients.get(need(client).client_id, { fields: 'client_id,name', include_fields: true });
  assert.deepEqual(some, { client_id: client.client_id, name: client.name });
});
await step('clients.list by page', async () => {
  const page = await api.clients.list({ page: 0, per_page: 1, include_totals: true });
  assert.equal(page.data.length, 1);
  has(page.response, { start: 0, limit: 1 });
  const all = await everything(page);
  assert.ok(all.some((item) => item.client_id === need(client).client_id));
  assert.equal(all.length, page.response.total);
});
await step('clients.list by checkpoint', async () => {
  const seen = [];
  for (let from; ; ) {
    const { clients, next } = (await api.clients.list(unpaged, { queryParams: { take: 1, from } })).response;
    seen.push(...clients.map((item) => item.client_id));
    if (!(from = next)) break;
  }
  assert.ok(seen.includes(need(client).client_id));
  assert.equal(new Set(seen).size, seen.length);
});
await step('clients.update', async () => {
  const changed = await api.clients.update(need(client).client_id, {
    name: unique('Cron 2'),
    client_metadata: { region: null, tier: 'gold' },
  });
  has(changed, { name: unique('Cron 2'), client_metadata: { team: 'billing', tier: 'gold' } });
});
await step('clients.update with a quota', async () => {
  const token_quota = { client_credentials: { enforce: true, per_hour: 100, per_day: 1000 } };
  has(await api.clients.update(need(client).client_id, { token_quota }), { token_quota });
});
await step('clients.update, null removes', async () => {
  const changed = await api.clients.update(need(client).client_id, { token_quota: null });
  assert.equal(changed.token_quota, undefined);
});
const rotated = await step('clients.rotateSecret', async () => {
  const changed = await api.clients.rotateSecret(need(client).client_id);
  assert.notEqual(changed.client_secret, client.client_secret);
  return changed;
});

const credential = await step('clients.credentials.create', async () => {
  const made = await api.clients.credentials.create(need(client).client_id, {
    credential_type: 'public_key',
    name: 'First key',
    pem: pem('RS256'),
    alg: 'RS256',
  });
  assert.match(made.id, /^cred_/);
  return has(made, { credential_type: 'public_key', name: 'First key', alg: 'RS256' });
});
await step('clients.credentials.get', async () =>
  has(await api.clients.credentials.get(need(client).client_id, need(credential).id), { id: credential.id, kid: credential.kid }),
);
await step('clients.credentials.list', async () => {
  const all = await api.clients.credentials.list(need(client).client_id);
  assert.deepEqual(all.map((item) => item.id), [need(credential).id]);
});
await step('clients.credentials.update', async () => {
  const at = new Date(Date.now() + 86_400_000).toISOString();
  const changed = await api.clients.credentials.update(need(client).client_id, need(credential).id, { expires_at: at });
  assert.equal(new Date(changed.expires_at).getTime(), new Date(at).getTime());
});
await step('clients.update to private_key_jwt', async () => {
  const methods = { private_key_jwt: { credentials: [{ id: need(credential).id }] } };
  const changed = await api.clients.update(need(client).client_id, {
    client_authentication_methods: methods,
    token_endpoint_auth_method: null,
  });
  has(changed, { client_authentication_methods: methods });
});
await step('clients.update back to a secret', async () => {
  const changed = await api.clients.update(need(client).client_id, {
    client_authentication_methods: null,
    token_endpoint_auth_method: 'client_secret_post',
  });
  has(changed, { token_endpoint_auth_method: 'client_secret_post', client_authentication_methods: undefined });
});
await step('clients.credentials.delete', async () => {
  await api.clients.credentials.delete(need(client).client_id, need(credential).id);
  assert.deepEqual(await api.clients.credentials.list(client.client_id), []);
});
await step('clients.create with private_key_jwt', async () => {
  const made = await api.clients.create({
    name: unique('Signer'),
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    client_authentication_methods: {
      private_key_jwt: { credentials: [{ credential_type: 'public_key', name: 'EC', pem: pem('RS256'), alg: 'RS256' }] },
    },
  });
  assert.match(made.client_authentication_methods.private_key_jwt.credentials[0].id, /^cred_/);
  await api.clients.delete(made.client_id);
});
await step('clients.create with too long a description: 400', async () => {
  await refused(400, () => api.clients.create({ name: 'x', description: 'x'.repeat(141) }));
});

// Client grants

const grant = await step('clientGrants.create', async () =>
  has(
    await api.clientGrants.create({
      client_id: need(client).client_id,
      audience: identifier,
      scope: ['read:orders'],
      organization_usage: 'allow',
      allow_any_organization: false,
    }),
    { client_id: client.client_id, audience: identifier, scope: ['read:orders'], organization_usage: 'allow', subject_type: 'client' },
  ),
);
const granted = () => ({ clientId: need(client).client_id, clientSecret: need(rotated).client_secret });
await step('token of the granted client', async () => {
  const made = await token(granted(), { audience: identifier });
  has(made.claims, { scope: 'read:orders', aud: identifier, client_id: client.client_id });
  assert.ok(Math.abs(made.lifetime - 600) < 10, `${made.lifetime}`);
});
await step('no token with the old secret', async () => {
  const old = { clientId: need(client).client_id, clientSecret: client.client_secret };
  await assert.rejects(token(old, { audience: identifier }));
});
await step('clientGrants.get', async () =>
  has(await api.clientGrants.get(need(grant).id), { id: grant.id, audience: identifier }),
);
await step('clientGrants.list by client', async () => {
  const all = await everything(api.clientGrants.list({ client_id: need(client).client_id, take: 1 }));
  assert.deepEqual(all.map((item) => item.id), [need(grant).id]);
});
await step('clientGrants.list, every page', async () => {
  const all = await everything(api.clientGrants.list({ take: 1 }));
  assert.ok(all.length >= 2 && all.some((item) => item.id === need(grant).id));
});
await step('clientGrants.update', async () => {
  has(await api.clientGrants.update(need(grant).id, { scope: [], organization_usage: 'require' }), {
    scope: [],
    organization_usage: 'require',
  });
});
await step('clientGrants.create again: 409', async () => {
  await refused(409, () => api.clientGrants.create({ client_id: need(client).client_id, audience: identifier, scope: [] }));
});

// Organizations

const organization = await step('organizations.create', async () =>
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
  has(await api.organizations.get(need(organization).id), { id: organization.id, branding: organization.branding }),
);
await step('organizations.getByName', async () =>
  has(await api.organizations.getByName(need(organization).name), { id: organization.id }),
);
await step('organizations.list', async () => {
  const all = await everything(api.organizations.list({ take: 1 }));
  assert.ok(all.some((item) => item.id === need(organization).id));
});
await step('organizations.update', async () => {
  has(await api.organizations.update(need(organization).id, { display_name: 'Acme 2', metadata: { plan: 'small' } }), {
    display_name: 'Acme 2',
    metadata: { plan: 'small' },
  });
});
await step('organizations.update with a quota', async () => {
  const token_quota = { client_credentials: { enforce: false, per_day: 50 } };
  has(await api.organizations.update(need(organization).id, { token_quota }), { token_quota });
});
await step('organizations.clientGrants.create', async () =>
  has(await api.organizations.clientGrants.create(need(organization).id, { grant_id: need(grant).id }), {
    client_id: client.client_id,
    audience: identifier,
  }),
);
await step('organizations.clientGrants.list', async () => {
  const all = await everything(api.organizations.clientGrants.list(need(organization).id));
  assert.deepEqual(all.map((item) => item.id), [need(grant).id]);
});
await step('clientGrants.organizations.list', async () => {
  const all = await everything(api.clientGrants.organizations.list(need(grant).id, { take: 1 }));
  assert.deepEqual(all.map((item) => item.id), [need(organization).id]);
});
await step('token for an organization', async () => {
  const { claims } = await token(granted(), { audience: identifier, organization: need(organization).id });
  assert.equal(claims.org_id, organization.id);
});
const discovery = await step('organizations.discoveryDomains.create', async () =>
  has(await api.organizations.discoveryDomains.create(need(organization).id, { domain: `${run}.acme.example`, status: 'pending' }), {
    domain: `${run}.acme.example`,
    status: 'pending',
  }),
);
await step('organizations.discoveryDomains.get', async () => {
  const one = await api.organizations.discoveryDomains.get(need(organization).id, need(discovery).id);
  has(one, { id: discovery.id, domain: discovery.domain });
});
await step('organizations.discoveryDomains.getByName', async () => {
  has(await api.organizations.discoveryDomains.getByName(need(organization).id, need(discovery).domain), { id: discovery.id });
});
await step('organizations.discoveryDomains.list', async () => {
  const all = await everything(api.organizations.discoveryDomains.list(need(organization).id, { take: 1 }));
  assert.deepEqual(all.map((item) => item.id), [need(discovery).id]);
});
await step('organizations.discoveryDomains.update', async () => {
  const one = await api.organizations.discoveryDomains.update(need(organization).id, need(discovery).id, { status: 'verified' });
  has(one, { status: 'verified' });
});
await step('organizations.discoveryDomains.delete', async () => {
  await api.organizations.discoveryDomains.delete(need(organization).id, need(discovery).id);
  await refused(404, () => api.organizations.discoveryDomains.get(organization.id, discovery.id));
});
await step('organizations.clientGrants.delete', async () => {
  await api.organizations.clientGrants.delete(need(organization).id, need(grant).id);
  assert.deepEqual(await everything(api.organizations.clientGrants.list(organization.id)), []);
});

// Tenant settings

await step('tenants.settings', async () => {
  const before = await api.tenants.settings.get();
  assert.equal(typeof before.flags, 'object');
  const settings = { friendly_name: unique('Tenant'), support_email: 'help@tools.example' };
  has(await api.tenants.settings.update({ ...settings, flags: { enable_dynamic_client_registration: false } }), settings);
  assert.deepEqual(await api.tenants.settings.get({ fields: 'friendly_name,support_email', include_fields: true }), settings);
});
await step('tenants.settings, a quota for every client', async () => {
  const default_token_quota = { clients: { client_credentials: { enforce: true, per_hour: 9000 } } };
  has(await api.tenants.settings.update({ default_token_quota }), { default_token_quota });
  await api.tenants.settings.update({ default_token_quota: null });
});

// Actions

const trigger = 'credentials-exchange';
const code = (claim) =>
  `exports.onExecuteCredentialsExchange = async (event, api) => { api.accessToken.setCustomClaim("https://x.example/${claim}", event.secrets.word); };`;
const built = async (id) => {
  for (let turn = 0; turn < 100; turn += 1) {
    const action = await api.actions.get(id);
    if (action.status === 'built') return action;
    assert.notEqual(action.status, 'failed');
    await new Promise((resume) => setTimeout(resume, 100));
  }
  throw new Error('the action was not built in ten seconds');
};
const action = await step('actions.create', async () =>
  has(
    await api.actions.create({
      name: unique('Claims'),
      supported_triggers: [{ id: trigger, version: 'v2' }],
      code: code('one'),
      runtime: 'node22',
      dependencies: [],
      secrets: [{ name: 'word', value: 'sesame' }],
    }),
    { name: unique('Claims'), supported_triggers: [{ id: trigger, version: 'v2' }], runtime: 'node22', all_changes_deployed: false },
  ),
);
await step('actions.get until built', async () => {
  const one = await built(need(action).id);
  assert.deepEqual(one.secrets.map((secret) => [secret.name, secret.value]), [['word', undefined]]);
});
await step('actions.list', async () => {
  const all = await everything(api.actions.list({ triggerId: trigger, per_page: 1 }));
  assert.ok(all.some((item) => item.id === need(action).id));
  assert.deepEqual(await everything(api.actions.list({ actionName: 'nobody has this name' })), []);
});
const deployed = await step('actions.deploy', async () => {
  const version = await api.actions.deploy(need(action).id);
  has(await api.actions.get(action.id), { all_changes_deployed: true });
  return has(version, { number: 1, code: code('one') });
});
await step('actions.update and deploy again', async () => {
  await api.actions.update(need(action).id, { code: code('two') });
  await built(action.id);
  has(await api.actions.deploy(action.id), { number: 2, code: code('two') });
});
await step('actions.test', async () => {
  const answer = await api.actions.test(need(action).id, { payload: { event: { client: { client_id: 'x' } } } });
  assert.equal(typeof answer.payload, 'object');
});
await step('actions.versions.list', async () => {
  const all = await everything(api.actions.versions.list(need(action).id, { per_page: 1 }));
  assert.deepEqual(all.map((version) => version.number).sort(), [1, 2]);
});
await step('actions.versions.get', async () =>
  has(await api.actions.versions.get(need(action).id, need(deployed).id), { id: deployed.id, code: code('one') }),
);
await step('actions.versions.deploy', async () => {
  await api.actions.versions.deploy(need(action).id, need(deployed).id, { update_draft: true });
  has((await api.actions.get(action.id)).deployed_version, { code: code('one') });
});
await step('actions.triggers.list', async () => {
  const { triggers } = await api.actions.triggers.list();
  assert.ok(triggers.some((item) => item.id === trigger && item.version === 'v2'));
});
await step('actions.triggers.bindings.updateMany', async () => {
  const answer = await api.actions.triggers.bindings.updateMany(trigger, {
    bindings: [{ ref: { type: 'action_id', value: need(action).id }, display_name: 'Claims' }],
  });
  assert.equal(answer.bindings[0].action.id, action.id);
});
await step('actions.triggers.bindings.list', async () => {
  const all = await everything(api.actions.triggers.bindings.list(trigger));
  assert.deepEqual(all.map((binding) => [binding.action.id, binding.display_name]), [[need(action).id, 'Claims']]);
});
await step('a bound action changes the token', async () => {
  await api.clientGrants.update(need(grant).id, { organization_usage: 'deny' });
  const { claims } = await token(granted(), { audience: identifier });
  assert.equal(claims['https://x.example/one'], 'sesame');
});
await step('actions.delete of a bound action: 400 or 409', async () => {
  const error = await api.actions.delete(need(action).id).then(() => undefined, (refusal) => refusal);
  assert.ok([400, 409].includes(error?.statusCode), `${error?.statusCode}`);
});
await step('actions.triggers.bindings.updateMany, none', async () => {
  await api.actions.triggers.bindings.updateMany(trigger, { bindings: [] });
  assert.deepEqual(await everything(api.actions.triggers.bindings.list(trigger)), []);
});
await step('actions.delete', async () => {
  await api.actions.delete(need(action).id, { force: true });
  await refused(404, () => api.actions.get(action.id));
});

const module = await step('actions.modules.create', async () =>
  has(await api.actions.modules.create({ name: unique('words'), code: 'exports.word = () => "one";' }), { name: unique('words') }),
);
await step('actions.modules.get', async () =>
  has(await api.actions.modules.get(need(module).id), { id: module.id, code: 'exports.word = () => "one";' }),
);
await step('actions.modules.list', async () => {
  const all = await everything(api.actions.modules.list({ per_page: 1 }));
  assert.ok(all.some((item) => item.id === need(module).id));
});
const first = await step('actions.modules.versions.create', async () =>
  has(await api.actions.modules.versions.create(need(module).id), { version_number: 1 }),
);
await step('actions.modules.update', async () =>
  has(await api.actions.modules.update(need(module).id, { code: 'exports.word = () => "two";' }), { code: 'exports.word = () => "two";' }),
);
await step('actions.modules.versions.list and get', async () => {
  const all = await everything(api.actions.modules.versions.list(need(module).id));
  assert.deepEqual(all.map((version) => version.id), [need(first).id]);
  has(await api.actions.modules.versions.get(module.id, first.id), { code: 'exports.word = () => "one";' });
});
await step('actions.modules.listActions', async () => {
  assert.deepEqual(await everything(api.actions.modules.listActions(need(module).id)), []);
});
await step('actions.modules.rollback', async () => {
  await api.actions.modules.rollback(need(module).id, { module_version_id: need(first).id });
  has(await api.actions.modules.get(module.id), { code: 'exports.word = () => "one";' });
});
await step('actions.modules.delete', async () => {
  await api.actions.modules.delete(need(module).id);
  await refused(404, () => api.actions.modules.get(module.id));
});

// Keys

await step('keys.customSigning: set, get, delete', async () => {
  const key = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const jwk = { ...key, kid: unique('mine'), use: 'sig', alg: 'RS256' };
  has((await api.keys.customSigning.set({ keys: [jwk] })).keys[0], { kid: jwk.kid, n: jwk.n });
  has((await api.keys.customSigning.get()).keys[0], { kid: jwk.kid });
  const jwks = await (await fetch(`https://${domain}/.well-known/jwks.json`)).json();
  assert.ok(jwks.keys.some((one) => one.kid === jwk.kid));
  await api.keys.customSigning.delete();
});
await step('keys.encryption: create, wrapping key, get, list, rekey, delete', async () => {
  const made = await api.keys.encryption.create({ type: 'customer-provided-root-key' });
  has(made, { type: 'customer-provided-root-key', state: 'pre-activation' });
  const wrapping = await api.keys.encryption.createPublicWrappingKey(made.kid);
  assert.match(wrapping.public_key, /BEGIN PUBLIC KEY/);
  has(await api.keys.encryption.get(made.kid), { kid: made.kid });
  const all = await everything(api.keys.encryption.list({ per_page: 1, include_totals: true }));
  assert.ok(all.some((key) => key.kid === made.kid));
  await api.keys.encryption.delete(made.kid);
  await api.keys.encryption.rekey();
});

// Logs and log streams

await step('logs.list and get', async () => {
  let event;
  for (let turn = 0; turn < 100 && !event; turn += 1) {
    [event] = await everything(api.logs.list({ search: 'type:seccft', per_page: 5, sort: 'date:-1' }));
    if (!event) await new Promise((resume) => setTimeout(resume, 100));
  }
  has(event, { type: 'seccft' });
  has(await api.logs.get(event.log_id), { log_id: event.log_id, type: 'seccft' });
});
await step('logs.list by checkpoint', async () => {
  const page = async (queryParams) => (await api.logs.list(unpaged, { queryParams })).response;
  const some = await page({ take: 2 });
  assert.equal(some.length, 2);
  const next = await page({ take: 2, from: some[1].log_id });
  assert.ok(next.length === 2 && next.every((event) => event.log_id > some[1].log_id));
});
const stream = await step('logStreams.create', async () => {
  const made = await api.logStreams.create({
    name: unique('Hook'),
    type: 'http',
    sink: { httpEndpoint: 'https://127.0.0.1:1/logs', httpContentType: 'application/json', httpContentFormat: 'JSONLINES', httpAuthorization: 'Bearer x' },
    filters: [{ type: 'category', name: 'auth.token_exchange.fail' }],
  });
  assert.match(made.id, /^lst_/);
  return has(made, { name: unique('Hook'), type: 'http', status: 'active' });
});
await step('logStreams.get', async () => has(await api.logStreams.get(need(stream).id), { id: stream.id, sink: stream.sink }));
await step('logStreams.list', async () => {
  assert.ok((await api.logStreams.list()).some((item) => item.id === need(stream).id));
});
await step('logStreams.update', async () =>
  has(await api.logStreams.update(need(stream).id, { status: 'paused', name: unique('Hook 2') }), { status: 'paused', name: unique('Hook 2') }),
);
await step('logStreams.delete', async () => {
  await api.logStreams.delete(need(stream).id);
  await refused(404, () => api.logStreams.get(stream.id));
});

// Token exchange profiles

await step('tokenExchangeProfiles: create, get, list, update, delete', async () => {
  const exchange = await api.actions.create({
    name: unique('Exchange'),
    supported_triggers: [{ id: 'custom-token-exchange', version: 'v1' }],
    code: 'exports.onExecuteCustomTokenExchange = async (event, api) => {};',
  });
  await built(exchange.id);
  await api.actions.deploy(exchange.id);
  const profile = await api.tokenExchangeProfiles.create({
    name: unique('Legacy'),
    type: 'custom_authentication',
    subject_token_type: `urn:${run}:legacy`,
    action_id: exchange.id,
  });
  assert.match(profile.id, /^tep_/);
  has(await api.tokenExchangeProfiles.get(profile.id), { subject_token_type: `urn:${run}:legacy`, action_id: exchange.id });
  const all = await everything(api.tokenExchangeProfiles.list({ take: 1 }));
  assert.ok(all.some((item) => item.id === profile.id));
  await api.tokenExchangeProfiles.update(profile.id, { name: unique('Legacy 2') });
  has(await api.tokenExchangeProfiles.get(profile.id), { name: unique('Legacy 2') });
  await api.tokenExchangeProfiles.delete(profile.id);
  await refused(404, () => api.tokenExchangeProfiles.get(profile.id));
  await api.actions.delete(exchange.id, { force: true });
});

// Network ACLs

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

// Custom domains

await step('customDomains: create, get, list, update, test, verify, delete', async () => {
  const made = await api.customDomains.create({ domain: `login-${run}.example.com`, type: 'auth0_managed_certs' });
  assert.match(made.custom_domain_id, /^cd_/);
  has(made, { domain: `login-${run}.example.com`, type: 'auth0_managed_certs', primary: made.primary });
  has(await api.customDomains.get(made.custom_domain_id), { domain: made.domain });
  assert.ok((await api.customDomains.list()).some((item) => item.custom_domain_id === made.custom_domain_id));
  has(await api.customDomains.update(made.custom_domain_id, { domain_metadata: { team: 'x' } }), { domain_metadata: { team: 'x' } });
  await api.customDomains.verify(made.custom_domain_id);
  await api.customDomains.delete(made.custom_domain_id);
  await refused(404, () => api.customDomains.get(made.custom_domain_id));
});
await step('customDomains.getDefault', async () => {
  assert.equal(typeof (await api.customDomains.getDefault()).domain, 'string');
});

// Stats, attack protection, rate limit policies

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
    consumer_selector: `client_id:${need(client).client_id}`,
    configuration: { action: 'block', limit: 100 },
  });
  assert.match(policy.id, /^rlp_/);
  has(await api.rateLimitPolicies.get(policy.id), { configuration: { action: 'block', limit: 100 } });
  assert.ok((await everything(api.rateLimitPolicies.list({ take: 1 }))).some((item) => item.id === policy.id));
  has(await api.rateLimitPolicies.update(policy.id, { configuration: { action: 'log', limit: 50 } }), { configuration: { action: 'log', limit: 50 } });
  await api.rateLimitPolicies.delete(policy.id);
  await refused(404, () => api.rateLimitPolicies.get(policy.id));
});

// The end

await step('clientGrants.delete', async () => {
  await api.clientGrants.delete(need(grant).id);
  await refused(404, () => api.clientGrants.get(grant.id));
});
await step('organizations.delete', async () => {
  await api.organizations.delete(need(organization).id);
  await refused(404, () => api.organizations.get(organization.id));
});
await step('clients.delete', async () => {
  await api.clients.delete(need(client).client_id);
  await refused(404, () => api.clients.get(client.client_id));
});
await step('resourceServers.delete', async () => {
  await api.resourceServers.delete(need(resourceServer).id);
  await refused(404, () => api.resourceServers.get(resourceServer.id));
});

// Last, because it ends every token so far

await step('keys.signing: list, get, rotate, revoke', async () => {
  const before = await api.keys.signing.list();
  const current = before.find((key) => key.current);
  has(await api.keys.signing.get(current.kid), { kid: current.kid, thumbprint: current.thumbprint });
  const made = await api.keys.signing.rotate();
  assert.ok(made.kid && made.cert.includes('BEGIN CERTIFICATE'));
  const revoked = await api.keys.signing.revoke(current.kid);
  assert.equal(revoked.kid, current.kid);
  const jwks = await (await fetch(`https://${domain}/.well-known/jwks.json`)).json();
  assert.ok(!jwks.keys.some((key) => key.kid === current.kid));
});
