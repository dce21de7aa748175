import { describe, expect, it } from 'vitest';
import { registerConnectionClass } from '../../../src/connection/connection-class.js';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { AliasError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import type { ConnectArgs } from '../../../src/manager/connect-args.js';
import type { ConnectionsBlock } from '../../../src/manager/connections-block.js';
import { Device } from '../../../src/manager/device.js';
import { ScriptedConnection } from './scripted-device.js';

function device(connections: ConnectionsBlock, credentials = {}): Device {
  return new Device('r1', { connections, credentials });
}

describe('where a value comes from', () => {
  const connections = {
    defaults: { class: ScriptedConnection, alias: 'ironman', via: 'highway', port: 1, depth: 1, connectTimeout: 1 },
    highway: { ip: '192.0.2.1', port: 2, depth: 2 },
    byway: { host: '192.0.2.2' },
  };

  it('is the call, then the block of the path, then the defaults, then what is built in', () => {
    const { explain } = device(connections).connectionManager;
    const resolution = explain.call(device(connections).connectionManager, { depth: 3 });
    expect(resolution).toMatchObject({
      device: 'r1',
      alias: { value: 'ironman', from: 'defaults' },
      via: { value: ['highway'], from: 'defaults' },
      class: { value: 'ScriptedConnection', from: 'defaults' },
      ifExists: { value: 'reuse', from: 'built-in' },
      target: {
        host: { value: '192.0.2.1', from: 'via' },
        port: { value: 2, from: 'via' },
        connectTimeout: { value: 1, from: 'defaults' },
        key: { value: 'r1', from: 'built-in' },
      },
      arguments: { depth: { value: 3, from: 'call' } },
    });
  });

  it('reads well', () => {
    const text = String(device(connections).explain({ via: ['byway', 'highway'], alias: 'x', poolSize: 3 }));
    expect(text).toBe(
      [
        'r1:',
        '  alias             x                    from the call',
        '  via               byway, then highway  from the call',
        '  class             ScriptedConnection   from the defaults',
        '  ifExists          reuse                built in',
        '  poolSize          3                    from the call',
        '  poolTimeout       0                    built in',
        "  host              192.0.2.2            from the path's block",
        '  key               r1                   built in',
        '  port              1                    from the defaults',
        '  connectTimeout    1                    from the defaults',
        '  depth (argument)  1                    from the defaults',
      ].join('\n'),
    );
  });

  it('is the first path of the block where nobody says which', () => {
    expect(device({ b: { host: 'x' }, a: { host: 'y' } }).explain().via).toEqual({ value: ['b'], from: 'built-in' });
    expect(device({}).explain()).toMatchObject({ via: { value: [] }, target: { host: { value: 'r1' } } });
  });

  it('is looked up anew for each connection', () => {
    const r1 = device({ a: { host: 'x' } });
    r1.connections = { a: { host: 'y' } };
    expect(r1.explain().target['host']).toEqual({ value: 'y', from: 'via' });
  });
});

describe('the default alias', () => {
  it('is what disconnect, isConnected and the services of the device mean as well', async () => {
    const r1 = device({ defaults: { class: ScriptedConnection, alias: 'ironman' }, highway: {} });
    await r1.connect();
    expect(Object.keys(r1.connectionManager.connections)).toEqual(['ironman']);
    expect(r1.isConnected()).toBe(true);
    expect(r1.connection()).toBe(r1.connection('ironman'));
    expect(r1.execute).toBeTypeOf('function');
    expect(r1.default).toBe(r1.connection('ironman'));
    await r1.destroy();
    expect(r1.connectionManager.connections).toEqual({});
  });
});

describe('a path', () => {
  it('that the device does not have is an AliasError that lists those that it has', () => {
    const r1 = device({ mgmt: {}, console: {} });
    expect(() => r1.explain({ via: 'mgnt' })).toThrow(AliasError);
    expect(() => r1.explain({ via: 'mgnt' })).toThrow(
      'r1 has no path "mgnt"; it has mgmt, console. Did you mean "mgmt"?',
    );
    expect(() => r1.explain({ via: 'constructor' })).toThrow('r1 has no path "constructor"');
    expect(() => r1.explain({ via: 'defaults' })).toThrow('r1 has no path "defaults"');
    expect(() => r1.explain({ via: ['mgmt', 'x'] })).toThrow('r1 has no path "x"; it has mgmt, console.');
    expect(() => device({}).explain({ via: 'x' })).toThrow('r1 has no path "x"; it has none.');
  });

  it.each([[''], [[]], [[7]], [7]])('%j is none', (via) => {
    expect(() => device({ a: {} }).explain({ ...{ via } } as ConnectArgs)).toThrow(/`via`|no path/);
  });
});

describe('the spelling of a name', () => {
  it('is that of pyATS or our own', () => {
    const r1 = device({
      a: { class: ScriptedConnection, pool_size: 2, pool_timeout: 10, known_hosts: 'f', learn_hostname: true },
    });
    expect(r1.explain()).toMatchObject({
      poolSize: { value: 2, from: 'via' },
      poolTimeout: { value: 10, from: 'via' },
      target: { knownHosts: { value: 'f' } },
      arguments: { learn_hostname: { value: true } },
    });
  });

  it('is refused where both are there, and where only the case is wrong', () => {
    expect(() => device({ a: { poolSize: 1, pool_size: 2 } }).explain()).toThrow(
      'Expected `poolSize` of the path "a" of r1 once, got it in two spellings.',
    );
    expect(() => device({ a: {} }).explain({ poolsize: 2 })).toThrow(
      'There is no `poolsize` in the call for r1; did you mean `poolSize`?',
    );
  });

  it.each([
    ['vai', 'via'],
    ['vi', 'via'],
    ['alais', 'alias'],
    ['poolsizes', 'poolSize'],
    ['ifExist', 'ifExists'],
    ['sginal', 'signal'],
    ['pory', 'port'],
    ['conect_timeout', 'connectTimeout'],
  ])('is refused in a call that says %s: hardly anybody means another than %s', (written, meant) => {
    expect(() => device({ a: {} }).explain({ [written]: 'a' })).toThrow(
      new OptionError(`There is no \`${written}\` in the call for r1; did you mean \`${meant}\`?`),
    );
    expect(() => device({ a: { [written]: 'a' } }).explain()).not.toThrow();
  });

  it('of an address wins over a name', () => {
    expect(device({ a: { host: 'r1.example', ip: '192.0.2.1' } }).explain().target['host']?.value).toBe('192.0.2.1');
  });

  it('unpacks `arguments`, of which what stands in the block itself wins', () => {
    const r1 = device({ a: { class: ScriptedConnection, arguments: { depth: 1, width: 2 }, depth: 3 } });
    expect(r1.explain().arguments).toEqual({ depth: { value: 3, from: 'via' }, width: { value: 2, from: 'via' } });
  });

  it('`proxy` is a jump host', () => {
    const r1 = device({ a: { proxy: 'admin@gate' } });
    expect(r1.explain().target['proxyJump']).toEqual({ value: 'admin@gate', from: 'via' });
    expect(r1.instantiate().target.proxyJump).toBe('admin@gate');
  });

  it('`target` is none: it is taken for `cls` elsewhere', () => {
    expect(() => device({ a: {} }).explain({ target: ScriptedConnection })).toThrow('Name the class with `cls`');
  });
});

describe('the class of a connection', () => {
  it('is the one that is named as the protocol is', () => {
    expect(device({ a: {} }).instantiate()).toBeInstanceOf(SshConnection);
    expect(device({ a: { protocol: 'local' } }).instantiate()).toBeInstanceOf(LocalConnection);
    expect(device({ a: { protocol: 'local' } }).instantiate().host).toBe('localhost');
  });

  it('may be named', () => {
    registerConnectionClass('scripted-for-resolution', ScriptedConnection);
    registerConnectionClass('scripted-for-resolution', ScriptedConnection);
    expect(device({ a: { class: 'scripted-for-resolution' } }).instantiate()).toBeInstanceOf(ScriptedConnection);
    expect(device({ a: { protocol: 'scripted-for-resolution' } }).instantiate()).toMatchObject({
      options: { protocol: 'scripted-for-resolution' },
    });
    expect(device({ a: {} }).instantiate({ cls: 'local' }).target.protocol).toBe('local');
  });

  it('that nobody registered is an OptionError with the names that there are', () => {
    expect(() => device({ a: { class: 'locl' } }).instantiate()).toThrow(
      /There is no connection class "locl"; known are .*local.*ssh.*\. Did you mean "local"\?/,
    );
    expect(() => device({ a: { protocol: 'netconf' } }).instantiate()).toThrow(
      'Cannot connect to r1 via a: there is no connection class for the protocol "netconf".',
    );
    expect(() => device({ a: { protocol: 'constructor' } }).instantiate()).toThrow(OptionError);
  });

  it('has to be a connection', () => {
    class Other {}
    expect(() =>
      Reflect.apply(device({ a: {} }).connectionManager.instantiate, device({ a: {} }).connectionManager, [
        { cls: Other },
      ]),
    ).toThrow(
      'Expected the connection class of r1 via a to be a subclass of Connection, or the name of one, got Other.',
    );
  });

  it('cannot take the name of another', () => {
    expect(() => registerConnectionClass('ssh', ScriptedConnection)).toThrow(
      'Cannot register ScriptedConnection as "ssh": that is the name of SshConnection already.',
    );
    expect(() => registerConnectionClass(' ', ScriptedConnection)).toThrow(OptionError);
  });

  it('has to speak the protocol of the path', () => {
    expect(() => device({ a: { protocol: 'telnet' } }).instantiate({ cls: SshConnection })).toThrow(
      'Cannot connect to r1 via a: the protocol is telnet, and SshConnection speaks ssh. Name another class or path.',
    );
  });
});

describe('credentials', () => {
  const own = { default: { username: 'admin', password: 'hunter2' }, enable: { password: 'hunter3' } };

  it('are those of the path, laid over those of the device one by one', () => {
    const r1 = device({ a: { credentials: { default: { username: 'operator', password: 'hunter4' } } } }, own);
    const { target, device: facts } = r1.instantiate();
    expect([target.username, target.password]).toEqual(['operator', 'hunter4']);
    expect(facts?.credentials?.['enable']?.password).toBe('hunter3');
    expect(r1.explain().target).toMatchObject({
      username: { value: 'operator', from: 'via' },
      password: { value: '[secret]', from: 'via' },
    });
  });

  it('never send the password of one name for another', () => {
    expect(device({ a: {} }, own).instantiate({ username: 'root' }).target.password).toBeUndefined();
    expect(device({ a: {} }, own).instantiate({ username: 'admin' }).target.password).toBe('hunter2');
    const path = { a: { credentials: { default: { username: 'operator' } } } };
    expect(device(path, own).instantiate().target.password).toBeUndefined();
  });

  it.each([
    [
      'of the defaults for the user of the path',
      { defaults: { username: 'a', password: 'p' }, m: { username: 'b' } },
      {},
    ],
    ['of the path for the user of the call', { m: { username: 'a', password: 'p' } }, { username: 'b' }],
  ])('never send the password %s', (_, connections, call) => {
    const { target } = device(connections).instantiate(call);
    expect([target.username, target.password]).toEqual(['b', undefined]);
  });

  it.each([
    ['whatever user the defaults name', { defaults: { username: 'b' }, m: { credentials: own } }, {}],
    ['also where it came without a user', { defaults: { password: 'hunter2' }, m: { username: 'admin' } }, {}],
    ['also where the call repeats the user', { m: { credentials: own } }, { username: 'admin' }],
  ])('send a password for the user that it is for, %s', (_, connections, call) => {
    const { target } = device(connections).instantiate(call);
    expect([target.username, target.password]).toEqual(['admin', 'hunter2']);
  });

  it('give way to what the path says outright, and win over the defaults', () => {
    const r1 = device({ defaults: { username: 'nobody' }, a: {} }, own);
    expect(r1.explain().target['username']).toEqual({ value: 'nobody', from: 'defaults' });
    const r2 = device({ defaults: { username: 'nobody' }, a: { credentials: own } });
    expect(r2.explain().target['username']).toEqual({ value: 'admin', from: 'via' });
  });

  it('have to be names and passwords', () => {
    const wrong = { a: { credentials: { default: 'hunter2' } } } as unknown as ConnectionsBlock;
    expect(() => device(wrong).instantiate()).toThrow(/^Expected `credentials` of r1 via a to be an object of/);
  });
});

describe('a value that cannot be meant', () => {
  it.each([
    [{ poolSize: 0 }, 'Expected `poolSize` of r1 via a to be a positive integer, got 0.'],
    [{ poolSize: '3' }, 'Expected `poolSize` of r1 via a to be a positive integer, got "3".'],
    [{ poolTimeout: -1 }, 'Expected `poolTimeout` of r1 via a to be a number of milliseconds, 0 for no limit, got -1.'],
    [{ ifExists: 'maybe' }, "Expected `ifExists` to be 'reuse', 'replace' or 'error', in what is said of r1 via a."],
    [{ alias: '' }, 'Expected `alias` to be a name, in what is said of r1 via a.'],
    [
      { port: 'ssh' },
      'Cannot connect to r1 via a: Expected the `port` field of a target to be an integer from 1 to 65535',
    ],
    [{ arguments: 3 }, 'Expected `arguments` of the call for r1 to be an object of names and values.'],
  ])('%j is refused', (args, message) => {
    expect(() => device({ a: {} }).explain(args as ConnectArgs)).toThrow(message);
  });

  it('in place of a path is refused', () => {
    expect(() => device({ a: 'web1' } as unknown as ConnectionsBlock).explain()).toThrow(
      'Expected the path "a" of r1 to be an object such as { protocol, host }.',
    );
  });
});
