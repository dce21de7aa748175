import { AsyncLocalStorage } from 'node:async_hooks';
import type { Abortable } from './abort.js';
import { HawserError } from './hawser-error.js';
import type { Lease } from './lease.js';
import { Limiter } from './limiter.js';

/** The innermost hold around what runs now. It is entered by who holds a lock, and costs nothing before that. */
const context = new AsyncLocalStorage<Hold>();

/** What tells those in a line that it has ended: they go and stand in another one. */
const ended = new HawserError('ERR_HAWSER_LINE', 'The hold inside of which this call waited has ended.');

/**
 * What grants the turns of a lock: one at a time, strictly in the order of asking. A {@link Limiter} of 1 does so for one
 * process.
 */
export interface Turns {
  /** How many turns are out, as far as this process knows. */
  readonly active: number;
  /** A turn at once; `undefined` where one has to wait, or to ask. */
  tryAcquire(): Lease | undefined;
  /** Waits for a turn. The signal ends the wait without a trace. */
  acquire(o: Abortable): Promise<Lease>;
}

/** Where one waits for a lock. */
export class Line {
  readonly #turns: Turns;
  /** Who is in; `undefined` also for who has a lease, which belongs to no context. */
  holder: Hold | undefined;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  get taken(): boolean {
    return this.#turns.active > 0;
  }

  tryEnter(): Lease | undefined {
    return this.#turns.tryAcquire();
  }

  /** Waits for the turn. `undefined`: the line has ended. Throws what the signal says. */
  async enter(signal: AbortSignal | undefined): Promise<Lease | undefined> {
    try {
      return await this.#turns.acquire({ signal });
    } catch (error) {
      if (error === ended) return undefined;
      throw error;
    }
  }

  /** Fires where the lock is lost while who entered by the lease is in. */
  lossOf(lease: Lease): AbortSignal {
    return lease.signal;
  }

  /** Gives back what was entered by. */
  leave(lease: Lease): void {
    this.holder = undefined;
    lease.release();
  }
}

/** Where the children of one hold wait for each other. */
class InnerLine extends Line {
  readonly #limiter: Limiter;
  readonly #loss: AbortSignal;
  #whenLeft: (() => void) | undefined;

  constructor(loss: AbortSignal, limiter: Limiter = new Limiter(1, 'lock')) {
    super(limiter);
    this.#limiter = limiter;
    this.#loss = loss;
  }

  /** What they have is the lock of their parent. */
  override lossOf(): AbortSignal {
    return this.#loss;
  }

  override leave(lease: Lease): void {
    super.leave(lease);
    if (!this.taken) this.#whenLeft?.();
  }

  /** Sends away who waits, and calls `whenLeft` once who is in has left. */
  end(whenLeft: () => void): void {
    this.#limiter.refuseAll(ended);
    if (this.taken) this.#whenLeft = whenLeft;
    else whenLeft();
  }
}

/**
 * A lock that is held by a call: what runs in the call's asynchronous context may enter again, one at a time. The hold
 * ends with the call. What had entered by then goes on, and the lock is free when that is over, too.
 */
export class Hold {
  readonly lock: object;
  /** Fires where the lock is lost while it is held. */
  readonly loss: AbortSignal;
  #line: Line;
  #lease: Lease;
  #outer: Hold | undefined;
  #inner: InnerLine | undefined;
  #open = true;
  /** The lines in which what runs inside waits, be it of this lock or of another one. */
  readonly #waits = new Set<{ readonly line: Line }>();

  constructor(lock: object, line: Line, lease: Lease) {
    this.lock = lock;
    this.#line = line;
    this.#lease = lease;
    this.loss = line.lossOf(lease);
    this.#outer = Hold.innermost();
    line.holder = this;
  }

  /** The innermost open hold of the present context. */
  static innermost(): Hold | undefined {
    return Hold.#firstOpen(context.getStore());
  }

  static #firstOpen(hold: Hold | undefined): Hold | undefined {
    let one = hold;
    while (one !== undefined && !one.#open) one = one.#outer;
    return one;
  }

  /** The line of its children. */
  get inner(): Line {
    this.#inner ??= new InnerLine(this.loss);
    return this.#inner;
  }

  /** The open hold around this one. Those that have ended are forgotten: a chain of calls is no leak. */
  get outer(): Hold | undefined {
    this.#outer = Hold.#firstOpen(this.#outer);
    return this.#outer;
  }

  /** Runs `work` inside, and ends the hold with it. */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await context.run(this, work);
    } finally {
      this.#end();
    }
  }

  /** Takes note that something inside waits in a line. Returns the way to forget it. */
  noteWait(line: Line): () => void {
    const wait = { line };
    this.#waits.add(wait);
    return () => this.#waits.delete(wait);
  }

  /** Whether what it waits for, and what the holders of that wait for, ends at one of `holds`. */
  waitsFor(holds: readonly Hold[], seen: Set<Hold> = new Set()): boolean {
    if (holds.includes(this)) return true;
    if (seen.has(this)) return false;
    seen.add(this);
    // A hold that has ended waits for the child alone that is still in: what else was left running holds nothing up.
    if (!this.#open) return this.#inner?.holder?.waitsFor(holds, seen) ?? false;
    return [...this.#waits].some(({ line }) => line.holder?.waitsFor(holds, seen));
  }

  #end(): void {
    this.#open = false;
    const child = this.#inner?.holder;
    const free = (): void => this.#line.leave(this.#lease);
    if (this.#inner === undefined) free();
    else this.#inner.end(child === undefined ? free : () => {});
    if (child !== undefined) child.#succeed(this);
  }

  /** Takes the place of the hold that it was let in by: calls that each begin the next one make no chain. */
  #succeed(parent: Hold): void {
    this.#line = parent.#line;
    this.#lease = parent.#lease;
    this.#line.holder = this;
    if (this.#outer === parent) this.#outer = parent.#outer;
  }
}

/** The open holds of the present context, the innermost one first. */
export function* openHolds(): Generator<Hold, void> {
  for (let hold = Hold.innermost(); hold !== undefined; hold = hold.outer) yield hold;
}
