import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/check-layers.mjs', import.meta.url));
const roots: string[] = [];

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** A small tree in which every rule is kept. */
const clean: Readonly<Record<string, string>> = {
  'index.ts': `export { connect } from './connection/connect.js';\n`,
  'core/quote.ts': `export const quote = (s: string): string => s;\n`,
  'inventory/index.ts': `export { parse } from './parse.js';\n`,
  'inventory/parse.ts': `import { parse as yaml } from 'yaml';\nimport { quote } from '../core/quote.js';\nexport const parse = [yaml, quote];\n`,
  'transport/contract.ts': `import type { quote } from '../core/quote.js';\nexport type Quote = typeof quote;\n`,
  'transport/local/run.ts': `export { spawn } from 'node:child_process';\n`,
  'transport/ssh2/client.ts': `import ssh2 from 'ssh2';\nimport type { Quote } from '../contract.js';\nexport const client: Quote = ssh2;\n`,
  'transport/ssh2/proxy-command.ts': `import { spawn } from 'node:child_process';\nexport { spawn };\n`,
  'connection/connect.ts': `import { client } from '../transport/ssh2/client.js';\nexport const connect = client;\n`,
  'manager/device.ts': `import { connect } from '../connection/connect.js';\nexport const device = connect;\n`,
  'fleet/multi.ts': `import { connect } from '../connection/connect.js';\nexport const multi = connect;\n`,
  'testing/server.ts': `import ssh2 from 'ssh2';\nimport { connect } from '../connection/connect.js';\nexport const server = [ssh2, connect];\n`,
  'testing/index.ts': `export { server } from './server.js';\n`,
  'cli/main.ts': `import type { connect } from '../connection/connect.js';\nexport const main = async (): Promise<unknown> => import('./run.js');\nexport type C = typeof connect;\n`,
  'cli/run.ts': `import { multi } from '../fleet/multi.js';\nexport const run = multi;\n`,
  'cli/demo.ts': `import { server } from '../testing/server.js';\nexport const demo = server;\n`,
};

interface Verdict {
  readonly status: number | null;
  readonly breaches: readonly string[];
}

