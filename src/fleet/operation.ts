import { setMaxListeners } from 'node:events';
import type { Connection } from '../connection/connection.js';
import { abortReason, onAbort, shareListener } from '../core/abort.js';
import { CallScope } from '../core/deadline.js';
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
  /** Those of the hosts that are worked on. */
  readonly #scopes = new Set<CallScope>();
  /** Those of hosts that are done, which ended nothing: a new signal costs more than many a command. */
  readonly #spare: CallScope[] = [];
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
    for (const scope of this.#scopes) scope.abort(cause);
  }

  /** A scope for the work on one host, which ends with the operation. */
  openScope(): CallScope {
    const scope = this.#spare.pop() ?? newScope();
    this.#scopes.add(scope);
    if (this.#cause !== undefined) scope.abort(this.#cause);
    return scope;
  }

  /** Takes a scope back. `isFree`: nothing listens to its signal any more, and the next host may have it. */
  closeScope(scope: CallScope, isFree: boolean): void {
    scope[Symbol.dispose]();
    this.#scopes.delete(scope);
    if (isFree && !scope.signal.aborted) this.#spare.push(scope);
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

/** Its signal is lent to one host after the other. */
function newScope(): CallScope {
  const scope = new CallScope();
  shareListener(scope.signal);
  return scope;
}
