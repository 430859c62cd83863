// Compares what deploy-cli exported with what it was given.
//
//   node compare.mjs contains EXPORTED GIVEN     everything given is there
//   node compare.mjs equal EXPORTED EXPORTED     nothing has changed
//   node compare.mjs only EXPORTED GIVEN         lists hold what was given and nothing else
//
// Says what is different, one line each, and ends with 1 when something is.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import yaml from 'js-yaml';

const [how, left, right] = process.argv.slice(2);
const read = (file) => yaml.load(readFileSync(file, 'utf8'));
const differences = [];

// Lists are in no order; these members name an item.
const NAMES = ['name', 'identifier', 'client_id', 'audience', 'action_name', 'domain', 'description', 'value', 'id'];
const named = (item) => NAMES.map((name) => item?.[name]).filter(Boolean).join(' | ');
// Never shown again by the server, replaced by deploy-cli, or of the moment.
const HIDDEN = new Set(['value', 'updated_at', 'httpAuthorization']);
const code = (file, text) =>
  typeof text === 'string' && text.startsWith('./') ? readFileSync(resolve(dirname(file), text), 'utf8').trim() : text;

function contains(found, wanted, path) {
  if (Array.isArray(wanted) && wanted.some((item) => item && typeof item === 'object')) {
    for (const item of wanted) {
      // The names that are given must be the same.
      const same = (other) => NAMES.every((name) => item[name] === undefined || HIDDEN.has(name) && path.endsWith('secrets') || other?.[name] === item[name]);
      const match = (found ?? []).find(same);
      if (match) contains(match, item, `${path}[${named(item)}]`);
      else differences.push(`${path}: nothing is ${named(item)}`);
    }
  } else if (Array.isArray(wanted)) {
    const sorted = (list) => JSON.stringify([...(list ?? [])].sort());
    if (sorted(found) !== sorted(wanted)) differences.push(`${path}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
  } else if (wanted && typeof wanted === 'object') {
    for (const [name, value] of Object.entries(wanted)) {
      if (HIDDEN.has(name) && path.includes('secrets') || name === 'httpAuthorization') continue;
      contains(found?.[name], value, path ? `${path}.${name}` : name);
    }
  } else if (code(left, found) !== code(right, wanted)) {
    differences.push(`${path}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
  }
}

const found = read(left);
const wanted = read(right);
contains(found, wanted, '');
if (how === 'equal') contains(wanted, found, '');
if (how === 'only') {
  for (const [kind, items] of Object.entries(wanted)) {
    const own = (item) => item.name === 'Tools' || item.client_id === 'Tools' || item.name === 'All Applications';
    const left = Array.isArray(found[kind]) ? found[kind].filter((item) => !own(item)) : [];
    const count = Array.isArray(items) ? items.length : 0;
    if (left.length !== count) differences.push(`${kind}: ${left.map(named).join(', ') || 'none'} left, not ${count}`);
  }
}
for (const difference of differences.slice(0, 20)) console.log(difference);
process.exit(differences.length ? 1 : 0);
