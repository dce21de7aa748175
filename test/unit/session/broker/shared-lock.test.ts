import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrokerConnection } from '../../../../src/connection/broker-connection.js';
import { AbortError, DeadlockError, TimeoutError } from '../../../../src/core/errors.js';
import type { BrokerClient } from '../../../../src/session/broker/broker-client.js';
import { SessionBroker } from '../../../../src/session/broker/session-broker.js';
import { startTestFleet, type TestFleet } from '../../../../src/testing/index.js';
import { waitUntil } from '../../../rigs/wait-until.js';

/** Counts the requests that a broker of this process is sent: a stream of HTTP/2 each, of which both ends are here. */
function countRequests(): { count(): number; stop(): void } {
  let ends = 0;
  const observer = new PerformanceObserver((list) => {
    ends += list.getEntries().filter(({ name }) => name === 'Http2Stream').length;
  });
  observer.observe({ entryTypes: ['http2'] });
  return { count: () => ends / 2, stop: () => observer.disconnect() };
}

describe('a lock that the broker keeps', () => {
  let fleet: TestFleet;
  let directory: string;
  let broker: SessionBroker;
  let clients: BrokerClient[];
  let mine: BrokerConnection;
  let theirs: BrokerConnection;

  beforeAll(async () => {
    fleet = await startTestFleet({ hosts: ['db1'] });
    directory = await mkdtemp(join(tmpdir(), 'hawser-lock-'));
    const socket = join(directory, 's');
    broker = await SessionBroker.start({ socket });
    clients = [await SessionBroker.connect({ socket }), await SessionBroker.connect({ socket })];
    const target = { ...fleet.host('db1').target, threadSafe: true };
    const [a, b] = clients.map((client) => client.connection(target));
    if (a === undefined || b === undefined) throw new Error('There are two.');
    [mine, theirs] = [a, b];
  });
  afterAll(async () => {
    await Promise.all((clients ?? []).map((client) => client.disconnect()));
    await broker?.close();
    await fleet?.close();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  it('is asked for once by all that is nested in a hold', async () => {
    await mine.connect();
    const hold = (depth: number): Promise<void> =>
      mine.lock.runExclusive(() => (depth > 0 ? hold(depth - 1) : undefined));
    const run = (): Promise<unknown> => mine.execute('true');
    const requests = countRequests();
    let expected = 0;
    // One too many would show after the next step at the latest.
    for (const [work, cost] of [
      [() => hold(0), 1],
      [() => hold(5), 1],
      // A command is two requests, which go out together.
      [run, 1 + 2],
      [() => mine.lock.runExclusive(() => Promise.all([run(), run(), run()])), 1 + 6],
      [() => hold(0), 1],
    ] as const) {
      await work();
      expected += cost;
      await expect.poll(requests.count).toBe(expected);
    }
    requests.stop();
  });

  it('is granted in the order of asking, over all connections to the machine', async () => {
    const order: string[] = [];
    const clone = await mine.clone().connect();
    await theirs.connect();
    const held = await mine.lock.acquire();
    const calls: Promise<unknown>[] = [];
    for (const [name, { lock }] of [
      ['theirs', theirs],
      ['mine', mine],
      ['a clone', clone],
      ['theirs again', theirs],
    ] as const) {
      calls.push(lock.runExclusive(() => order.push(name)));
      // What is answered was asked for later, on the same link.
      await Promise.all(clients.map((client) => client.find([])));
    }
    expect([mine.lock.locked, theirs.lock.locked]).toEqual([true, false]);
    held.release();
    await Promise.all(calls);
    expect(order).toEqual(['theirs', 'mine', 'a clone', 'theirs again']);
  });

  it('goes to the next one where somebody gives up, and tells of what would wait for itself', async () => {
    const held = await mine.lock.acquire();
    await expect(theirs.execute('true', { signal: AbortSignal.timeout(20) })).rejects.toThrow(AbortError);
    await expect(theirs.lock.runExclusive(() => {}, { timeout: 20 })).rejects.toThrow(TimeoutError);
    const next = theirs.execute(['echo', 'next']);
    held.release();
    expect((await next).stdout).toBe('next\n');
    await mine.lock.runExclusive(() => expect(mine.lock.acquire()).rejects.toThrow(DeadlockError));
    expect(mine.lock.locked).toBe(false);
  });

  it('is lost to who holds it with the link to the broker, which another one then has', async () => {
    const [own] = clients;
    const work = mine.lock.runExclusive(async (loss) => {
      await own?.disconnect();
      await waitUntil('the loss', () => loss.aborted);
      expect(loss.reason).toMatchObject({ code: 'ERR_HAWSER_DISCONNECTED' });
      await expect(mine.execute('true')).rejects.toThrow('lost while it was held');
    });
    await expect(work).rejects.toThrow('The lock of db1 was lost while it was held');
    await theirs.execute('true');
    await mine.execute('true');
  });
});
