import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OptionError, ParseError } from '../../../src/core/hawser-error.js';
import { checkTarget } from '../../../src/inventory/check-target.js';
import { HostSet } from '../../../src/inventory/host-set/host-set.js';
import { Inventory } from '../../../src/inventory/inventory.js';

const EXAMPLE = `
groups:
  web: web[01-04]
  prod: ['@web', db1]
  canary: "@prod & web01"
  none: []
hosts:
  web01: { port: 2222 }
  '@web':
    user: deploy
    port: 22
    proxyJump: [edge, bastion]
  '*.example.com': { username: me, hostKey: accept-new }
  db1: { host: 10.0.0.9, keepAlive: false, privateKey: [~/.ssh/db, ~/.ssh/id] }
  bastion: { user: jump, port: 8022 }
`;

describe('the groups of an inventory', () => {
  const inventory = Inventory.parse(EXAMPLE);

  it('are host sets, which may refer to each other in any order', () => {
    expect(inventory.groups).toEqual(['web', 'prod', 'canary', 'none']);
    expect(String(inventory.group('prod'))).toBe('db1,web[01-04]');
    expect(String(inventory.group('canary'))).toBe('web01');
    expect(inventory.group('none').size).toBe(0);
    expect(String(Inventory.parse('groups: { a: "@b", b: x }').group('a'))).toBe('x');
  });

  it('can be named in expressions', () => {
    expect(String(inventory.select('@prod!web[02-03]'))).toBe('db1,web[01,04]');
    expect(String(HostSet.parse('@web', { groups: (name) => inventory.group(name) }))).toBe('web[01-04]');
  });

  it('are listed when an unknown one is asked for', () => {
    expect(() => inventory.group('prd')).toThrow(OptionError);
    expect(() => inventory.group('prd')).toThrow('known are web, prod, canary, none');
    expect(() => inventory.select('@prd')).toThrow(/no such group; known are @web, @prod/u);
  });
});

describe('the targets of an inventory', () => {
  const inventory = Inventory.parse(EXAMPLE);

  it('have the fields of every pattern that covers them, the first one winning', () => {
    const target = inventory.target('web01');
    expect(target).toMatchObject({ host: 'web01', key: 'web01', port: 2222, username: 'deploy' });
    expect(inventory.target('web02')).toMatchObject({ port: 22, username: 'deploy' });
    expect(inventory.target('a.example.com')).toMatchObject({ username: 'me', hostKey: 'accept-new' });
    expect(() => checkTarget(target)).not.toThrow();
  });

  it('let the name itself win', () => {
    expect(inventory.target('root@web01:22')).toMatchObject({
      host: 'web01',
      key: 'root@web01:22',
      port: 22,
      username: 'root',
    });
  });

  it('may have another address than their name', () => {
    expect(inventory.target('db1')).toEqual({
      host: '10.0.0.9',
      key: 'db1',
      keepAlive: false,
      privateKey: ['~/.ssh/db', '~/.ssh/id'],
    });
  });

  it('are plain ones where the inventory knows nothing', () => {
    expect(inventory.target('me@elsewhere')).toEqual({ host: 'elsewhere', username: 'me', key: 'me@elsewhere' });
  });

  it('come with what is known of their hops', () => {
    expect(inventory.target('web01').proxyJump).toEqual([
      'edge',
      { host: 'bastion', key: 'bastion', username: 'jump', port: 8022 },
    ]);
  });

  it('do not jump through themselves', () => {
    const all = Inventory.parse('hosts: { "*": { proxyJump: [edge, bastion] } }');
    expect(all.target('web1').proxyJump).toEqual(['edge', 'bastion']);
    expect(all.target('bastion').proxyJump).toBe('edge');
    expect(all.target('edge')).toEqual({ host: 'edge', key: 'edge' });
  });
});

