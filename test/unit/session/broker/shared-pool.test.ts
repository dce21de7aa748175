import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AbortError,
  ClosedError,
  ConnectError,
  DisconnectedError,
  PoolTimeoutError,
  TimeoutError,
} from '../../../../src/core/errors.js';
import { OptionError } from '../../../../src/core/hawser-error.js';
import type { Target } from '../../../../src/inventory/target.js';
import type { BrokerClient } from '../../../../src/session/broker/broker-client.js';
import type { SessionBrokerOptions } from '../../../../src/session/broker/broker-options.js';
import { SessionBroker } from '../../../../src/session/broker/session-broker.js';
import { startTestFleet, type TestFleet, type TestHost } from '../../../../src/testing/index.js';
import { waitUntil } from '../../../rigs/wait-until.js';

describe('SessionBroker', () => {
  it.each([
    [{ socket: 5 }, 'Expected `socket` to be an absolute path, got 5.'],
    [{ sockt: '/x' }, 'has no option `sockt`; known are socket'],
  ])('refuses %j', async (o, message) => {
    const given = o as SessionBrokerOptions;
    for (const call of ['start', 'connect', 'find'] as const) {
      const refused: Promise<unknown> = SessionBroker[call](given);
      await expect(refused).rejects.toThrow(OptionError);
      await expect(refused).rejects.toThrow(message);
    }
  });
});

