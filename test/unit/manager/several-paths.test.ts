import { describe, expect, it } from 'vitest';
import type { OpenedTransport } from '../../../src/connection/connection.js';
import { AuthError, ConnectError, HostKeyError, ThrottledError, TimeoutError } from '../../../src/core/errors.js';
import { Device } from '../../../src/manager/device.js';
import { errorOf, ScriptedConnection } from './scripted-device.js';

const refused = new ConnectError('tcp', 'nobody listens.', { retryable: true });
const unknownName = new ConnectError('resolve', 'there is no such host');

function device(fails: Record<string, Error | undefined>): Device {
  const connections = Object.fromEntries(
    Object.entries(fails).map(([via, error]) => [via, { class: ScriptedConnection, ...(error && { fails: error }) }]),
  );
  return new Device('r1', { connections: { ...connections, defaults: { via: Object.keys(fails) } } });
}

/** The connection of now, with what it was made with. */
function held(r1: Device): ScriptedConnection {
  return r1.connection<ScriptedConnection>();
}

describe('several paths', () => {
  it.each([
    ['nobody listens', refused],
    ['the name is not known', unknownName],
    ['the server is too busy', new ThrottledError('come back later')],
    ['the link is silent', new TimeoutError('too slow', { phase: 'tcp', ms: 5 })],
    ['the server says nothing', new TimeoutError('too slow', { phase: 'banner', ms: 5 })],
  ])('are tried in order where %s', async (_, error) => {
    const r1 = device({ a: error, b: error, c: undefined });
    const warnings: string[] = [];
    r1.connectionManager.on('warning', ({ message }) => warnings.push(message));
    const connection = await r1.connect();
    expect(connection.via).toBe('c');
    expect(held(r1)).toBe(connection);
    expect(r1.connectionManager.connections['default']).toBe(connection);
    expect(warnings).toEqual([
      `Could not connect to r1 via a: ${error.message}`,
      `Could not connect to r1 via b: ${error.message}`,
    ]);
  });

  it.each([
    ['a refused login', new AuthError('no', [])],
    ['a host key that is not known', new HostKeyError('no', { reason: 'unknown', fingerprint: 'x', keyType: 'y' })],
    ['a host key that changed', new HostKeyError('no', { reason: 'mismatch', fingerprint: 'x', keyType: 'y' })],
    ['a login that took too long', new TimeoutError('no', { phase: 'auth', ms: 5 })],
    ['a failed key exchange', new ConnectError('kex', 'no')],
    ['an error of the class', new TypeError('no')],
  ])('are left alone after %s', async (_, error) => {
    const r1 = device({ a: refused, b: error, c: undefined });
    expect(await errorOf(() => r1.connect())).toBe(error);
    expect(held(r1).via).toBe('b');
    expect(r1.isConnected()).toBe(false);
  });

  it('that all fail are all named in the error, each with its reason', async () => {
    const r1 = device({ a: refused, b: unknownName });
    const error = await errorOf(() => r1.connect());
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({
      phase: 'resolve',
      retryable: true,
      host: 'r1',
      message: 'Could not connect to r1 by any of its paths. via a: nobody listens; via b: there is no such host.',
      cause: { errors: [refused, unknownName] },
    });
    expect(held(r1).via).toBe('a');
  });

  it('are shared by all who connect at once', async () => {
    const r1 = device({ a: refused, b: undefined });
    const all = await Promise.all([r1.connect(), r1.connect(), r1.connect()]);
    expect(new Set(all).size).toBe(1);
    expect(held(r1).opened).toBe(1);
  });

  it('begin again with the one that stood before', async () => {
    const r1 = device({ a: refused, b: undefined });
    const connection = await r1.connect();
    await r1.disconnect();
    expect(await r1.connect()).toBe(connection);
  });

  it('may be given with the call', async () => {
    const r1 = device({ a: refused, b: undefined, c: undefined });
    expect((await r1.connect({ via: ['c', 'a'] })).via).toBe('c');
  });

  it('are given up when nobody waits any more', async () => {
    class Slow extends ScriptedConnection {
      protected override openTransport(): Promise<never> {
        return new Promise(() => {});
      }
    }
    const r1 = device({ a: refused, b: undefined });
    const controller = new AbortController();
    const first = r1.connect({ cls: Slow, signal: controller.signal });
    controller.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect(r1.isConnected()).toBe(false);
  });

  it('are tried anew by who comes after they were given up', async () => {
    let silent = true;
    class SlowAtFirst extends ScriptedConnection {
      protected override openTransport(): Promise<OpenedTransport> {
        return silent ? new Promise(() => {}) : super.openTransport();
      }
    }
    const r1 = device({ a: undefined, b: undefined });
    const controller = new AbortController();
    const first = errorOf(() => r1.connect({ cls: SlowAtFirst, signal: controller.signal }));
    controller.abort();
    silent = false;
    const second = r1.connect();
    expect(await first).toMatchObject({ name: 'AbortError' });
    expect((await second).connected).toBe(true);
  });

  it('are not gone on with once the connection is destroyed', async () => {
    let fail = (): void => {};
    class Held extends ScriptedConnection {
      protected override openTransport(): Promise<never> {
        return new Promise((_, reject) => {
          fail = () => reject(refused);
        });
      }
    }
    const r1 = device({ a: undefined, b: undefined });
    const connecting = errorOf(() => r1.connect({ cls: Held }));
    await r1.destroy();
    fail();
    expect(await connecting).toMatchObject({ code: 'ERR_HAWSER_CLOSED' });
    expect(r1.connectionManager.connections).toEqual({});
  });
});
