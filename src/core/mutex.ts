import { throwIfAborted } from './abort.js';
import { CallScope, checkTimeout } from './deadline.js';
import { DeadlockError, TimeoutError } from './errors.js';
import { Hold, Line, openHolds, type Turns } from './hold.js';
import { Lease } from './lease.js';
import { type AcquireOptions, Limiter } from './limiter.js';

/** A turn: the line that it came in, and what it is given back by. */
interface Turn {
  readonly line: Line;
  readonly lease: Lease;
}

/**
 * A lock for asynchronous work: one holder at a time, first come, first served.
 *
 * {@link runExclusive} is re-entrant within its own asynchronous context (`AsyncLocalStorage`, node:async_hooks) and
 * nobody else's. Children that one holder begins at once are let in one at a time. A task that is left running after the
 * work that began it has ended has lost the right, and queues as anybody.
 */
export class Mutex {
  readonly #line: Line;
  /** Calls that wait, before the lock and inside of it. */
  #waiting = 0;

  /** @param turns what grants its turns; default: this process does. Calls inside of a hold are let in without it. */
  constructor(turns: Turns = new Limiter(1, 'lock')) {
    this.#line = new Line(turns);
  }

  /** Whether somebody holds it, of those in this process. */
  get locked(): boolean {
    return this.#line.taken;
  }

  /** How many wait for it, of those in this process. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Waits for the lock, for as long as the lease is kept. A lease belongs to no context: who has one calls nothing that
   * takes the lock by itself.
   *
   * @throws AbortError, or TimeoutError with `phase: 'lock'`: either leaves the queue clean. DeadlockError within
   *   {@link runExclusive}, and where the holder waits for what is held here.
   */
  async acquire(o: AcquireOptions = {}): Promise<Lease> {
    if (this.#around() !== undefined) {
      throw new DeadlockError(
        'Waiting for a lease of this lock would never end: the call that asks for it runs inside the hold of that very lock. ' +
          'Use `runExclusive` there, which may be nested.',
      );
    }
    const { line, lease } = await this.#enter(o);
    return new Lease(() => line.leave(lease), line.lossOf(lease));
  }

  /**
   * Runs `fn` while holding the lock and gives the lock back whatever happens. Throws as {@link acquire} does while it waits;
   * within a hold of this lock it waits for its siblings alone.
   *
   * `fn` is given a signal, which fires where the lock is lost meanwhile: one that a broker lends is, when that dies. What
   * `fn` gives is then no success any more, since others may have had the lock: the signal's reason is thrown, also by
   * whatever `fn` begins under the lock from then on.
   */
  async runExclusive<T>(fn: (loss: AbortSignal) => T | Promise<T>, o: AcquireOptions = {}): Promise<T> {
    const { line, lease } = await this.#enter(o);
    const hold = new Hold(this, line, lease);
    const result = await hold.run(() => fn(hold.loss));
    throwIfAborted(hold.loss, 'holding a lock');
    return result;
  }

  /** The innermost open hold of this lock in the present context. */
  #around(): Hold | undefined {
    for (const hold of openHolds()) if (hold.lock === this) return hold;
    return undefined;
  }

  async #enter(o: AcquireOptions): Promise<Turn> {
    const timeout = o.timeout === 0 ? undefined : checkTimeout('timeout', o.timeout);
    throwIfAborted(o.signal, 'waiting for a lock');
    throwIfAborted(this.#around()?.loss, 'waiting for a lock');
    const line = this.#nearest();
    const lease = line.tryEnter();
    if (lease !== undefined) return { line, lease };
    using scope = timeout === undefined ? undefined : new CallScope(o.signal, timeout, () => timedOut(timeout));
    this.#waiting += 1;
    try {
      return await this.#wait(scope?.signal ?? o.signal);
    } finally {
      this.#waiting -= 1;
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<Turn> {
    for (;;) {
      const line = this.#nearest();
      const holds = [...openHolds()];
      if (line.holder?.waitsFor(holds)) {
        throw new DeadlockError(
          'Waiting for this lock would never end: who holds it waits for a lock that is held here. ' +
            'Take several locks in the same order everywhere.',
        );
      }
      const forget = holds.map((hold) => hold.noteWait(line));
      try {
        const lease = await line.enter(signal);
        if (lease !== undefined) return { line, lease };
      } finally {
        for (const one of forget) one();
      }
    }
  }

  #nearest(): Line {
    return this.#around()?.inner ?? this.#line;
  }
}

function timedOut(ms: number): TimeoutError {
  return new TimeoutError(`Timed out after ${ms} ms of waiting for a lock.`, { phase: 'lock', ms });
}
