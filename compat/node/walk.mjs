// Every manager of Auth0's SDK that concerns machines: create, get, list, update, delete.
//
//   AUTH0_PACKAGE=auth0-7 node walk.mjs

await import('./tokens.mjs');
await import('./resource-servers.mjs');
await import('./clients.mjs');
await import('./client-grants.mjs');
await import('./organizations.mjs');
await import('./tenant-settings.mjs');
await import('./actions.mjs');
await import('./keys.mjs');
await import('./logs.mjs');
await import('./edges.mjs');
await import('./end.mjs');
