import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AbortError, ClosedError, TimeoutError } from '../../../src/core/errors.js';
import type { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { Barrier, keys, memoryFleet } from './memory-fleet.js';

/** Every call that goes over the hosts of a fleet, to be waited for. */
const CALLS: Readonly<Record<string, (mc: MultiConnection) => PromiseLike<unknown>>> = {
  connect: (mc) => mc.connect(),
  execute: (mc) => mc.execute('x'),
  'executeMap of nothing': (mc) => mc.executeMap({}),
  each: (mc) => mc.each(async () => 1),
  'a loop over a run': async (mc) => {
    for await (const result of mc.execute('x')) return result;
    return undefined;
  },
  stream: (mc) => mc.stream('x').next(),
  'with…fs': (mc) => mc.with({ batchSize: 1 }).fs.stat('x'),
  os: (mc) => mc.os.hostname(),
  upload: (mc) => mc.upload(import.meta.filename, '/tmp/'),
  download: (mc) => mc.download('x', '/tmp/{key}'),
  sftpWriteData: (mc) => mc.sftpWriteData('x', 'file'),
  sftpRead: (mc) => mc.sftpRead('file'),
  tail: (mc) => mc.tail('file'),
};

describe('a fleet that was closed', () => {
  it.each(Object.keys(CALLS))('refuses %s, and nothing is begun', async (call) => {
    const mc = memoryFleet(keys(2), () => ({}));
    await mc.close();
    await expect(Promise.resolve(CALLS[call]?.(mc))).rejects.toThrow(ClosedError);
  });
});

describe('a function for each host', () => {
  it('that throws what is no error fails with one', async () => {
    await using mc = memoryFleet(['a'], () => ({}));
    const result = await mc.each(() => Promise.reject(undefined));
    expect(result.get('a')?.error).toBeInstanceOf(Error);
  });

  it('that never settles is not waited for past its time, its signal, or its fleet', async () => {
    const never = new Barrier();
    const wait = (): Promise<void> => never.pass();
    const errors = async (mc: MultiConnection, o: object): Promise<unknown[]> =>
      [...(await mc.each(wait, o)).values()].map(({ error, outcome }) => outcome ?? error?.constructor);

    await using slow = memoryFleet(keys(3), () => ({}), { batchSize: 2 });
    expect(await errors(slow, { timeout: 10 })).toEqual([TimeoutError, TimeoutError, TimeoutError]);

    const controller = new AbortController();
    const aborted = errors(slow, { signal: controller.signal });
    await never.reached(5);
    controller.abort();
    expect(await aborted).toEqual([AbortError, AbortError, 'skipped']);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);

    const closed = errors(slow, {});
    await never.reached(7);
    await slow.close();
    expect(await closed).toEqual([AbortError, AbortError, 'skipped']);
  });

  it('may close its fleet, and wait for that', async () => {
    const mc = memoryFleet(keys(4), () => ({}), { batchSize: 2 });
    const result = await mc.each(async (_, key) => {
      if (key === 'h2') await mc.close();
      return key;
    });
    expect([...result.keys()]).toEqual(keys(4));
    expect([...result.values()].map(({ outcome }) => outcome).slice(2)).toEqual(['skipped', 'skipped']);
    expect(result.get('h2')?.error).toBeInstanceOf(AbortError);
    expect([...mc.values()].map(({ state }) => state)).toEqual(Array(4).fill('closed'));
  });
});

describe('a consumer of a stream', () => {
  it('that throws ends every command before its error is seen, and the fleet goes on', async () => {
    const ended: string[] = [];
    await using mc = memoryFleet(keys(3), (key) => ({
      exec: async (command, process) => {
        if (command === 'short') return {};
        process.stdout.write('up');
        await new Promise<void>((resolve) => process.onSignal(() => resolve()));
        ended.push(key);
        return { signal: 'SIGTERM' };
      },
    }));
    const fault = new Error('The consumer failed.');
    const seen = new Set<string>();
    const consume = async (): Promise<void> => {
      for await (const event of mc.stream('x', { bare: true })) {
        if (event.type === 'stdout') seen.add(event.key);
        if (seen.size === 3) throw fault;
      }
    };
    await expect(consume()).rejects.toBe(fault);
    expect(ended.toSorted()).toEqual(keys(3));
    expect((await mc.execute('short', { bare: true })).ok).toBe(true);
  });
});
