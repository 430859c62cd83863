// Judges the cases with the npm package `jose`: keys by discovery, or the shared secret.
//
//   node validate.mjs cases.json

import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

const { issuer, cases } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const metadata = await json(new URL('.well-known/openid-configuration', issuer));
if (metadata.issuer !== issuer) throw new Error(`metadata of ${metadata.issuer}`);
const remote = createRemoteJWKSet(new URL(metadata.jwks_uri), { timeoutDuration: 5_000 });

async function json(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

async function verdict(one) {
  const keys = one.secret ? new TextEncoder().encode(one.secret) : remote;
  try {
    const { payload } = await jwtVerify(one.token, keys, {
      algorithms: [one.alg],
      audience: one.audience,
      issuer: one.issuer,
      typ: one.typ,
      requiredClaims: ['exp', 'iat', 'sub'],
      ...(one.now && { currentDate: new Date(one.now * 1000) }),
    });
    const wrong = Object.keys(one.claims).filter((name) => payload[name] !== one.claims[name]);
    return wrong.length === 0 ? 'accept' : `claims ${wrong}`;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'expired';
    if (error instanceof errors.JWTClaimValidationFailed) {
      return { aud: 'audience', iss: 'issuer' }[error.claim] ?? `claim ${error.claim}`;
    }
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
    if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
    if (error instanceof errors.JWKSNoMatchingKey) return 'key';
    return `${error.code ?? error.name}: ${error.message}`;
  }
}

let failed = 0;
for (const one of cases) {
  const found = await verdict(one);
  if (found === one.expect) {
    console.log(`ok   jose   ${one.title} (${found})`);
  } else {
    failed += 1;
    console.log(`FAIL jose   ${one.title}: expected ${one.expect}, found ${found}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
