import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HawserError, ParseError } from '../../../../src/core/hawser-error.js';
import { parseTestbed } from '../../../../src/inventory/testbed/parse-testbed.js';
import type { TestbedData } from '../../../../src/inventory/testbed/testbed-data.js';
import { TESTBED_FILES } from './testbed-files.js';

/** What is wrong with the text in which `^` stands before the place: the message without the place, once that is right. */
function fault(marked: string, read: (yaml: string) => unknown = parse): string {
  const offset = marked.indexOf('^');
  const before = marked.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const yaml = before + marked.slice(offset + 1);
  const error = capture(() => read(yaml));
  expect(error).toBeInstanceOf(ParseError);
  expect(error).toMatchObject({ file: 'lab.yaml', line, column });
  const message = error instanceof Error ? error.message : '';
  expect(message.startsWith(`lab.yaml:${line}:${column}: `), message).toBe(true);
  return message.slice(`lab.yaml:${line}:${column}: `.length);
}

function parse(yaml: string): TestbedData {
  return parseTestbed(yaml, { file: 'lab.yaml', env: {} });
}

/** The password of a device, as it is needed. */
function passwordOf(yaml: string): unknown {
  const secret = parse(yaml).devices.get('r1')?.credentials['default']?.password;
  return typeof secret === 'function' ? secret() : secret;
}