/** Checks the clean tree with some files replaced or added. */
function check(planted: Readonly<Record<string, string>> = {}): Verdict {
  const root = mkdtempSync(join(tmpdir(), 'hawser-layers-'));
  roots.push(root);
  const manifest = {
    name: 'hawser',
    exports: {
      '.': { default: './dist/index.js' },
      './inventory': { default: './dist/inventory/index.js' },
      './testing': { default: './dist/testing/index.js' },
    },
  };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  // The planted files import names that need not exist: only the paths matter here.
  for (const [file, text] of Object.entries({ ...clean, ...planted })) {
    mkdirSync(dirname(join(root, 'src', file)), { recursive: true });
    writeFileSync(join(root, 'src', file), text);
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return { status, breaches: stdout.split('\n').slice(0, -2) };
}

describe('check-layers', () => {
  it('passes a tree that keeps every rule', () => {
    expect(check()).toEqual({ status: 0, breaches: [] });
  });

  it.each<[rule: string, file: string, text: string, breach: RegExp]>([
    [
      'an import from a higher room',
      'core/up.ts',
      `import { parse } from '../inventory/parse.js';`,
      /core\/up\.ts:1: inventory\/ is above core\//,
    ],
    [
      'a higher room in a type',
      'core/up.ts',
      `import type { parse } from '../inventory/parse.js';`,
      /:1: inventory\/ is above core\//,
    ],
    [
      'a higher room in typeof import()',
      'core/up.ts',
      `\nexport type P = typeof import('../inventory/parse.js');`,
      /:2: inventory\/ is above/,
    ],
    [
      'a higher room over several lines',
      'core/up.ts',
      `import {\n  parse,\n  type Other,\n} from '../inventory/parse.js';`,
      /:1: inventory\/ is above/,
    ],
    [
      'a higher room that is exported again',
      'core/up.ts',
      `export type * as all from '../inventory/parse.js';`,
      /:1: inventory\/ is above/,
    ],
    [
      'a higher room that is loaded late',
      'core/up.ts',
      `\n\nconst a = \`x \${await import('../inventory/parse.js')} y\`;`,
      /:3: inventory\/ is above/,
    ],
    [
      'a higher room by require',
      'core/up.ts',
      `import p = require('../inventory/parse.js');`,
      /:1: inventory\/ is above/,
    ],
    ['a higher room for its side effects', 'core/up.ts', `import '../inventory/parse.js';`, /:1: inventory\/ is above/],
    [
      'manager in fleet',
      'fleet/devices.ts',
      `import { device } from '../manager/device.js';`,
      /manager\/ is the neighbour of fleet\//,
    ],
    [
      'fleet in manager',
      'manager/all.ts',
      `import { multi } from '../fleet/multi.js';`,
      /fleet\/ is the neighbour of manager\//,
    ],
    [
      'a room from session upwards in testing',
      'testing/fleet.ts',
      `import { multi } from '../fleet/multi.js';`,
      /testing\/ may use the rooms below session\//,
    ],
    ['testing in a room', 'fleet/fake.ts', `import { server } from '../testing/server.js';`, /testing\/ is for tests/],
    [
      'testing in a command that is not demo',
      'cli/get.ts',
      `import { server } from '../testing/server.js';`,
      /testing\/ is for tests/,
    ],
    ['testing in index.ts', 'index.ts', `export { server } from './testing/server.js';`, /testing\/ is for tests/],
    ['cli in index.ts', 'index.ts', `export { run } from './cli/run.js';`, /index\.ts does not export cli\//],
    ['an own file beside index.ts', 'other.ts', `export * from './core/quote.js';`, /move other\.ts into a room/],
    ['index.ts in a room', 'core/up.ts', `import '../index.js';`, /imports src\/index\.ts/],
    ['an index.ts of a room', 'cli/get.ts', `import '../inventory/index.js';`, /imports src\/inventory\/index\.ts/],
    ['an index.ts that is not exported', 'core/index.ts', `export {};`, /core\/index\.ts:1: package\.json does not/],
    ['the package by its name', 'cli/get.ts', `import 'hawser/inventory';`, /imports the package by its own name/],
    ['ssh2 elsewhere', 'connection/raw.ts', `import type { Client } from 'ssh2';`, /ssh2 may be imported in/],
    ['a part of ssh2 elsewhere', 'connection/raw.ts', `import 'ssh2/lib/agent.js';`, /ssh2\/lib\/agent\.js may be/],
    [
      'child_process elsewhere',
      'transport/ssh2/run.ts',
      `import 'node:child_process';`,
      /child_process may be imported/,
    ],
    ['YAML elsewhere', 'cli/get.ts', `const { parse } = await import('yaml');`, /yaml may be imported in inventory\//],
    ['a room that is not known', 'utils/all.ts', `export {};`, /no such room as utils\//],
    ['a file that is not there', 'core/up.ts', `import './gone.js';`, /there is no src\/core\/gone\.ts/],
    ['a file outside of src', 'core/up.ts', `import '../../package.json';`, /is outside of src\//],
    [
      'an import that is computed',
      'core/up.ts',
      `const a = await import(name);`,
      /a computed import cannot be checked/,
    ],
  ])('reports %s', (_rule, file, text, breach) => {
    const { status, breaches } = check({ [file]: text });
    expect(status).toBe(1);
    expect(breaches).toEqual([expect.stringMatching(breach)]);
    expect(breaches[0]).toMatch(/^src\/[\w./-]+:\d+: /);
  });

  it('reports a circle inside of a room once, types included', () => {
    const { status, breaches } = check({
      'core/a.ts': `import type { C } from './c.js';`,
      'core/b.ts': `export * from './a.js';`,
      'core/c.ts': `\nimport { b } from './b.js';`,
    });
    expect(status).toBe(1);
    expect(breaches).toEqual([
      'src/core/a.ts:1: a circle: core/a.ts -> core/c.ts -> core/b.ts -> core/a.ts; move what they share into a file of its own',
    ]);
  });

  it('reports how the command line loads SSH at its start', () => {
    const { status, breaches } = check({ 'cli/main.ts': `import './run.js';` });
    expect(status).toBe(1);
    expect(breaches).toEqual([
      expect.stringContaining(
        'src/cli/main.ts:1: loads SSH at the start: cli/main.ts -> cli/run.ts -> fleet/multi.ts -> connection/connect.ts -> transport/ssh2/client.ts',
      ),
    ]);
  });

  it('reports the servers of testing at the start of the command line', () => {
    const { breaches } = check({ 'cli/main.ts': `import './demo.js';` });
    expect(breaches).toEqual([expect.stringContaining('cli/demo.ts -> testing/server.ts')]);
  });

  it('is not fooled by what only looks like an import', () => {
    const text = String.raw`#!/usr/bin/env node
// import a from '../cli/run.js';
/* import b from '../cli/run.js';
   export * from '../cli/run.js'; */
const s1 = "import c from '../cli/run.js'";
const s2 = 'it\'s; import d from "../cli/run.js"';
const t1 = ${'`'}
import e from '../cli/run.js';
${'${'}s1 + ${'`'}nested ${'${'}{ a: '}' }.a} import('../cli/run.js')${'`'}}
export * from '../cli/run.js';
${'`'};
const r1 = /['"${'`'}] import f from '\/..\/cli\/run.js'/;
if (s1) /[/'"]/.test(s2);
const half = (s1.length) / 2; const quarter = half / 2; const text = 'import "../cli/run.js"';
const members = { import: '../cli/run.js', export: 1, require: 2, from: '../cli/run.js' };
members.import; loader.require('../cli/run.js'); loader.import('../cli/run.js');
const where = import.meta.url;
const from = '../cli/run.js';
export { from };
export type From = '../cli/run.js';
export const exported = { from: '../cli/run.js' };
`;
    expect(check({ 'core/tricks.ts': text })).toEqual({ status: 0, breaches: [] });
  });

  it('sees an import that follows such tricks', () => {
    const text = `const r = [/'/, a / b, ${'`'}${'${'}'}'}${'`'}];
const spread = { ...(await import('../cli/run.js')), ...require('../cli/demo.js') };
import type from '../cli/main.js';
`;
    const { breaches } = check({ 'core/tricks.ts': text });
    expect(breaches.map((breach) => breach.slice(0, breach.indexOf(': ')))).toEqual([
      'src/core/tricks.ts:2',
      'src/core/tricks.ts:2',
      'src/core/tricks.ts:3',
    ]);
  });
});
