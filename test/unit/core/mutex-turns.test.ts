import { describe, expect, it } from 'vitest';
import type { Abortable } from '../../../src/core/abort.js';
import { DisconnectedError } from '../../../src/core/errors.js';
import type { Turns } from '../../../src/core/hold.js';
import { Lease } from '../../../src/core/lease.js';
import { Limiter } from '../../../src/core/limiter.js';
import { Mutex } from '../../../src/core/mutex.js';

/** Turns that are granted elsewhere, later, and may be lost: as a broker's are. */
class FarTurns implements Turns {
  readonly #limiter: Limiter;
  readonly #loss = new AbortController();
  asked = 0;
  active = 0;

  constructor(limiter: Limiter) {
    this.#limiter = limiter;
  }

  tryAcquire(): undefined {
    return undefined;
  }

  async acquire(o: Abortable): Promise<Lease> {
    this.asked += 1;
    const far = await this.#limiter.acquire(o);
    this.active += 1;
    return new Lease(() => {
      this.active -= 1;
      far.release();
    }, this.#loss.signal);
  }

  lose(): void {
    this.#loss.abort(new DisconnectedError('The broker has ended.'));
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a mutex whose turns are granted elsewhere', () => {
  it('excludes the others that are granted theirs there, in the order of asking', async () => {
    const there = new Limiter(1);
    const mutexes = [new Mutex(new FarTurns(there)), new Mutex(new FarTurns(there))] as const;
    const events: string[] = [];
    const work = (mutex: Mutex, name: string): Promise<void> =>
      mutex.runExclusive(async () => {
        events.push(`${name} in`);
        await tick();
        events.push(`${name} out`);
      });
    await Promise.all([work(mutexes[0], 'a'), work(mutexes[0], 'b'), work(mutexes[1], 'c'), work(mutexes[0], 'd')]);
    expect(events).toEqual(['a', 'b', 'c', 'd'].flatMap((name) => [`${name} in`, `${name} out`]));
    expect(mutexes.map(({ locked, waiting }) => [locked, waiting])).toEqual([
      [false, 0],
      [false, 0],
    ]);
  });

  it('asks there once for all that one hold does', async () => {
    const turns = new FarTurns(new Limiter(1));
    const mutex = new Mutex(turns);
    await mutex.runExclusive(async () => {
      await Promise.all([1, 2, 3].map(() => mutex.runExclusive(() => mutex.runExclusive(tick))));
    });
    expect(turns.asked).toBe(1);
  });

  it('tells who holds it that it was lost, and counts nothing that was done meanwhile as a success', async () => {
    const turns = new FarTurns(new Limiter(1));
    const mutex = new Mutex(turns);
    const told: unknown[] = [];
    const work = mutex.runExclusive(async (loss) => {
      loss.addEventListener('abort', () => told.push(loss.reason));
      turns.lose();
      await expect(mutex.runExclusive(tick)).rejects.toThrow(DisconnectedError);
      return 'done';
    });
    await expect(work).rejects.toThrow('The broker has ended.');
    expect(told).toEqual([expect.any(DisconnectedError)]);
    expect(mutex.locked).toBe(false);
  });

  it('tells who has a lease, which can be given back all the same', async () => {
    const turns = new FarTurns(new Limiter(1));
    const lease = await new Mutex(turns).acquire();
    turns.lose();
    expect(lease.signal.reason).toBeInstanceOf(DisconnectedError);
    lease.release();
    expect(turns.active).toBe(0);
  });
});