function capture(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

const via = (fields: string): string => `devices:\n  r1:\n    connections:\n      cli: { ${fields} }\n`;

describe('a fault in a testbed', () => {
  it.each([
    ['^prot0col: ssh', 'protocol'],
    ['protocl: ssh'.replace('p', '^p'), 'protocol'],
    ['^Protocol: ssh', 'protocol'],
    ['ip: 192.0.2.1, ^prot: 22', 'port'],
    ['ip: 192.0.2.1, ^poolsize: 3', 'pool_size'],
    ['^hots: r1.example', 'host'],
    ['^credentails: {}', 'credentials'],
    ['^user: me', 'username'],
    ['^proxi: jump', 'proxy'],
    ['^argument: {}', 'arguments'],
    ['^privat_key: x', 'privateKey'],
    ['^proto: ssh', 'protocol'],
    ['^keepaliv: {}', 'keepAlive'],
  ])('is pointed out where a key of a way is a slip: %s', (fields, meant) => {
    expect(fault(via(fields))).toMatch(new RegExp(`has no key ".*"; did you mean "${meant}"\\?`, 'u'));
  });

  it('is no slip where the known key is there as well, or nothing is near', () => {
    expect(() =>
      parseTestbed(
        via('protocol: ssh, protocols: 2, settings: {}, sshtunnel: {}, foo: 1, debug: true, hostname: R1, line: 3'),
      ),
    ).not.toThrow();
  });

  it.each([
    ['^devcies: {}', 'devices'],
    ['devices: { r1: { ^conections: {} } }', 'connections'],
    ['devices: { r1: { ^credential: {} } }', 'credentials'],
    ['devices: { r1: { connections: { defaults: { ^clas: cli } } } }', 'class'],
    ['devices: { r1: { credentials: { default: { ^pasword: x } } } }', 'password'],
    ['devices: { r1: { credentials: { default: { ^user: x } } } }', 'username'],
    ['devices: {}\ntestbed: { ^credental: {} }', 'credentials'],
    ['devices: { r1: { connections: { a: { proxy: { ^devise: x } } } } }', 'device'],
  ])('is pointed out where a key elsewhere is a slip: %s', (yaml, meant) => {
    expect(fault(yaml)).toContain(`did you mean "${meant}"?`);
  });

  it.each([
    [via('port: ^70000'), 'Expected the `port` field of a target to be an integer from 1 to 65535'],
    [via('port: ^ssh'), 'Expected the `port` field'],
    [via("ip: '^10.0.0.1:22'"), 'Expected the `host` field'],
    [via('ip: ^[1, 2]'), 'ip of the connection "cli" of r1 is text, not a list'],
    ['devices: { r1: { connections: { cli: { ip: ^} } } }', 'ip of the connection "cli" of r1 is missing'],
    [via('pool_size: ^0'), 'Expected pool_size of the connection "cli" of r1 to be an integer from 1 to 9999'],
    [via('pool_timeout: ^soon'), 'to be a number of seconds'],
    [via('sshConfig: ^3'), 'Expected the `sshConfig` field'],
    [via('^key: r'), 'take `key` out'],
    [via('knownHosts: a, ^known_hosts: b'), 'has knownHosts in two spellings; keep one'],
    [via('^proxyJump: r'), 'Name a device of the testbed as `proxy` instead'],
    [via('login_creds: ^ops'), 'There is no credential "ops"'],
    [via('arguments: ^no'), 'The arguments of the connection "cli" of r1: expected a map, got text'],
    ['^- a\n', 'A testbed is a map with the sections testbed and devices'],
    ['^testbed: { name: x }', 'A testbed has a section `devices`, and there is none'],
    ['devices: ^[r1]', 'The section devices: expected a map, got a list'],
    ['devices: { r1: ^x }', 'The device "r1": expected a map, got text'],
    ['devices: { r1: { connections: { cli: ^ssh } } }', 'expected a map, got text'],
    ['devices: { r1: { connections: { defaults: { via: ^vty }, cli: {} } } }', 'no connection "vty"; known are cli'],
    ['devices: { r1: { connections: { defaults: { via: ^cil }, cli: {} } } }', 'did you mean cli?'],
    ['devices: { r1: { connections: { defaults: { ^pool_size: 3 } } } }', 'write pool_size in each connection'],
    ['devices: { r1: { connections: { defaults: { ^known_hosts: x } } } }', 'can have class, alias and via'],
    ['devices: { r1: {}, ^r2: { alias: r1 } }', 'The alias "r1" of r2 means r1 already'],
    ['devices: { r1: {}, ^r1: {} }', 'This is no YAML'],
    ['devices: { r1: ^%ENV{X} }', 'This is no YAML'],
    ['^extends: base.yaml\ndevices: {}', '`extends` is relative to a file'],
  ])('is told with its place: %j', (yaml, words) => {
    expect(fault(yaml)).toContain(words);
  });

  it.each([
    ['^%ENV{NONE}', 'The environment variable "NONE" is not set; export it, or write %ENV{NONE, default}'],
    ['x^%ENV{NONE}', 'The environment variable "NONE" is not set'],
    ['^%ASK{}', 'there is nobody to ask: no terminal and no `prompt` function'],
    ['a ^%ASK{}', '%ASK can only be the whole of a password'],
    ['^%ENC{abc}', '%ENC{…} cannot be used here: it is encoded with a key of pyATS'],
    ['^%CLI{arg}', '%CLI{…} cannot be used here'],
    ['^%INCLUDE{f.yaml}', '%INCLUDE{…} cannot be used here'],
    ['^%CALLABLE{f(1)}', '%CALLABLE{…} cannot be used here'],
    ['^%{a.b}', 'The reference %{…} leads to nothing in this file'],
    ['^%{devices.r1}', 'The reference %{…} leads to a map where text is needed'],
    ['^%{self.credentials.default.password}', 'The references %{…} go round in a circle'],
  ])('is a markup of a password that cannot be replaced, told where that is needed: %s', (password, words) => {
    expect(fault(`devices: { r1: { credentials: { default: { password: '${password}' } } } }`, passwordOf)).toContain(
      words,
    );
  });

  it.each([
    [via("ip: '^%ENV{NONE}'"), 'The environment variable "NONE" is not set'],
    [via("username: '^%ENC{abc}'"), '%ENC{…} cannot be used here'],
  ])('is a markup that cannot be replaced anywhere else, told at once: %j', (yaml, words) => {
    expect(fault(yaml)).toContain(words);
  });

  it('is a markup in the place of a whole device, or of an address', () => {
    expect(fault("devices: { r1: '^%INCLUDE{r1.yaml}' }")).toContain('`extends: FILE`');
    expect(fault(via("ip: '^%ASK{where}'"))).toContain('%ASK can only be the whole of a password');
  });

  it('names the circle in which proxies go', () => {
    const circle = (hop: string): string => `devices:
  a: { connections: { cli: { ip: 192.0.2.1, proxy: b } } }
  b: { connections: { cli: { ip: 192.0.2.2, proxy: c } } }
  c: { connections: { cli: { ip: 192.0.2.3, proxy: ${hop} } } }
`;
    expect(fault(circle('^a'))).toContain('The proxies go round in a circle: a → b → c → a; take one of them out');
    expect(fault(circle('^b'))).toContain('b → c → b');
    expect(fault('devices: { a: { connections: { cli: { ip: 192.0.2.1, proxy: ^a } } } }')).toContain('a → a');
  });

  it('is a proxy that is no device', () => {
    const bed = (proxy: string): string =>
      `devices: { jump: {}, r1: { connections: { cli: { ip: 192.0.2.1, proxy: ${proxy} } } } }`;
    expect(fault(bed('^nobody'))).toContain('known are jump, r1');
    expect(fault(bed('[{ device: ^jmup }]'))).toContain('did you mean jump?');
    expect(fault(bed('[^{ command: x }]'))).toContain('needs its `device`');
  });

  it('never repeats a password', () => {
    const fields = ['password: "%{hidden}"', 'password: [hidden]', 'passphrase: { hidden: 1 }', 'pass: hidden'];
    for (const field of fields) {
      const error = capture(() => passwordOf(`devices: { r1: { credentials: { default: { ${field} } } } }`));
      expect(error).toBeInstanceOf(ParseError);
      expect(String(error)).not.toContain('hidden');
    }
  });
});

describe('a device that is its own proxy', () => {
  it('is no circle when the other way needs no proxy', () => {
    const yaml = `devices:
  a:
    connections:
      defaults: { via: mgmt }
      mgmt: { ip: 192.0.2.1 }
      console: { protocol: telnet, ip: 127.0.0.1, proxy: a }
`;
    const way = parseTestbed(yaml).devices.get('a')?.vias.get('console');
    expect(way?.proxy.map(({ device }) => device)).toEqual(['a']);
  });
});

describe('any text', () => {
  it('is a testbed or a ParseError', () => {
    const files = Object.values(TESTBED_FILES);
    const pieces = [
      '%ENV{',
      '}',
      '%{self.',
      '<<: ',
      '*everywhere',
      '&a ',
      '[',
      '{',
      ': ',
      '\n  ',
      'proxy: ',
      '__proto__: ',
    ];
    const mutated = fc
      .record({
        yaml: fc.constantFrom(...files),
        edits: fc.array(
          fc.record({
            at: fc.double({ min: 0, max: 1, noNaN: true }),
            drop: fc.nat(40),
            put: fc.oneof(fc.constantFrom(...pieces), fc.string()),
          }),
          { maxLength: 4 },
        ),
      })
      .map(({ yaml, edits }) =>
        edits.reduce((text, { at, drop, put }) => {
          const from = Math.floor(at * text.length);
          return text.slice(0, from) + put + text.slice(from + drop);
        }, yaml),
      );
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string()), (yaml) => {
        try {
          parseTestbed(yaml, { env: {}, prompt: () => '' });
        } catch (error) {
          if (!(error instanceof HawserError)) throw error;
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
