import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AliasError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { Device } from '../../../src/manager/device.js';
import { ScriptedConnection } from './scripted-device.js';

function device(connections = {}): Device<{ default: ScriptedConnection; vty_1: ScriptedConnection }> {
  return new Device<{ default: ScriptedConnection; vty_1: ScriptedConnection }>('r1', {
    connections: { defaults: { class: ScriptedConnection }, mgmt: { host: '192.0.2.1' }, ...connections },
    credentials: { default: { username: 'admin', password: 'hunter2' }, enable: { password: 'hunter3' } },
  });
}

describe('the members of a device', () => {
  it('has the services of the default connection as its own', async () => {
    const r1 = device();
    await r1.connect();
    expect(await r1.configure('hostname r1')).toBe('default: hostname r1');
    expect(r1.execute).toBeTypeOf('function');
  });

  it('has its connections as members by their aliases', async () => {
    const r1 = device();
    const vty = await r1.connect({ alias: 'vty_1' });
    expect(r1.vty_1).toBe(vty);
    expect(await r1.vty_1.configure('x')).toBe('vty_1: x');
  });

  it('gives the same bound function for a service each time', async () => {
    const r1 = device();
    await r1.connect();
    const { configure } = r1;
    expect(r1.configure).toBe(configure);
    expect(configure.name).toBe('configure');
    expect(await configure('x')).toBe('default: x');
  });

  it('sends a service to whichever connection is the default one by then', async () => {
    const r1 = device();
    const { configure } = r1;
    expect(() => configure('x')).toThrow(AliasError);
    await r1.connect();
    expect(await configure('x')).toBe('default: x');
  });

  it('says to connect first where a service has no connection', () => {
    expect(() => device().configure('x')).toThrow(
      'r1 has no connection "default" yet. Call connect() before `configure`.',
    );
    expect(() => device().fs).toThrow('r1 has no connection "default" yet. Call connect() before `fs`.');
  });

  it('is undefined for a name that is no member, no alias and no service', async () => {
    const r1 = device();
    await r1.connect();
    for (const name of [
      'nosuch',
      'vty_1',
      'then',
      'toString2',
      'openTransport',
      'gateConnects',
      'on',
      'emit',
      'clone',
    ]) {
      expect(Reflect.get(r1, name), name).toBeUndefined();
    }
  });

  it('keeps its own members where the connection has the same', async () => {
    const r1 = device();
    const connection = await r1.connect();
    expect(r1.os).toBeUndefined();
    await r1.disconnect();
    expect(connection.state).toBe('disconnected');
  });

  it('can be awaited', async () => {
    const r1 = device();
    await r1.connect();
    expect(await Promise.resolve(r1)).toBe(r1);
  });

  it('is a Device, also as a subclass with members of its own', async () => {
    class Router extends Device<{ default: ScriptedConnection }> {
      readonly #model = 'a router';
      model(): string {
        return this.#model;
      }
      async rename(name: string): Promise<string> {
        return this.configure(`hostname ${name}`);
      }
    }
    const router = new Router('r2', { connections: { mgmt: { class: ScriptedConnection, host: 'x' } } });
    await router.connect();
    expect(router).toBeInstanceOf(Device);
    expect(router.model()).toBe('a router');
    expect(await router.rename('r2')).toBe('default: hostname r2');
  });

  it('takes properties as any object does', () => {
    const r1 = device();
    Object.assign(r1, { rack: 7 });
    expect(Reflect.get(r1, 'rack')).toBe(7);
    expect(Object.hasOwn(r1, 'rack')).toBe(true);
  });

  it('gives a connection by its alias, and says which ones there are', async () => {
    const r1 = device();
    const vty = await r1.connect({ alias: 'vty_1' });
    expect(r1.connection('vty_1')).toBe(vty);
    expect(() => r1.connection()).toThrow('r1 has no connection "default" yet. It has vty_1. Call connect() first.');
  });

  it('closes its connections at the end of its scope', async () => {
    let connection: ScriptedConnection;
    {
      await using r1 = device();
      connection = await r1.connect();
    }
    expect(connection.state).toBe('closed');
  });
});

