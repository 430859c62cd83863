// Actions, their versions, bindings and modules; token exchange profiles, which need one.

import { api, granted, identifier, made, run, token, unique } from './sdk.mjs';
import { assert, everything, has, need, refused, step } from './steps.mjs';

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
  await api.clientGrants.update(need(made.grant).id, { organization_usage: 'deny' });
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
