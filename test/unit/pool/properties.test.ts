import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HawserError } from '../../../src/core/hawser-error.js';
import { settle } from '../connection/scripted-connection.js';
import { Machine, unreachable, type Worker } from './workers.js';

/** What one caller does, and how far he is when others come. */
const caller = fc.record({
  /** Ticks before he asks. */
  after: fc.nat(3),
  /** Ticks that he keeps the worker. */
  keeps: fc.nat(4),
  end: fc.constantFrom(
    'release',
    'release',
    'release',
    'discard',
    'kill',
    'throw',
    'leave',
  ) satisfies fc.Arbitrary<string>,
  /** Gives up waiting after so many ticks. */
  patience: fc.option(fc.nat(6), { nil: undefined }),
});

const circumstances = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  validate: fc.boolean(),
  reset: fc.boolean(),
  /** The connects, by their number, that fail. */
  refused: fc.uniqueArray(fc.integer({ min: 2, max: 12 }), { maxLength: 4 }),
  callers: fc.array(caller, { minLength: 1, maxLength: 25 }),
});

async function ticks(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await settle();
}

describe('a pool, whatever its callers and its machine do', () => {
  it('serves in the order of asking, lends each worker to one at a time, and ends with all of them back', async () => {
    await fc.assert(
      fc.asyncProperty(circumstances, async ({ size, validate, reset, refused, callers }) => {
        const machine = new Machine();
        machine.refuse = (_, connect) => (refused.includes(connect) ? unreachable() : undefined);
        const pool = machine.pool({
          size,
          reconnect: { attempts: 20, delay: 0.1, maxDelay: 0.1 },
          ...(validate ? { validate: async (worker) => (await worker.execute('valid?')).ok } : {}),
          ...(reset ? { reset: async (worker) => void (await worker.execute('reset')) } : {}),
        });
        await pool.connect();
        const asked: number[] = [];
        const served: number[] = [];
        const gone = new Set<number>();
        const lent = new Set<Worker>();
        const dead = new Set<Worker>();

        const call = async (index: number): Promise<void> => {
          const { after, keeps, end, patience } = callers[index] ?? { after: 0, keeps: 0, end: 'release' };
          await ticks(after);
          const controller = new AbortController();
          if (patience !== undefined) void ticks(patience).then(() => controller.abort());
          asked.push(index);
          try {
            await pool.use(
              async (worker) => {
                served.push(index);
                expect(lent.has(worker), 'a worker that is lent').toBe(false);
                expect(dead.has(worker), 'a worker that was replaced').toBe(false);
                lent.add(worker);
                try {
                  await ticks(keeps);
                  if (end === 'kill') worker.kill();
                  if (end === 'leave') worker.execute('left behind').catch(() => {});
                  if (end === 'discard') worker.isPoisoned = true;
                  if (end === 'kill' || end === 'discard') dead.add(worker);
                  if (end === 'throw') throw new HawserError('ERR_TEST', 'thrown by the caller');
                } finally {
                  lent.delete(worker);
                }
              },
              { signal: controller.signal },
            );
          } catch (error) {
            if (!(error instanceof HawserError)) throw error;
            if (error.code === 'ABORT_ERR') gone.add(index);
            else expect(error.code).toBe('ERR_TEST');
          }
        };
        await Promise.all(callers.map((_, index) => call(index)));
        expect(served).toEqual(asked.filter((index) => !gone.has(index)));
        while (machine.made.some(({ active }) => active > 0)) await settle();
        expect(pool.stats).toMatchObject({ leased: 0, waiting: 0 });
        expect(pool.workers.length).toBeLessThanOrEqual(size);
        await pool.close();
        expect(machine.made.every(({ state }) => state === 'closed')).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('gives no call the output of another one while workers die at random', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4), { minLength: 10, maxLength: 40 }), async (deaths) => {
        const machine = new Machine();
        const pool = machine.pool({ size: 5, reconnect: { attempts: 50, delay: 0.1, maxDelay: 0.1 } });
        const begun: number[] = [];
        const calls = Promise.allSettled(
          Array.from({ length: 100 }, (_, i) =>
            pool.use((worker) => {
              begun.push(i);
              return worker.execute(`command ${i}`);
            }),
          ),
        );
        for (const victim of deaths) {
          await settle();
          const worker = pool.workers[victim];
          if (worker?.connected === true) worker.kill();
        }
        const outcomes = await calls;
        expect(begun).toEqual(outcomes.map((_, i) => i));
        for (const [i, outcome] of outcomes.entries()) {
          if (outcome.status === 'fulfilled') expect(outcome.value.stdout).toBe(`command ${i}`);
          else expect(outcome.reason).toMatchObject({ code: 'ERR_HAWSER_DISCONNECTED' });
        }
        await pool.close();
      }),
      { numRuns: 30 },
    );
  });
});
