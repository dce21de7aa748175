import type { Lease } from './lease.js';
import { type AcquireOptions, Limiter } from './limiter.js';

/** A lock for asynchronous work: one holder at a time, first come, first served. */
export class Mutex {
  readonly #limiter = new Limiter(1, 'lock');

  /** Whether somebody holds it. */
  get locked(): boolean {
    return this.#limiter.active > 0;
  }

  /** How many wait for it. */
  get waiting(): number {
    return this.#limiter.waiting;
  }

  /** Waits for the lock. Throws `AbortError`, or `TimeoutError` with `phase: 'lock'`; either leaves the queue clean. */
  acquire(o: AcquireOptions = {}): Promise<Lease> {
    return this.#limiter.acquire(o);
  }

  /** Runs `fn` while holding the lock and gives the lock back whatever happens. */
  runExclusive<T>(fn: () => T | Promise<T>, o: AcquireOptions = {}): Promise<T> {
    return this.#limiter.run(fn, o);
  }
}
