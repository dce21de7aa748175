import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlockError } from '../../../src/core/errors.js';
import { HawserError } from '../../../src/core/hawser-error.js';
import { Mutex } from '../../../src/core/mutex.js';

async function ticks(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A task: what it does once it is in, and the tasks that it begins there, of which some are left running. */
interface Task {
  readonly after: number;
  readonly keeps: number;
  readonly patience: number | undefined;
  readonly timeout: boolean;
  readonly throws: boolean;
  readonly stays: boolean;
  readonly children: readonly Task[];
}

const { task } = fc.letrec<{ task: Task }>((tie) => ({
  task: fc.record({
    after: fc.nat(2),
    keeps: fc.nat(3),
    patience: fc.option(fc.nat(5), { nil: undefined }),
    timeout: fc.boolean(),
    throws: fc.boolean(),
    stays: fc.boolean(),
    children: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant([]),
      fc.array(tie('task'), { maxLength: 3 }),
    ),
  }),
}));

/** Runs trees of tasks on one mutex, and sees that two of them which are not nested in each other are never in at once. */
class Observer {
  readonly mutex = new Mutex();
  readonly #inside = new Set<readonly number[]>();
  readonly strays: Promise<void>[] = [];

  async run(one: Task, path: readonly number[]): Promise<void> {
    await ticks(one.after);
    const controller = new AbortController();
    if (one.patience !== undefined && !one.timeout) void ticks(one.patience).then(() => controller.abort());
    const timeout = one.patience !== undefined && one.timeout ? one.patience + 1 : undefined;
    try {
      await this.mutex.runExclusive(() => this.#work(one, path), { signal: controller.signal, timeout });
    } catch (error) {
      if (!(error instanceof HawserError)) throw error;
      expect(['ABORT_ERR', 'ERR_HAWSER_TIMEOUT', 'ERR_TEST']).toContain(error.code);
    }
  }

  async #work(one: Task, path: readonly number[]): Promise<void> {
    for (const other of this.#inside) {
      const isAround = other.every((step, i) => path[i] === step);
      expect(isAround, `${path.join()} came in beside ${other.join()}`).toBe(true);
    }
    this.#inside.add(path);
    try {
      await ticks(one.keeps);
      const children = one.children.map((child, i) => {
        const done = this.run(child, [...path, i]);
        if (!child.stays) return done;
        this.strays.push(done);
        return undefined;
      });
      await Promise.all(children);
      if (one.throws) throw new HawserError('ERR_TEST', 'thrown by the task');
    } finally {
      this.#inside.delete(path);
    }
  }
}

describe('a mutex, whatever is run in it', () => {
  it('lets in nobody beside another, unless it is nested in it, and is free in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(task, { minLength: 1, maxLength: 8 }), async (tasks) => {
        const observer = new Observer();
        await Promise.all(tasks.map((one, i) => observer.run(one, [i])));
        for (const stray of observer.strays) await stray;
        await ticks(1);
        expect([observer.mutex.locked, observer.mutex.waiting]).toEqual([false, 0]);
      }),
      { numRuns: 200 },
    );
  });

  it('serves leases and calls in the order of asking, but for those who gave up', async () => {
    const call = fc.record({ leased: fc.boolean(), keeps: fc.nat(3), gone: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 30 }), async (calls) => {
        const mutex = new Mutex();
        const served: number[] = [];
        const work = calls.map(async ({ leased, keeps, gone }, i) => {
          const { signal } = gone ? abortedSoon() : new AbortController();
          const hold = async (): Promise<void> => {
            served.push(i);
            await ticks(keeps);
          };
          if (!leased) return mutex.runExclusive(hold, { signal });
          await using _lease = await mutex.acquire({ signal });
          return hold();
        });
        const outcomes = await Promise.allSettled(work);
        expect(served).toEqual(outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : [])));
        expect([mutex.locked, mutex.waiting]).toEqual([false, 0]);
      }),
      { numRuns: 100 },
    );
  });

  it('never hangs where several locks are taken in any order: whoever closes a circle is told', async () => {
    const orders = fc.array(fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(orders, async (all) => {
        const locks = Array.from({ length: 5 }, () => new Mutex());
        const take = async ([first, ...rest]: readonly number[]): Promise<void> => {
          const lock = first === undefined ? undefined : locks[first];
          if (lock === undefined) return;
          await lock.runExclusive(async () => {
            await ticks(1);
            await take(rest);
          });
        };
        const outcomes = await Promise.allSettled(all.map((order) => take(order)));
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(DeadlockError);
        }
        expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
        expect(locks.every(({ locked, waiting }) => !locked && waiting === 0)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

function abortedSoon(): AbortController {
  const controller = new AbortController();
  queueMicrotask(() => controller.abort());
  return controller;
}
