import { setMaxListeners } from 'node:events';
import type { Connection } from '../connection/connection.js';
import { abortReason, onAbort } from '../core/abort.js';
import type { HawserError } from '../core/hawser-error.js';
import type { CallPlan } from './fleet-options.js';
import type { HostPool } from './host-pool.js';

/** What is done on each host of a call. Neither throws: a failure is a result. */
export interface HostWork<T, in C extends Connection = Connection> {
  run(pool: HostPool<C>): Promise<T>;
  /** The result of a host that is not started. */
  skip(pool: HostPool, why: HawserError): T;
}

/** One call over many hosts: what holds for each of them, and the one signal that ends it, whoever wants it to end. */
export class Operation {
  readonly plan: CallPlan;
  readonly #controller = new AbortController();
  #cause: HawserError | undefined;

  constructor(plan: CallPlan) {
    this.plan = plan;
    // Each host that connects listens, and the window may be any size.
    setMaxListeners(0, this.#controller.signal);
  }

  /** Why it was ended, if it was. */
  get cause(): HawserError | undefined {
    return this.#cause;
  }

  /** Fires when the caller's signal does, or the fleet is closed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends it: what runs is ended, what has not begun never does. The first cause stays. */
  abort(cause: HawserError): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#controller.abort(cause);
  }

  /** Ends it when the caller's signal fires. Returns the way to listen no longer. */
  followCaller(hosts: number): () => void {
    const { signal } = this.plan;
    return onAbort(signal, () => {
      if (signal) this.abort(abortReason(signal, `working on ${hosts} hosts`));
    });
  }
}

/** Makes the work of one call. */
export type MakeWork<T, C extends Connection = Connection> = (operation: Operation) => HostWork<T, C>;

/** A call that a fleet has begun. */
export interface Underway {
  readonly operation: Operation;
  /** Whether what it runs ends by itself when it is aborted. */
  readonly heeds: boolean;
  readonly done: Promise<void>;
}
