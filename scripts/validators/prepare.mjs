// Sets up APIs on a development server, gets tokens for them, and makes forgeries of these.
//
//   node prepare.mjs ISSUER > cases.json
//
// A case is one token and what a validator of one API must make of it: "accept", or the reason to
// refuse it. Refusing for another reason is a failure too, or a forgery would prove nothing.

import crypto from 'node:crypto';

const issuer = process.argv[2];
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256'];
const DIALECTS = { auth0: 'access_token', rfc9068: 'rfc9068_profile' };
const SCOPE = 'read:sheets';

async function call(method, path, body, token) {
  const answer = await fetch(new URL(path, issuer), {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

const encode = (value) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());

const SIGN = {
  RS256: (text, key) => crypto.sign('sha256', text, key),
  PS256: (text, key) =>
    crypto.sign('sha256', text, { key, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  ES256: (text, key) => crypto.sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (text, key) => crypto.sign(null, text, key),
  HS256: (text, key) => crypto.createHmac('sha256', key).update(text).digest(),
};

function sign(alg, key, header, claims) {
  const text = `${encode({ ...header, alg })}.${encode(claims)}`;
  return `${text}.${SIGN[alg](Buffer.from(text), key).toString('base64url')}`;
}

// Keys that the issuer does not have.
const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const STRANGERS = {
  RS256: rsa,
  PS256: rsa,
  ES256: crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  EdDSA: crypto.generateKeyPairSync('ed25519').privateKey,
  HS256: crypto.randomBytes(32).toString('base64url'),
};

async function api(alg, dialect, management) {
  const identifier = `https://${alg.toLowerCase()}.${dialect}.example/`;
  const secret = alg === 'HS256' ? crypto.randomBytes(32).toString('base64url') : undefined;
  await call('POST', 'api/v2/resource-servers', {
    name: `${alg} ${dialect}`,
    identifier,
    signing_alg: alg,
    ...(secret && { signing_secret: secret }),
    token_dialect: DIALECTS[dialect],
    scopes: [{ value: SCOPE }, { value: 'write:sheets' }],
  }, management);
  return { alg, dialect, identifier, secret };
}

async function token(api, client, management) {
  const audience = api.identifier;
  await call('POST', 'api/v2/client-grants', { client_id: client.client_id, audience, scope: [SCOPE] }, management);
  const answer = await call('POST', 'oauth/token', {
    grant_type: 'client_credentials',
    client_id: client.client_id,
    client_secret: client.client_secret,
    audience,
  });
  if (answer.token_type !== 'Bearer') throw new Error('not a bearer token');
  return answer.access_token;
}

function cases(api, token, client, publicKeys) {
  const [head, body, tail] = token.split('.');
  const header = decode(head);
  const claims = decode(body);
  const stranger = STRANGERS[api.alg];
  const rules = {
    alg: api.alg,
    audience: api.identifier,
    issuer,
    secret: api.secret,
    typ: api.dialect === 'rfc9068' ? 'at+jwt' : 'JWT',
    claims: {
      scope: SCOPE,
      [api.dialect === 'rfc9068' ? 'client_id' : 'azp']: client.client_id,
      ...(api.dialect === 'auth0' && { sub: `${client.client_id}@clients`, gty: 'client-credentials' }),
    },
  };
  const list = [];
  const add = (title, token, expect, changed = {}) =>
    list.push({ title: `${api.alg} ${api.dialect}: ${title}`, token, expect, ...rules, ...changed });

  add('the token as issued', token, 'accept');
  add('ten seconds before it expires', token, 'accept', { now: claims.exp - 10 });
  add('when it has expired', token, 'expired', { now: claims.exp });
  add('for another audience', token, 'audience', { audience: 'https://other.example/' });
  add('for the same audience without its slash', token, 'audience', { audience: api.identifier.slice(0, -1) });
  add('from another issuer', token, 'issuer', { issuer: 'https://other.example/' });
  const wider = { ...claims, scope: `${SCOPE} write:sheets` };
  add('with a wider scope under the same signature', `${head}.${encode(wider)}.${tail}`, 'signature');
  const longer = { ...claims, exp: claims.exp + 86_400 };
  add('with a later end under the same signature', `${head}.${encode(longer)}.${tail}`, 'signature');
  add('signed by a stranger under the same kid', sign(api.alg, stranger, header, claims), 'signature');
  const short = Buffer.from(tail, 'base64url').subarray(0, -1).toString('base64url');
  add('with a signature cut short', `${head}.${body}.${short}`, 'signature');
  add('with no signature', `${head}.${body}.`, 'signature');
  const none = encode({ ...header, alg: 'none' });
  add('unsigned, alg none', `${none}.${body}.`, 'algorithm');
  add('alg none over the good signature', `${none}.${body}.${tail}`, 'algorithm');
  if (api.secret) {
    const past = { ...claims, iat: claims.iat - 90_000, exp: claims.iat - 3_600 };
    add('signed with the secret, an hour too old', sign('HS256', api.secret, header, past), 'expired');
    add('signed RS256 by a stranger', sign('RS256', rsa, header, claims), 'algorithm');
  } else {
    const jwk = publicKeys.find((key) => key.kid === header.kid);
    const key = crypto.createPublicKey({ key: jwk, format: 'jwk' });
    const pem = key.export({ type: 'spki', format: 'pem' });
    const der = key.export({ type: 'spki', format: 'der' });
    add('HS256 with the public key in PEM as secret', sign('HS256', pem, header, claims), 'algorithm');
    add('HS256 with the public key in DER as secret', sign('HS256', der, header, claims), 'algorithm');
    add('under a kid that is not published', sign(api.alg, stranger, { ...header, kid: 'nobody' }, claims), 'key');
    const own = crypto.createPublicKey(stranger).export({ format: 'jwk' });
    add('with its own key in the header', sign(api.alg, stranger, { ...header, jwk: own }, claims), 'signature');
  }
  return list;
}

const { access_token: management } = await call('POST', 'dev/token');
const client = await call('POST', 'api/v2/clients', {
  name: 'Validators',
  app_type: 'non_interactive',
  grant_types: ['client_credentials'],
}, management);
const issued = [];
for (const alg of ALGORITHMS) {
  for (const dialect of Object.keys(DIALECTS)) {
    const one = await api(alg, dialect, management);
    issued.push([one, await token(one, client, management)]);
  }
}
const metadata = await call('GET', '.well-known/openid-configuration');
const published = await call('GET', new URL(metadata.jwks_uri).pathname);
if (published.keys.some((key) => 'd' in key || 'k' in key)) throw new Error('a private key is published');
const all = issued.flatMap(([api, token]) => cases(api, token, client, published.keys));
process.stdout.write(JSON.stringify({ issuer, cases: all }, null, 1));
