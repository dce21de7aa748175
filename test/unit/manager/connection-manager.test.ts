import { describe, expect, it } from 'vitest';
import type { OpenedTransport } from '../../../src/connection/connection.js';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { AliasError, ClosedError } from '../../../src/core/errors.js';
import { HawserError, OptionError } from '../../../src/core/hawser-error.js';
import type { ConnectArgs } from '../../../src/manager/connect-args.js';
import type { ConnectionManager, ManagerWarning } from '../../../src/manager/connection-manager.js';
import { Device } from '../../../src/manager/device.js';
import { ConnectionPool, type PooledConnection } from '../../../src/pool/connection-pool.js';
import { errorOf, ScriptedConnection } from './scripted-device.js';

function device(connections = {}): Device {
  return new Device('r1', {
    connections: {
      mgmt: { class: ScriptedConnection, host: '192.0.2.1' },
      console: { class: ScriptedConnection },
      ...connections,
    },
  });
}

function warningsOf(manager: ConnectionManager): readonly ManagerWarning[] {
  const warnings: ManagerWarning[] = [];
  manager.on('warning', (warning) => warnings.push(warning));
  return warnings;
}

describe('instantiate', () => {
  it('makes the connection, keeps it under its alias, and opens nothing', async () => {
    const { connectionManager: manager } = device();
    const connection = manager.instantiate();
    expect(connection.state).toBe('idle');
    expect(manager.connections['default']).toBe(connection);
    expect(manager.isConnected()).toBe(false);
    expect(await manager.connect()).toBe(connection);
    expect(connection.state).toBe('connected');
  });

  it('leaves time to change the object before it is connected', async () => {
    const r1 = device();
    const connection = r1.instantiate({ cls: ScriptedConnection });
    Object.assign(connection, { note: 'x' });
    await connection.connect();
    expect(r1.isConnected()).toBe(true);
  });

  it('takes no signal: nothing is waited for', () => {
    const { signal } = new AbortController();
    const { connectionManager: manager } = device();
    // @ts-expect-error -- only `connect` can be ended
    expect(() => manager.instantiate({ signal })).toThrow(
      new OptionError('Expected no `signal` for a connection to r1 that is not opened yet: give it to `connect`.'),
    );
    // @ts-expect-error -- only `connect` can be ended
    expect(() => device().instantiate({ cls: ScriptedConnection, signal })).toThrow(OptionError);
    expect(manager.connections).toEqual({});
  });

  it('gives the class everything that the manager does not know itself', () => {
    const made = device().instantiate({
      cls: ScriptedConnection,
      alias: 'session_1',
      via: 'mgmt',
      timeout: 100,
      term_width: 512,
      maxBuffer: 999_999,
      connect_timeout: 5000,
      ifExists: 'error',
    });
    expect(made.options).toEqual({
      target: { key: 'r1', host: '192.0.2.1', connectTimeout: 5000 },
      via: 'mgmt',
      alias: 'session_1',
      device: { name: 'r1' },
      timeout: 100,
      term_width: 512,
      maxBuffer: 999_999,
    });
  });

  it('warns of an argument that a class of hawser does not know and that looks like another', () => {
    const r1 = device({ a: { user: 'admin', hostname: 'x', conect_timeout: 5, reuseOnly: true, platform: 'frr' } });
    const warnings = warningsOf(r1.connectionManager);
    r1.instantiate({ via: 'a', cls: 'openssh' });
    expect(warnings.map(({ message }) => message)).toEqual([
      '`user` is handed to OpenSshConnection, which does not know it; did you mean `username`?',
      '`hostname` is handed to OpenSshConnection, which does not know it; did you mean `host`?',
      '`conect_timeout` is handed to OpenSshConnection, which does not know it; did you mean `connectTimeout`?',
    ]);
    r1.instantiate({ via: 'a', cls: ScriptedConnection, alias: 'own' });
    expect(warnings).toHaveLength(3);
    r1.instantiate({ cls: ScriptedConnection, alias: 'other', vai: 'a', depth: 1 });
    expect(warnings[3]?.message).toBe('`vai` is handed to ScriptedConnection; did you mean `via`?');
  });

  it('tells the connection of its device', () => {
    const r1 = new Device('r1', {
      connections: { mgmt: { class: ScriptedConnection, credentials: { enable: { password: 'b' } } } },
      os: 'iosxe',
      platform: 'c9300',
      credentials: { default: { username: 'admin', password: 'a' }, enable: { password: 'c' } },
    });
    const { device: facts, target } = r1.instantiate();
    expect(facts).toMatchObject({ name: 'r1', os: 'iosxe', platform: 'c9300' });
    expect(facts?.credentials?.['enable']?.password).toBe('b');
    expect(target).toMatchObject({ username: 'admin', host: 'r1' });
    expect(target.password).toBe('a');
  });

  it('passes on what the constructor of the class throws, and keeps nothing', () => {
    class Refuses extends ScriptedConnection {
      constructor(options: never) {
        super(options);
        throw new OptionError('no');
      }
    }
    const r1 = device();
    expect(() => r1.instantiate({ cls: Refuses })).toThrow('no');
    expect(r1.connectionManager.connections).toEqual({});
  });
});

