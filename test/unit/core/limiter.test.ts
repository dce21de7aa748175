import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AbortError, ClosedError, TimeoutError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import type { Lease } from '../../../src/core/lease.js';
import { checkLimit, Limiter } from '../../../src/core/limiter.js';

afterEach(() => {
  vi.useRealTimers();
});

/** Lets everything run that does not wait for something outside. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Asks `count` times, and notes who is served, in which order. */
function askers(limiter: Limiter, count: number): { order: number[]; leases: Map<number, Lease> } {
  const order: number[] = [];
  const leases = new Map<number, Lease>();
  for (let i = 0; i < count; i += 1) {
    void limiter.acquire().then((lease) => {
      order.push(i);
      leases.set(i, lease);
    });
  }
  return { order, leases };
}

describe('a limiter', () => {
  it('gives out as many leases as its limit says, and the next in the order of asking', async () => {
    const limiter = new Limiter(2);
    const { order, leases } = askers(limiter, 5);
    await settle();
    expect(order).toEqual([0, 1]);
    expect([limiter.active, limiter.waiting]).toEqual([2, 3]);
    leases.get(1)?.release();
    await settle();
    expect(order).toEqual([0, 1, 2]);
    leases.get(0)?.release();
    leases.get(2)?.release();
    await settle();
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect([limiter.active, limiter.waiting]).toEqual([2, 0]);
  });

  it('lets nobody past those who wait, also who asks without waiting', async () => {
    const limiter = new Limiter(1);
    const first = await limiter.acquire();
    const second = limiter.acquire();
    expect(limiter.tryAcquire()).toBeUndefined();
    first.release();
    expect(limiter.tryAcquire()).toBeUndefined();
    (await second).release();
    expect(limiter.tryAcquire()).toBeDefined();
  });

  it('lets waiters in when its limit is raised while leases are out', async () => {
    const limiter = new Limiter(1);
    const { order } = askers(limiter, 4);
    await settle();
    limiter.limit = 3;
    await settle();
    expect(order).toEqual([0, 1, 2]);
    limiter.limit = Number.POSITIVE_INFINITY;
    await settle();
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('takes a lower limit into account as leases come back', async () => {
    const limiter = new Limiter(3);
    const { order, leases } = askers(limiter, 5);
    await settle();
    limiter.limit = 1;
    leases.get(0)?.release();
    leases.get(1)?.release();
    await settle();
    expect(order).toEqual([0, 1, 2]);
    leases.get(2)?.release();
    await settle();
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('forgets a waiter whose signal fires, and tells him why', async () => {
    const limiter = new Limiter(1, 'slot');
    const held = await limiter.acquire();
    const controller = new AbortController();
    const given = limiter.acquire({ signal: controller.signal });
    const next = limiter.acquire();
    controller.abort(new Error('changed my mind'));
    await expect(given).rejects.toThrow(AbortError);
    await expect(given).rejects.toThrow('waiting for a slot');
    expect(limiter.waiting).toBe(1);
    held.release();
    (await next).release();
    expect([limiter.active, limiter.waiting]).toEqual([0, 0]);
  });

  it('refuses at once where the signal has fired before, even if there is room', async () => {
    const limiter = new Limiter(1);
    await expect(limiter.acquire({ signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    expect(limiter.active).toBe(0);
  });

  it('forgets a waiter whose time is up', async () => {
    vi.useFakeTimers();
    const limiter = new Limiter(1, 'lock');
    const held = await limiter.acquire();
    const outcome = limiter.acquire({ timeout: 50 }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(50);
    const error = await outcome;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ phase: 'lock', ms: 50, message: 'Timed out after 50 ms of waiting for a lock.' });
    expect(limiter.waiting).toBe(0);
    held.release();
    expect(limiter.active).toBe(0);
  });

  it('leaves no timer and no listener behind, whatever the end of the wait was', async () => {
    vi.useFakeTimers();
    const limiter = new Limiter(1);
    const { signal } = new AbortController();
    const gone = new AbortController();
    for (let i = 0; i < 20; i += 1) {
      const held = await limiter.acquire({ signal, timeout: 1000 });
      const waiting = limiter.acquire({ signal, timeout: 1000 });
      const late = limiter.acquire({ signal, timeout: 10 }).catch(() => {});
      await vi.advanceTimersByTimeAsync(10);
      await late;
      held.release();
      (await waiting).release();
    }
    const held = await limiter.acquire();
    const aborted = limiter.acquire({ signal: gone.signal, timeout: 1000 }).catch(() => {});
    gone.abort();
    await aborted;
    held.release();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(getEventListeners(gone.signal, 'abort')).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for ever with a time limit of 0 or Infinity', async () => {
    for (const timeout of [0, Number.POSITIVE_INFINITY]) {
      vi.useFakeTimers();
      const limiter = new Limiter(1);
      const held = await limiter.acquire();
      const next = limiter.acquire({ timeout });
      await vi.advanceTimersByTimeAsync(2 ** 31);
      expect(limiter.waiting).toBe(1);
      held.release();
      (await next).release();
    }
  });

  it('does not take a long time limit for a short one, as setTimeout does', async () => {
    vi.useFakeTimers();
    const limiter = new Limiter(1);
    const held = await limiter.acquire();
    const next = limiter.acquire({ timeout: 2 ** 31 + 5 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(limiter.waiting).toBe(1);
    held.release();
    await next;
  });

  it.each([-1, Number.NaN, '5' as unknown as number])('refuses a time limit of %s', async (timeout) => {
    await expect(new Limiter(1).acquire({ timeout })).rejects.toThrow(OptionError);
  });

  it.each([0, -1, 1.5, Number.NaN, '3' as unknown as number])('refuses a limit of %s', (limit) => {
    expect(() => new Limiter(limit)).toThrow(OptionError);
    const limiter = new Limiter(1);
    expect(() => {
      limiter.limit = limit;
    }).toThrow(OptionError);
    expect(limiter.limit).toBe(1);
  });

  it('names the option that is out of range', () => {
    expect(() => checkLimit('concurrency', 0)).toThrow(
      'Expected the `concurrency` option to be a positive integer, got 0.',
    );
  });

  it('gives the lease of a run back whatever happens, and passes on what came of it', async () => {
    const limiter = new Limiter(1);
    await expect(limiter.run(() => 'done')).resolves.toBe('done');
    await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(
      limiter.run(() => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    expect(limiter.active).toBe(0);
  });

  it('turns away all who wait, and nobody who holds', async () => {
    const limiter = new Limiter(1);
    const held = await limiter.acquire();
    const waiting = [limiter.acquire(), limiter.acquire()].map((p) => p.catch((error: unknown) => error));
    const reason = new ClosedError('It was closed.');
    limiter.refuseAll(reason);
    expect(await Promise.all(waiting)).toEqual([reason, reason]);
    expect([limiter.active, limiter.waiting]).toEqual([1, 0]);
    held.release();
    expect(limiter.active).toBe(0);
  });
});

/** What a limiter must do, said as simply as possible. */
interface Model {
  limit: number;
  readonly queue: number[];
  readonly held: number[];
  readonly refused: number[];
}

type Step =
  | { readonly do: 'ask' }
  | { readonly do: 'release'; readonly which: number }
  | { readonly do: 'abort'; readonly which: number }
  | { readonly do: 'limit'; readonly to: number };

const STEPS: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ do: 'ask' }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('limit' as const), to: fc.integer({ min: 1, max: 4 }) }) },
  ),
  { maxLength: 40 },
);

function pick<T>(list: readonly T[], which: number): T | undefined {
  return list[which % Math.max(1, list.length)];
}

function without<T>(list: T[], item: T): void {
  list.splice(list.indexOf(item), 1);
}

function admit(model: Model): void {
  while (model.held.length < model.limit) {
    const next = model.queue.shift();
    if (next === undefined) return;
    model.held.push(next);
  }
}

describe('any use of a limiter', () => {
  it('serves those who ask exactly as a queue on paper does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), STEPS, async (limit, steps) => {
        const limiter = new Limiter(limit);
        const model: Model = { limit, queue: [], held: [], refused: [] };
        const seen = { served: [] as number[], refused: [] as number[] };
        const served: number[] = [];
        const leases = new Map<number, Lease>();
        const controllers = new Map<number, AbortController>();
        let next = 0;
        for (const step of steps) {
          const before = [...model.held];
          if (step.do === 'ask') {
            const id = next;
            next += 1;
            const controller = new AbortController();
            controllers.set(id, controller);
            limiter.acquire({ signal: controller.signal }).then(
              (lease) => {
                seen.served.push(id);
                leases.set(id, lease);
              },
              () => seen.refused.push(id),
            );
            model.queue.push(id);
          } else if (step.do === 'release') {
            const id = pick(model.held, step.which);
            if (id !== undefined) {
              leases.get(id)?.release();
              without(model.held, id);
            }
          } else if (step.do === 'abort') {
            const id = pick(model.queue, step.which);
            if (id !== undefined) {
              controllers.get(id)?.abort();
              without(model.queue, id);
              model.refused.push(id);
            }
          } else {
            limiter.limit = step.to;
            model.limit = step.to;
          }
          admit(model);
          served.push(...model.held.filter((id) => !before.includes(id)));
          await settle();
          expect(seen).toEqual({ served, refused: model.refused });
          expect([limiter.active, limiter.waiting]).toEqual([model.held.length, model.queue.length]);
        }
        for (const { signal } of controllers.values()) {
          const waits = getEventListeners(signal, 'abort').length;
          expect(waits).toBeLessThanOrEqual(1);
        }
        const waiting = [...controllers.values()].filter(({ signal }) => getEventListeners(signal, 'abort').length > 0);
        expect(waiting).toHaveLength(model.queue.length);
      }),
      { numRuns: 150 },
    );
  });
});