describe('Inventory.parse', () => {
  it.each(['', '# nothing', 'groups:', 'groups: {}\nhosts: {}'])('takes %j as empty', (yaml) => {
    expect(Inventory.parse(yaml).groups).toEqual([]);
  });

  it('takes aliases', () => {
    expect(String(Inventory.parse('groups: { a: &x "n[1-3]", b: *x }').group('b'))).toBe('n[1-3]');
    // The last one before it is meant.
    const { groups } = Inventory.parse('groups: { a: &x m, b: *x, c: &x n, d: *x }');
    expect(
      groups.map((name) => String(Inventory.parse('groups: { a: &x m, b: *x, c: &x n, d: *x }').group(name))),
    ).toEqual(['m', 'm', 'n', 'n']);
  });

  it('refuses a few lines that grow into very many by aliases, and an alias that holds itself', () => {
    const grown = Array.from(
      { length: 12 },
      (_, i) => `g${i}: &g${i} [${Array(10).fill(i === 0 ? 'x' : `*g${i - 1}`)}]`,
    );
    expect(() => Inventory.parse(`groups:\n  ${grown.join('\n  ')}\n`)).toThrow('values come by aliases');
    expect(() => Inventory.parse('groups: &a { b: *a }')).toThrow('nested too deeply');
  });

  it.each<[string, string, number, number, string]>([
    ['no YAML', 'groups: [', 1, 10, 'no YAML'],
    ['a bare @', 'groups:\n  a: @b', 2, 6, 'no YAML'],
    ['a key twice', 'groups:\n  a: x\n  a: y', 3, 3, 'unique'],
    ['an unknown section', 'hots: {}', 1, 1, 'known are groups and hosts'],
    ['a list', '- a', 1, 1, 'map'],
    ['a faulty range', 'groups:\n  web: web[01-', 2, 11, '"[01-"'],
    ['a faulty range in quotes', "groups:\n  web: ['a', 'web[3-1]']", 2, 19, 'runs backwards'],
    ['a number', 'groups:\n  web: 5', 2, 8, 'holds 5'],
    ['a group of nothing', 'groups:\n  web:\n  db: x', 2, 7, 'holds null'],
    ['a name that @ cannot refer to', 'groups:\n  "a,b": x', 2, 4, 'cannot be the name'],
    ['an unknown group', 'groups:\n  a: x,@b', 2, 8, 'known are @a'],
    ['a circle', 'groups:\n  a: x,@b\n  b: "@c"\n  c: "@a"', 4, 7, '@a → @b → @c → @a'],
    ['a group in itself', 'groups:\n  a: "@a"', 2, 7, '@a → @a'],
    ['too many hosts', 'groups:\n  a: n[1-9999999]', 2, 6, 'the limit'],
    ['too many hosts in all', 'groups:\n  a: ["n[1-600000]", "m[1-600000]"]', 2, 23, 'more than'],
    ['an unknown field', 'hosts:\n  a: { port: 1, hostname: b }', 2, 17, 'did you mean `host`'],
    ['a port out of range', 'hosts:\n  a:\n    port: 70000', 3, 11, '65535'],
    ['a host with both names of a field', 'hosts:\n  a: { user: x, username: y }', 2, 17, 'same field'],
    ['a key for a host', 'hosts:\n  a: { key: b }', 2, 8, '`key`'],
    ['no fields', 'hosts:\n  a: 22', 2, 6, 'Expected fields'],
    ['an unknown group of hosts', "hosts:\n  '@web': {}", 2, 4, 'no such group'],
    ['a hop that is described in place', 'hosts:\n  a: { proxyJump: { host: b } }', 2, 19, 'under hosts'],
    ['something that holds itself', 'groups: &g\n  a: [*g]', 2, 3, 'nested too deeply'],
  ])('refuses %s where it stands', (_, yaml, line, column, why) => {
    const error = errorOf(yaml);
    expect(error).toMatchObject({ file: 'hosts.yaml', line, column });
    expect(error.message).toContain(why);
  });

  it.each([
    'hosts:\n  a:\n    password: hunter2',
    'hosts:\n  a:\n    passphrase: hunter2',
    'hosts:\n  a:\n    privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\\nhunter2"',
    'hosts:\n  a:\n    privateKey: [x, "-----BEGIN OPENSSH PRIVATE KEY-----\\nhunter2"]',
    'hosts:\n  a:\n    proxyJump: me:hunter2@edge',
    'hosts:\n  a:\n    proxyJump: { host: b, password: hunter2 }',
    'hosts:\n  a:\n    password: "hunter2',
    'hosts:\n  a:\n    password: ["hunter2" hunter2]',
  ])('refuses the secret in %j and does not repeat it', (yaml) => {
    const error = errorOf(yaml);
    expect(error.line).toBe(3);
    expect(inspect(error)).not.toContain('hunter2');
  });
});

describe('Inventory.load', () => {
  it('reads a file, which its errors name', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hawser-inventory-'));
    try {
      const file = join(directory, 'hosts.yaml');
      await writeFile(file, EXAMPLE);
      expect((await Inventory.load(file)).group('web').size).toBe(4);
      await writeFile(file, 'groups: { a: "n[" }');
      await expect(Inventory.load(file)).rejects.toMatchObject({ file, line: 1, column: 16 });
      await expect(Inventory.load(join(directory, 'none.yaml'))).rejects.toThrow(/Cannot read the inventory .*ENOENT/u);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

function errorOf(yaml: string): ParseError {
  try {
    Inventory.parse(yaml, { file: 'hosts.yaml' });
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
