// One line a step, and the values that later steps need.

import assert from 'node:assert/strict';

const tool = process.env.COMPAT_TOOL;
let version = '';
let failures = 0;

export { assert };

export const label = (name) => (version = name);

/** Runs a step, prints its line and gives its value; `undefined` when it failed. */
export async function step(name, run) {
  try {
    const value = await run();
    console.log(`ok ${tool}: ${version} ${name}`);
    return value ?? true;
  } catch (error) {
    failures += 1;
    const said = error.body ? ` ${JSON.stringify(error.body)}` : '';
    const reason = `${error.statusCode ?? ''} ${error.message.split('\n').slice(0, 12).join(' ')}${said}`;
    console.log(`FAIL ${tool}: ${version} ${name}: ${reason.replace(/\s+/g, ' ').slice(0, 600)}`);
    console.error(name, error);
    return undefined;
  }
}

/** The value of an earlier step, which must have gone well. */
export function need(value) {
  if (value === undefined) throw new Error('an earlier step failed');
  return value;
}

/** Every item of a paged list, page by page. */
export async function everything(page) {
  const items = [];
  for await (const item of await page) items.push(item);
  return items;
}

/** A call that must be refused with a status. */
export async function refused(status, call) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.statusCode, status, error.message);
    return error;
  }
  throw new Error(`expected ${status}, but it went well`);
}

/** The members of `expected`, and no statement about others. */
export function has(actual, expected) {
  for (const [name, value] of Object.entries(expected)) {
    assert.deepEqual(actual?.[name], value, `${name} is ${JSON.stringify(actual?.[name])}, not ${JSON.stringify(value)}`);
  }
  return actual;
}

export const failed = () => failures;
