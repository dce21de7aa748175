import type { Connection } from '../connection/connection.js';
import { abortReason, onAbort } from '../core/abort.js';
import type { CallScope } from '../core/deadline.js';
import { TimeoutError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';
import type { Admission } from './admission.js';
import { connectWithRetries } from './connect-retries.js';
import { type HostPool, hasLeft, type Turn } from './host-pool.js';
import type { Operation } from './operation.js';

/** Options of {@link HostTurn.take}. */
export interface TurnOptions {
  /**
   * Whether the work is given the signal although the caller set neither a signal nor a time limit. A command that may
   * be ended costs a wrapper; without one, closing the connection has to do.
   */
  readonly alwaysHeeds: boolean;
  /**
   * Whether nothing listens to the signal any more once the work has ended, so that the next host may be given it. That
   * of the caller's own function is never sure. Default `false`.
   */
  readonly freesSignal?: boolean;
}

function ignore(): void {}

/** One host's turn in a call: a connection of its pool, connected, for as long as the work lasts. */
export class HostTurn<out C extends Connection = Connection> implements Turn {
  readonly pool: HostPool<C>;
  readonly #operation: Operation;
  readonly #admission: Admission;
  #begun: number | undefined;
  #connected = false;
  #heeds = false;
  #scope: CallScope | undefined;
  #letGo: (cause: HawserError) => void = ignore;
  #stopListening: () => void = ignore;
  #whenEnded: (() => void)[] | undefined;

  constructor(pool: HostPool<C>, operation: Operation, admission: Admission) {
    this.pool = pool;
    this.#operation = operation;
    this.#admission = admission;
  }

  /** Whether the host's turn came: before that it only waited for others. */
  get begun(): boolean {
    return this.#begun !== undefined;
  }

  /** What says of a result that the host's turn never came; nothing where it did. */
  get skipped(): { readonly outcome?: 'skipped' } {
    return this.begun ? {} : { outcome: 'skipped' };
  }

  /** Since the turn came, in milliseconds. */
  get durationMs(): number {
    return this.#begun === undefined ? 0 : performance.now() - this.#begun;
  }

  get heeds(): boolean {
    return this.#heeds;
  }

  get endsItself(): boolean {
    return this.#heeds || !this.#connected;
  }

  end(cause: HawserError): void {
    if (this.endsItself) this.#scope?.abort(cause);
    else this.#letGo(cause);
  }

  handOver(): void {
    const { signal } = this.#operation;
    const doing = `working on ${this.pool.key}`;
    this.#stopListening();
    this.#stopListening = onAbort(signal, () => this.end(abortReason(signal, doing, this.pool.host)));
  }

  ended(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenEnded ??= [];
      this.#whenEnded.push(resolve);
    });
  }

  /** Runs `work` on the least busy connection. Throws what it throws, and what kept it from running. */
  async take<T>(o: TurnOptions, work: (connection: C, signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
    const { pool } = this;
    const member = pool.leastBusy();
    if (member === undefined) throw hasLeft(pool);
    const { connection } = member;
    const { timeout, signal, retries } = this.#operation.plan;
    this.#heeds = o.alwaysHeeds || timeout !== undefined || signal !== undefined || !member.owned;
    this.#admission.take(member);
    member.turns.add(this);
    if (this.#heeds || !connection.connected) this.#scope = this.#operation.openScope();
    try {
      if (connection.connected) this.#begin(timeout);
      else {
        await connectWithRetries(retries, this.#signal, () =>
          this.#admission.connect(member, this.#signal, () => {
            this.#begin(timeout);
            return connection.connect({ signal: this.#signal });
          }),
        );
      }
      this.#connected = true;
      return await new Promise<T>((resolve, reject) => {
        this.#letGo = reject;
        work(connection, this.#heeds ? this.#signal : undefined).then(resolve, reject);
      });
    } finally {
      this.#leaveScope(o.freesSignal ?? false);
      this.#stopListening();
      member.turns.delete(this);
      this.#admission.giveBack(member);
      for (const tell of this.#whenEnded ?? []) tell();
    }
  }

  /** What is told to end from now on is over. */
  #leaveScope(isFree: boolean): void {
    if (this.#scope !== undefined) this.#operation.closeScope(this.#scope, isFree);
    this.#scope = undefined;
  }

  get #signal(): AbortSignal {
    return this.#scope?.signal ?? this.#operation.signal;
  }

  #begin(timeout: number | undefined): void {
    if (this.begun) return;
    this.#begun = performance.now();
    if (timeout !== undefined) this.#scope?.limit(timeout, () => this.#timedOut(timeout));
  }

  #timedOut(ms: number): TimeoutError {
    const { key, host } = this.pool;
    const phase = this.#connected ? 'execute' : 'connect';
    const where = this.#connected ? '' : ', and was still connecting';
    return new TimeoutError(`${key} was not done within ${ms} ms${where}.`, { phase, ms, host, key });
  }
}
