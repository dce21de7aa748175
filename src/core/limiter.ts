import { type Abortable, throwIfAborted } from './abort.js';
import { checkTimeout } from './deadline.js';
import { TimeoutError } from './errors.js';
import { type HawserError, OptionError } from './hawser-error.js';
import { Lease } from './lease.js';
import { WaitingLine } from './waiting-line.js';

/** Options of waiting for a lease. */
export interface AcquireOptions extends Abortable {
  /** How long to wait, in milliseconds; 0, `Infinity` or left out: for ever. */
  readonly timeout?: number | undefined;
}

/** Checks a limit at the door: a positive integer. */
export function checkLimit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new OptionError(`Expected the \`${name}\` option to be a positive integer, got ${String(value)}.`);
}

/**
 * At most `limit` leases at once, granted strictly in the order of asking. A waiter whose signal fires or whose time is
 * up leaves the queue without a trace. The limit may be moved while leases are out.
 */
export class Limiter {
  #limit: number;
  #active = 0;
  readonly #line = new WaitingLine<Lease>();
  readonly #name: string;

  /** `limit` must be a positive integer or `Infinity`; `name` is what errors call the thing that is waited for. */
  constructor(limit: number, name = 'slot') {
    this.#limit = limit === Number.POSITIVE_INFINITY ? limit : checkLimit('limit', limit);
    this.#name = name;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Raising it lets waiters in at once; lowering it takes effect as leases come back. */
  set limit(limit: number) {
    this.#limit = limit === Number.POSITIVE_INFINITY ? limit : checkLimit('limit', limit);
    this.#pump();
  }

  /** How many leases are out. */
  get active(): number {
    return this.#active;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#line.length;
  }

  /** A lease at once, or `undefined` where one would have to wait. */
  tryAcquire(): Lease | undefined {
    if (this.#active >= this.#limit || this.#line.length > 0) return undefined;
    return this.#lease();
  }

  /** Waits for a lease. Throws `AbortError`, or `TimeoutError` with `phase: 'lock'`. */
  async acquire(o: AcquireOptions = {}): Promise<Lease> {
    const { signal } = o;
    const timeout = o.timeout === 0 ? undefined : checkTimeout('timeout', o.timeout);
    const doing = `waiting for a ${this.#name}`;
    throwIfAborted(signal, doing);
    const timedOut = (ms: number): TimeoutError =>
      new TimeoutError(`Timed out after ${ms} ms of ${doing}.`, { phase: 'lock', ms });
    return this.tryAcquire() ?? this.#line.wait({ signal, timeout, doing, timedOut });
  }

  /** Runs `work` under a lease and gives it back whatever happens. */
  async run<T>(work: () => T | Promise<T>, o: AcquireOptions = {}): Promise<T> {
    const lease = await this.acquire(o);
    try {
      return await work();
    } finally {
      lease.release();
    }
  }

  /** Turns away everyone who waits. */
  refuseAll(error: HawserError): void {
    this.#line.refuseAll(error);
  }

  #lease(): Lease {
    this.#active += 1;
    return new Lease(() => {
      this.#active -= 1;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#active < this.#limit && this.#line.length > 0) this.#line.serve(this.#lease());
  }
}