describe('what a device shows', () => {
  it('shows no secret in inspection and JSON', async () => {
    const r1 = device({ console: { host: 'x', password: 'hunter4', enablePassword: 'hunter5' } });
    await r1.connect();
    await r1.connect({ alias: 'vty_1', via: 'console' });
    const shown = [
      inspect(r1, { depth: 9 }),
      inspect(r1, { depth: 9, customInspect: false }),
      inspect(r1.connectionManager, { depth: 9, showHidden: false }),
      JSON.stringify(r1),
      JSON.stringify(r1.connections),
      inspect(r1.connections, { depth: 9 }),
      inspect(r1.connections['console']),
      inspect(r1.credentials, { depth: 9 }),
      inspect(r1.vty_1.device, { depth: 9 }),
      JSON.stringify({ ...r1 }),
      JSON.stringify(r1.connectionManager.connections),
      String(r1),
      String(r1.explain({ via: 'console' })),
      inspect(r1.explain({ via: 'console' }), { depth: 9 }),
    ];
    for (const text of shown) expect(text).not.toMatch(/hunter/);
    expect(JSON.parse(JSON.stringify(r1))).toEqual({
      name: 'r1',
      vias: ['mgmt', 'console'],
      connections: { default: 'connected', vty_1: 'connected' },
    });
  });

  it('leaves the secrets of its paths to be read by name, spread and changed', () => {
    const r1 = device({ console: { host: 'x', password: 'hunter4' } });
    expect(r1.connections['console']?.['password']).toBe('hunter4');
    r1.connections['copy'] = { ...r1.connections['console'], port: 23 };
    expect(r1.instantiate({ alias: 'vty_1', via: 'copy' }).target).toMatchObject({ host: 'x', port: 23 });
    expect(r1.vty_1.target.password).toBe('hunter4');
    expect(inspect(r1.connections)).not.toContain('hunter');
  });

  it('inspects as a device, also before there is any connection', () => {
    expect(inspect(device())).toBe("Device { name: 'r1', vias: [ 'mgmt' ], connections: {} }");
  });
});

describe('an alias', () => {
  it.each([
    'connect',
    'name',
    'connections',
    'connectionManager',
    'execute',
    'fs',
    'configure',
    'on',
    'then',
    'toJSON',
    'constructor',
    '__proto__',
    'hasOwnProperty',
    'toString',
  ])('%s is refused when it is created, since it would hide a member', async (alias) => {
    const r1 = device();
    expect(() => r1.connectionManager.instantiate({ alias })).toThrow(OptionError);
    await expect(r1.connectionManager.connect({ alias })).rejects.toThrow(`Cannot call a connection of r1 "${alias}"`);
    expect(Object.keys(r1.connectionManager.connections)).toEqual([]);
  });

  it('is refused as a default as well', () => {
    const r1 = new Device('r1', { connections: { defaults: { alias: 'disconnect' } } });
    expect(() => r1.instantiate()).toThrow('Cannot call a connection of r1 "disconnect"');
  });
});

describe('a device that cannot be meant', () => {
  it('is refused when it is made', () => {
    expect(() => new Device('')).toThrow(OptionError);
    expect(() => Reflect.construct(Device, ['r1', { connections: [] }])).toThrow(
      'Expected the connections of r1 to be an object of paths by their names.',
    );
    expect(() => new Device('r1', { connections: { defaults: { alias: '' } } })).toThrow(
      'Expected `alias` to be a name',
    );
    expect(() => Reflect.construct(Device, ['r1', { credentials: { default: 'hunter2' } }])).toThrow(
      /^Expected `credentials` of r1 to be an object of \{ username, password \}/,
    );
  });
});