describe('connect', () => {
  it('makes one object for many who connect at once', async () => {
    const r1 = device();
    const all = await Promise.all(Array.from({ length: 20 }, () => r1.connect()));
    expect(new Set(all).size).toBe(1);
    expect(r1.connection<ScriptedConnection>().opened).toBe(1);
  });

  it('uses the connection of a known alias, and connects it again', async () => {
    const r1 = device();
    const connection = await r1.connect();
    await r1.disconnect();
    expect(r1.isConnected()).toBe(false);
    expect(await r1.connect()).toBe(connection);
    expect(r1.isConnected()).toBe(true);
  });

  it('keeps the object where connecting fails, for the next try', async () => {
    const r1 = device({ mgmt: { class: ScriptedConnection, fails: new ClosedError('no') } });
    await expect(r1.connect()).rejects.toThrow('no');
    expect(r1.connection().state).toBe('disconnected');
    expect(r1.isConnected()).toBe(false);
    await expect(r1.connect()).rejects.toThrow('no');
    expect(r1.connection<ScriptedConnection>().opened).toBe(2);
  });

  it('makes a new object where somebody has closed the one that there was', async () => {
    const r1 = device();
    const closed = await r1.connect();
    await closed.close();
    const made = await r1.connect();
    expect(made).not.toBe(closed);
    expect(made.connected).toBe(true);
  });

  it('ends with its signal', async () => {
    const r1 = device();
    await expect(r1.connect({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('an alias that is there already', () => {
  it('is used in silence where the arguments are the same', async () => {
    const r1 = device();
    const warnings = warningsOf(r1.connectionManager);
    const connection = await r1.connect({ via: 'mgmt', cls: ScriptedConnection, port: 23 });
    expect(await r1.connect({ via: 'mgmt', cls: ScriptedConnection, port: 23 })).toBe(connection);
    expect(await r1.connect()).toBe(connection);
    expect(warnings).toEqual([]);
  });

  it('is used with a warning that names what differs, and no value', async () => {
    const r1 = device();
    const warnings = warningsOf(r1.connectionManager);
    const connection = await r1.connect();
    expect(await r1.connect({ via: 'console', password: 'hunter2', depth: 3 })).toBe(connection);
    expect(warnings).toEqual([
      {
        device: 'r1',
        alias: 'default',
        message:
          'The connection "default" of r1 was made with another `via`, `password`, `depth`, and is used as it is. ' +
          "Choose another alias, or ifExists: 'replace'.",
      },
    ]);
  });

  it('is replaced where that is asked for, and the old one is closed', async () => {
    const r1 = device();
    const old = await r1.connect();
    const made = await r1.connect({ via: 'console', ifExists: 'replace' });
    expect(made).not.toBe(old);
    expect(made.via).toBe('console');
    await expect.poll(() => old.state).toBe('closed');
    expect(r1.connection()).toBe(made);
  });

  it.each([
    ['by its device', async (r1: Device, o: ConnectArgs) => r1.connect(o)],
    ['by itself', async (r1: Device, o: ConnectArgs) => r1.instantiate({ ...o, signal: undefined }).connect()],
  ])('has ended before the one that takes its place connects %s', async (_, connect) => {
    const happened: string[] = [];
    class Told extends ScriptedConnection {
      override async disconnect(): Promise<void> {
        await super.disconnect();
        happened.push(`${this.via} ended`);
      }
      protected override async openTransport(): Promise<OpenedTransport> {
        happened.push(`${this.via} begun`);
        return super.openTransport();
      }
    }
    const r1 = device();
    await r1.connect({ cls: Told });
    await connect(r1, { cls: Told, via: 'console', ifExists: 'replace' });
    expect(happened).toEqual(['mgmt begun', 'mgmt ended', 'console begun']);
  });

  it('stays where what is to replace it cannot be made', async () => {
    const r1 = device();
    const old = await r1.connect();
    await expect(r1.connect({ via: 'nosuch', ifExists: 'replace' })).rejects.toThrow(AliasError);
    expect(r1.connection()).toBe(old);
    expect(old.connected).toBe(true);
  });

  it('is an error where that is asked for', async () => {
    const r1 = device();
    await r1.connect();
    await expect(r1.connect({ ifExists: 'error' })).rejects.toThrow(AliasError);
    await expect(r1.connect({ ifExists: 'error', alias: 'other' })).resolves.toBeInstanceOf(ScriptedConnection);
  });
});

describe('a connection class whose way out fails', () => {
  class Sticky extends ScriptedConnection {
    override async disconnect(): Promise<void> {
      throw new Error(`${this.alias} is stuck`);
    }
  }

  it('is forgotten by destroy all the same, and the error is told', async () => {
    const r1 = device();
    const stuck = await r1.connect({ cls: Sticky });
    await expect(r1.destroy()).rejects.toThrow('default is stuck');
    expect(r1.connectionManager.connections).toEqual({});
    expect(stuck.state).toBe('closed');
  });

  it('keeps no other connection from being disconnected or destroyed, and every failure is named', async () => {
    const r1 = device();
    await Promise.all([
      r1.connect({ alias: 'a', cls: Sticky }),
      r1.connect({ alias: 'b' }),
      r1.connect({ alias: 'c', cls: Sticky }),
    ]);
    const error = await errorOf(() => r1.disconnectAll());
    expect(error).toBeInstanceOf(HawserError);
    expect(error).toMatchObject({
      message: 'Could not disconnect 2 of the 3 connections of r1. "a": a is stuck; "c": c is stuck',
      cause: { errors: [{ message: 'a is stuck' }, { message: 'c is stuck' }] },
    });
    expect(r1.isConnected({ alias: 'b' })).toBe(false);
    await expect(r1.destroyAll()).rejects.toThrow('Could not destroy 2 of the 3 connections of r1.');
    expect(r1.connectionManager.connections).toEqual({});
    await r1.destroyAll();
  });

  it('is told of as a warning where it is replaced', async () => {
    const r1 = device();
    const warnings = warningsOf(r1.connectionManager);
    await r1.connect({ cls: Sticky });
    await r1.connect({ ifExists: 'replace' });
    await expect
      .poll(() => warnings.map(({ message }) => message))
      .toEqual(['The connection "default" that was replaced did not end well: default is stuck']);
  });
});

describe('an alias that there is not', () => {
  it('is not connected, and looking does not make it', () => {
    const { connectionManager: manager } = device();
    expect(manager.isConnected({ alias: 'nosuch' })).toBe(false);
    expect(manager.isConnected({ alias: 'constructor' })).toBe(false);
    expect(manager.connections['constructor']).toBeUndefined();
    expect(Object.keys(manager.connections)).toEqual([]);
  });

  it.each(['disconnect', 'destroy'] as const)('cannot be %sed: the error lists those that there are', async (doing) => {
    const r1 = device();
    await r1.connect({ alias: 'vty_1' });
    const error = await errorOf(() => r1[doing]({ alias: 'vty1' }));
    expect(error).toBeInstanceOf(AliasError);
    expect(error).toMatchObject({ alias: 'vty1', known: ['vty_1'] });
    await expect(r1[doing]()).rejects.toThrow(
      `Cannot ${doing} "default": r1 has no connection of that name; it has vty_1.`,
    );
  });
});

describe('destroy', () => {
  it('closes the connection for good and forgets it', async () => {
    const r1 = device();
    const connection = await r1.connect();
    await r1.destroy();
    expect(connection.state).toBe('closed');
    expect(r1.connectionManager.connections).toEqual({});
    const next = await r1.connect();
    expect(next).not.toBe(connection);
    expect(next.connected).toBe(true);
  });
});

describe('the connections of a manager', () => {
  it('change with it, and are looked up by alias and not by path', async () => {
    const { connectionManager: manager } = device();
    const { connections } = manager;
    const made = await manager.connect({ alias: 'ironman', via: 'console' });
    expect(connections).toEqual({ ironman: made });
    expect(connections['console']).toBeUndefined();
  });

  it('may have names that dictionaries have methods of', async () => {
    const r1 = device();
    for (const alias of ['get', 'keys', 'values', 'length', '0']) await r1.connect({ alias });
    expect(Object.keys(r1.connectionManager.connections).sort()).toEqual(['0', 'get', 'keys', 'length', 'values']);
    expect(Reflect.get(r1, 'get')).toBe(r1.connection('get'));
    await r1.destroyAll();
    expect(r1.connectionManager.connections).toEqual({});
  });

  it('cannot be written to', async () => {
    const { connections } = device().connectionManager;
    expect(() => Reflect.set(connections, 'x', 1)).toThrow('Cannot write to the connections of a manager');
    expect(() => Reflect.deleteProperty(connections, 'default')).toThrow(OptionError);
  });

  it('are those of its own device alone', async () => {
    const [one, other] = [device(), device()];
    await one.connect();
    expect(other.connectionManager.connections).toEqual({});
    expect(one.connectionManager.device).toBe(one);
  });
});

describe('this machine as a device', () => {
  it('is connected to by its protocol alone', async () => {
    await using here = new Device('here', { connections: { cli: { protocol: 'local' } } });
    expect(await here.connect()).toBeInstanceOf(LocalConnection);
    expect((await here.execute('echo here')).stdout).toBe('here\n');
  });
});

describe('a pool', () => {
  it('is what an alias holds where poolSize says so, with workers of the class', async () => {
    await using r1 = device();
    const pool = await r1.connect({ alias: 'pool', poolSize: 3, via: 'console', depth: 4 });
    if (!(pool instanceof ConnectionPool)) throw new Error('expected a pool');
    expect([pool.via, pool.alias, pool.key]).toEqual(['console', 'pool', 'r1']);
    expect(pool.workers).toHaveLength(3);
    for (const worker of pool.workers) {
      expect(worker).toBeInstanceOf(ScriptedConnection);
      expect(worker).toMatchObject({ connected: true, options: { depth: 4, alias: 'pool' } });
    }
    expect(r1.isConnected({ alias: 'pool' })).toBe(true);
    await r1.disconnect({ alias: 'pool' });
    expect(r1.isConnected({ alias: 'pool' })).toBe(false);
  });

  it('has the services of its workers, also as the default connection', async () => {
    await using r1 = new Device<{ default: PooledConnection<ScriptedConnection> }>('r1', {
      connections: { mgmt: { class: ScriptedConnection, pool_size: 2, pool_timeout: 1000, pool: { maxWaiters: 1 } } },
    });
    await r1.connect();
    expect(await r1.configure('x')).toBe('default: x');
    expect(await r1.use(async (worker) => worker.configure('y'))).toBe('default: y');
    expect(r1.default.stats).toMatchObject({ size: 2, leased: 0 });
  });

  it('has the name that it was given, and no other', async () => {
    await using r1 = device();
    await r1.connect({ poolSize: 2 });
    expect(Object.keys(r1.connectionManager.connections)).toEqual(['default']);
    expect(Reflect.get(r1, 'pool')).toBeUndefined();
  });

  it('is made only where its options can be meant', () => {
    const r1 = device();
    expect(() => r1.instantiate({ poolSize: 2, pool: { maxWaiters: -1 } })).toThrow('Expected the `maxWaiters` option');
    expect(() => r1.instantiate({ poolSize: 2, ...{ pool: 7 } } as ConnectArgs)).toThrow(
      'Expected `pool` of r1 via mgmt to be an object of options for a pool.',
    );
    expect(r1.connectionManager.connections).toEqual({});
  });

  it('is another thing than a single connection to ifExists', async () => {
    await using r1 = device();
    const warnings = warningsOf(r1.connectionManager);
    await r1.connect();
    await r1.connect({ poolSize: 2, pool: { maxAge: 1 } });
    expect(warnings).toMatchObject([{ message: expect.stringContaining('another `poolSize`, `pool`,') }]);
  });
});
