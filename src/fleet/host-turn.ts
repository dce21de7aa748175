import type { Connection } from '../connection/connection.js';
import { CallScope } from '../core/deadline.js';
import { ClosedError, TimeoutError } from '../core/errors.js';
import type { Admission } from './admission.js';
import type { HostPool } from './host-pool.js';
import type { Operation } from './operation.js';

/** Options of {@link HostTurn.take}. */
export interface TurnOptions {
  /**
   * Whether the work is given the signal although the caller set neither a signal nor a time limit. A command that may
   * be ended costs a wrapper; without one, closing the connection has to do.
   */
  readonly alwaysHeeds: boolean;
}

/** One host's turn in a call: a connection of its pool, connected, for as long as the work lasts. */
export class HostTurn<out C extends Connection = Connection> {
  readonly #pool: HostPool<C>;
  readonly #operation: Operation;
  readonly #admission: Admission;
  #begun: number | undefined;
  #connected = false;

  constructor(pool: HostPool<C>, operation: Operation, admission: Admission) {
    this.#pool = pool;
    this.#operation = operation;
    this.#admission = admission;
  }

  /** Whether the host's turn came: before that it only waited for others. */
  get begun(): boolean {
    return this.#begun !== undefined;
  }

  /** Since the turn came, in milliseconds. */
  get durationMs(): number {
    return this.#begun === undefined ? 0 : performance.now() - this.#begun;
  }

  /** Runs `work` on the least busy connection. Throws what it throws, and what kept it from running. */
  async take<T>(o: TurnOptions, work: (connection: C, signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
    const member = this.#pool.leastBusy();
    if (member === undefined) throw new ClosedError(`${this.#pool.key} has left the fleet.`);
    const { timeout, signal } = this.#operation.plan;
    const heeds = o.alwaysHeeds || timeout !== undefined || signal !== undefined || !member.owned;
    this.#admission.take(member);
    if (heeds) member.heeding += 1;
    let scope: CallScope | undefined;
    const begin = (): AbortSignal => {
      this.#begun = performance.now();
      if (timeout !== undefined) scope = new CallScope(this.#operation.signal, timeout, () => this.#timedOut(timeout));
      return scope?.signal ?? this.#operation.signal;
    };
    try {
      const { connection } = member;
      if (!connection.connected) {
        await this.#admission.connect(member, this.#operation.signal, () => connection.connect({ signal: begin() }));
      } else begin();
      this.#connected = true;
      return await work(connection, heeds ? (scope?.signal ?? this.#operation.signal) : undefined);
    } finally {
      scope?.[Symbol.dispose]();
      if (heeds) member.heeding -= 1;
      this.#admission.giveBack(member);
    }
  }

  #timedOut(ms: number): TimeoutError {
    const { key, host } = this.#pool;
    const phase = this.#connected ? 'execute' : 'connect';
    const where = this.#connected ? '' : ', and was still connecting';
    return new TimeoutError(`${key} was not done within ${ms} ms${where}.`, { phase, ms, host, key });
  }
}