describe('a pool that the broker keeps', () => {
  let fleet: TestFleet;
  let host: TestHost;
  let directory: string;
  let broker: SessionBroker;
  let clients: readonly [BrokerClient, BrokerClient];

  beforeAll(async () => {
    fleet = await startTestFleet({ hosts: ['db1'], password: 'open sesame' });
    host = fleet.host('db1');
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hawser-pool-'));
    const socket = join(directory, 's');
    broker = await SessionBroker.start({ socket });
    clients = [await SessionBroker.connect({ socket }), await SessionBroker.connect({ socket })];
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.disconnect()));
    await broker.close();
    await rm(directory, { recursive: true });
  });
  afterAll(() => fleet?.close());

  it('serves strictly who came first, whichever client it is of', async () => {
    const [a, b] = clients.map((client) => client.pool(host.target, { size: 1 }));
    if (a === undefined || b === undefined) throw new Error('There are two.');
    const held = await a.acquire();
    const order: string[] = [];
    const calls: Promise<unknown>[] = [];
    for (const [name, pool] of [
      ['b1', b],
      ['a1', a],
      ['a2', a],
      ['b2', b],
    ] as const) {
      calls.push(pool.use(async () => order.push(name)));
      await waitUntil(`${name} to wait`, async () => (await a.stats())?.waiting === calls.length);
    }
    held.release();
    await Promise.all(calls);
    expect(order).toEqual(['b1', 'a1', 'a2', 'b2']);
    expect(await b.stats()).toEqual({ size: 1, idle: 1, leased: 0, waiting: 0, replaced: 0 });
  });

  it('has the size that its first user wanted, and another one under another name', async () => {
    const [a, b] = clients;
    await expect(a.pool(host.target).execute('true')).rejects.toThrow(
      'There is no pool "default" for db1 yet: say its `size`',
    );
    await a.pool(host.target, { size: 2 }).execute('true');
    await b.pool(host.target).execute('true');
    const other = b.pool(host.target, { size: 3 }).execute('true');
    await expect(other).rejects.toThrow(OptionError);
    await expect(other).rejects.toThrow(
      'The pool "default" for db1 has a size of 2, as its first user wanted it, and not of 3.',
    );
    await b.pool(host.target, { size: 3, name: 'wide' }).execute('true');
    expect(await a.pool(host.target, { name: 'wide' }).stats()).toMatchObject({ size: 3 });
    expect(await a.pool(host.target, { name: 'unknown' }).stats()).toBeUndefined();
  });

  it('leaves no trace of who gives up waiting', async () => {
    const a = clients[0].pool(host.target, { size: 1 });
    const b = clients[1].pool(host.target, { size: 1, timeout: 20 });
    const held = await a.acquire();
    const late = b.acquire();
    await expect(late).rejects.toThrow(PoolTimeoutError);
    await expect(late).rejects.toThrow('came free within 20 ms: 1 of 1 are lent');
    const aborted = new AbortController();
    const waiting = b.acquire({ timeout: 0, signal: aborted.signal });
    await waitUntil('it to wait', async () => (await a.stats())?.waiting === 1);
    aborted.abort();
    await expect(waiting).rejects.toThrow(AbortError);
    await waitUntil('it to be gone', async () => (await a.stats())?.waiting === 0);
    held.release();
    expect(() => held.release()).toThrow('released before');
    await b.use(async (worker) => worker.execute('true'), { timeout: 10_000 });
    expect(await b.stats()).toMatchObject({ idle: 1, leased: 0, replaced: 0 });
  });

  it('has the services of a connection, and ends with a lease what is open on the worker', async () => {
    const pool = clients[0].pool(host.target, { size: 1 });
    await pool.connect();
    expect([pool.state, pool.id]).toEqual(['connected', expect.stringContaining('@127.0.0.1')]);
    await pool.fs.writeFile('note', 'mine');
    expect(await pool.fs.readFile('note', 'utf8')).toBe('mine');
    expect(await pool.os.platform()).toBe(process.platform);
    const lease = await pool.acquire();
    const left = lease.connection.spawn('cat').wait();
    left.catch(() => {});
    await lease.connection.execute('true');
    lease.release();
    await expect(left).rejects.toThrow(ClosedError);
    await expect(lease.connection.execute('true')).rejects.toThrow(ClosedError);
    expect(await pool.execute(['echo', 'next'])).toMatchObject({ stdout: 'next\n' });
    expect(pool.active).toBe(0);
  });

  it('replaces a worker on which a call was cut short, and one whose link was lost', async () => {
    const pool = clients[0].pool(host.target, { size: 1 });
    await expect(pool.execute('sleep 1000', { timeout: 20 })).rejects.toThrow(TimeoutError);
    await pool.execute('true');
    expect(await pool.stats()).toMatchObject({ replaced: 1 });
    const lease = await pool.acquire();
    host.cut();
    await expect(lease.connection.execute('true')).rejects.toThrow(DisconnectedError);
    await expect(lease.connection.execute('true')).rejects.toThrow('its lease with it: ask the pool for another one');
    lease.release();
    await pool.execute('true');
    expect(await pool.stats()).toMatchObject({ replaced: 2, idle: 1 });
  });

  it('stands beside a session, which its client ends by what `list` gave', async () => {
    const [client] = clients;
    await using session = await client.get(host.target);
    const [info] = await client.list();
    if (info === undefined) throw new Error('There is one.');
    await expect(client.close(undefined as unknown as string)).rejects.toThrow(
      "Expected a target, a session or its id, got undefined: closeAll() ends all sessions, disconnect() this client's link.",
    );
    expect(session.connected).toBe(true);
    expect([await client.close(info), await client.close(info), await client.list()]).toEqual([true, false, []]);
  });

  it('asks a client who waits for a password, and nobody a second time', async () => {
    const { password, privateKey: _key, ...open } = host.target;
    const asked: string[] = [];
    const asking = (name: string): Target => ({
      ...open,
      password: async () => {
        asked.push(name);
        return String(password);
      },
    });
    const [a, b] = clients.map((client, index) => client.pool(asking(`client ${index}`), { size: 2 }));
    await using _held = await a?.acquire();
    await b?.execute('true');
    expect(await b?.stats()).toMatchObject({ idle: 1, leased: 1 });
    expect(asked).toEqual(['client 0']);
    const judge = { ...host.target, hostKey: () => true };
    expect(() => clients[0].pool(judge, { size: 1 })).toThrow('cannot have a function for its `hostKey`');
  });

  it('is forgotten where its machine could not be reached, and when nobody has used it for a while', async () => {
    const nowhere = { ...host.target, port: 1 };
    const failed = clients[0].pool(nowhere, { size: 1 }).execute('true');
    await expect(failed).rejects.toThrow(ConnectError);
    await expect(failed).rejects.toMatchObject({ phase: 'tcp' });
    expect(await clients[1].pool(nowhere).stats()).toBeUndefined();

    const socket = join(directory, 'brief');
    await using brief = await SessionBroker.start({ socket, idleTimeout: 20 });
    await using client = await SessionBroker.connect({ socket: brief.socket });
    const pool = client.pool(host.target, { size: 1 });
    const lease = await pool.acquire();
    expect(await pool.stats()).toMatchObject({ leased: 1 });
    lease.release();
    await waitUntil('the pool to be closed', async () => (await pool.stats()) === undefined);
    expect(await pool.execute(['echo', 'again'])).toMatchObject({ stdout: 'again\n' });
  });

  it('is closed for one client, and stands for the others', async () => {
    const [a, b] = clients.map((client) => client.pool(host.target, { size: 1 }));
    if (a === undefined || b === undefined) throw new Error('There are two.');
    await using held = await b.acquire();
    const turnedAway = a.execute('true');
    await waitUntil('it to wait', async () => (await b.stats())?.waiting === 1);
    await a.disconnect();
    await expect(turnedAway).rejects.toThrow(DisconnectedError);
    const again = a.execute('true');
    await waitUntil('it to wait again', async () => (await b.stats())?.waiting === 1);
    await a.close();
    await expect(again).rejects.toThrow(ClosedError);
    await expect(a.execute('true')).rejects.toThrow(ClosedError);
    await held.connection.execute('true');
  });
});
