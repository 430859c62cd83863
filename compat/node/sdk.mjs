// The SDK that is walked, and what its steps share.
//
//   AUTH0_PACKAGE  the package's name, with its major version

import crypto from 'node:crypto';
import { label } from './steps.mjs';

const { ManagementClient, AuthenticationClient } = await import(process.env.AUTH0_PACKAGE);
const { AuthClient } = await import('@auth0/auth0-auth-js');
label(process.env.AUTH0_PACKAGE);

export const domain = process.env.COMPAT_DOMAIN;
export const account = { clientId: process.env.COMPAT_CLIENT_ID, clientSecret: process.env.COMPAT_CLIENT_SECRET };
export const api = new ManagementClient({ domain, ...account, maxRetries: 0 });

/** What earlier files made: client, grant, organization, … */
export const made = {};

export const run = crypto.randomBytes(4).toString('hex');
export const unique = (name) => `${name}-${run}`;
export const identifier = `https://api-${run}.example/orders/`;
export const pem = () =>
  crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });

/** Without the pages that the SDK asks for by itself: for checkpoints, which it does not know everywhere. */
export const unpaged = { page: null, per_page: null, include_totals: null };

/** A token by client credentials: its text, its claims, and when it ends. From version 7 on this has a package of its own. */
export async function token(who, options) {
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

/** The client that was made, with its newest secret. */
export const granted = () => ({ clientId: made.client.client_id, clientSecret: made.rotated.client_secret });
