// Events, and where they are sent.

import { api, unique, unpaged } from './sdk.mjs';
import { assert, everything, has, need, refused, step } from './steps.mjs';

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
  const fresh = await api.logStreams.create({
    name: unique('Hook'),
    type: 'http',
    sink: { httpEndpoint: 'https://127.0.0.1:1/logs', httpContentType: 'application/json', httpContentFormat: 'JSONLINES', httpAuthorization: 'Bearer x' },
    filters: [{ type: 'category', name: 'auth.token_exchange.fail' }],
  });
  assert.match(fresh.id, /^lst_/);
  return has(fresh, { name: unique('Hook'), type: 'http', status: 'active' });
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
