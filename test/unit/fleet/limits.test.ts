import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { Barrier, keys, memoryFleet } from './memory-fleet.js';

/** Counts how many do something at once. */
class Gauge {
  now = 0;
  most = 0;

  async during(turns: number): Promise<void> {
    this.now += 1;
    this.most = Math.max(this.most, this.now);
    for (let i = 0; i < turns; i += 1) await Promise.resolve();
    this.now -= 1;
  }
}

describe('the limits of a fleet', () => {
  it('works on each host exactly once, on no more at once than batchSize, and answers in fleet order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(40), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 8 }),
        async (delays, batchSize, connectConcurrency) => {
          const running = new Gauge();
          const connecting = new Gauge();
          const ran: string[] = [];
          const names = keys(delays.length);
          await using mc = memoryFleet(
            names,
            (key) => ({
              connect: () => connecting.during(delays[names.indexOf(key)] ?? 0),
              exec: async () => {
                ran.push(key);
                await running.during(delays[names.indexOf(key)] ?? 0);
                return { stdout: key };
              },
            }),
            { batchSize, connectConcurrency },
          );
          const run = mc.execute('x');
          const completed: string[] = [];
          for await (const { key } of run) completed.push(key);
          const result = await run;
          expect([...result.keys()]).toEqual(names);
          expect([...result.values()].map(({ stdout }) => stdout)).toEqual(names);
          expect(ran.toSorted()).toEqual(names.toSorted());
          expect(completed.toSorted()).toEqual(names.toSorted());
          expect(running.most).toBeLessThanOrEqual(batchSize);
          expect(connecting.most).toBeLessThanOrEqual(connectConcurrency);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never has more connections open than maxConnections, whatever several calls do at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(20), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        async (delays, maxConnections, calls) => {
          const names = keys(delays.length);
          const waits = new Gauge();
          await using mc = memoryFleet(
            names,
            (key) => ({
              exec: async () => {
                await waits.during(delays[names.indexOf(key)] ?? 0);
                return { stdout: key };
              },
            }),
            { maxConnections },
          );
          let open = 0;
          let most = 0;
          for (const connection of mc.values()) {
            connection.on('state', (state) => {
              if (state === 'connecting') open += 1;
              else if (state === 'disconnected' || state === 'closed') open -= 1;
              most = Math.max(most, open);
            });
          }
          const results = await Promise.all(Array.from({ length: calls }, () => mc.execute('x')));
          for (const result of results) {
            expect([...result.values()].map(({ stdout }) => stdout)).toEqual(names);
          }
          expect(most).toBeLessThanOrEqual(maxConnections);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('disconnects the connection that was idle longest, and never one in use', async () => {
    const hold = new Barrier();
    await using mc = memoryFleet(
      ['a', 'b', 'c', 'd'],
      () => ({
        exec: async (command) => {
          if (command === 'hold') await hold.pass();
          return {};
        },
      }),
      { maxConnections: 3 },
    );
    const states = (): string[] => [...mc.values()].map(({ state }) => state);
    const held = mc.executeMap({ a: 'hold' });
    await hold.reached(1);
    await mc.executeMap({ b: 'x' });
    await mc.executeMap({ c: 'x' });
    await mc.executeMap({ b: 'x' });
    await mc.executeMap({ d: 'x' });
    expect(states()).toEqual(['connected', 'connected', 'disconnected', 'connected']);
    hold.open();
    expect((await held).ok).toBe(true);
  });

  it('waits for a connection that somebody else uses past the fleet, and takes its place then', async () => {
    const hold = new Barrier();
    await using mc = memoryFleet(
      ['a', 'b'],
      () => ({
        exec: async (command) => {
          if (command === 'hold') await hold.pass();
          return {};
        },
      }),
      { maxConnections: 1 },
    );
    const outside = mc.get('a')?.execute('hold');
    await hold.reached(1);
    const run = mc.executeMap({ b: 'x' });
    expect(mc.get('a')?.state).toBe('connected');
    hold.open();
    await outside;
    expect((await run).ok).toBe(true);
    expect(mc.get('a')?.state).toBe('disconnected');
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a limit of %s', async (limit) => {
    expect(() => new MultiConnection([], { batchSize: limit })).toThrow(OptionError);
    expect(() => new MultiConnection([], { connectConcurrency: limit })).toThrow(OptionError);
    expect(() => new MultiConnection([], { maxConnections: limit })).toThrow(OptionError);
    await using mc = memoryFleet(['a'], () => ({}));
    await expect(mc.execute('x', { batchSize: limit })).rejects.toThrow('`batchSize`');
    expect(mc.get('a')?.state).toBe('idle');
  });

  it('sends a command to the least busy connection of a pool, in turns between equals', async () => {
    const hold = new Barrier();
    await using mc = memoryFleet(['a', 'a', 'a'], () => ({
      exec: async (command) => {
        if (command === 'hold') await hold.pass();
        return {};
      },
    }));
    const used = mc.getAll('a');
    const runs = [mc.execute('hold'), mc.execute('hold'), mc.execute('hold'), mc.execute('hold')];
    await hold.reached(4);
    expect(used.map(({ active }) => active)).toEqual([2, 1, 1]);
    runs.push(mc.execute('hold'));
    await hold.reached(5);
    expect(used.map(({ active }) => active)).toEqual([2, 2, 1]);
    hold.open();
    await Promise.all(runs);
  });
});
