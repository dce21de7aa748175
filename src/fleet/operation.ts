import { setMaxListeners } from 'node:events';
import type { Connection } from '../connection/connection.js';
import { abortReason, onAbort } from '../core/abort.js';
import { AbortError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';
import type { FleetPlan } from './fleet-options.js';
import type { Publish } from './fleet-run.js';
import type { HostPool } from './host-pool.js';
import type { HostOutcome } from './host-value.js';

/** What is done on each host of a call. Neither throws: a failure is a result. */
export interface HostWork<T, in C extends Connection = Connection> {
  run(pool: HostPool<C>): Promise<T>;
  /** The result of a host that is not started. */
  skip(pool: HostPool, why: HawserError): T;
}

/**
 * One call over many hosts: a window of `batchSize` that slides over them in the order of the fleet, and the one signal
 * that ends it, whoever wants it to end.
 */
export class Operation {
  readonly plan: FleetPlan;
  readonly #controller = new AbortController();
  #cause: HawserError | undefined;

  constructor(plan: FleetPlan) {
    this.plan = plan;
    // Each host that connects listens, and the window may be any size.
    setMaxListeners(0, this.#controller.signal);
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

  /** Goes over the hosts; settles when every one of them has its result. */
  async run<T extends HostOutcome, C extends Connection>(
    pools: readonly HostPool<C>[],
    work: HostWork<T, C>,
    publish: Publish<T>,
  ): Promise<void> {
    const { batchSize, signal, tolerated } = this.plan;
    const stop = onAbort(signal, () => {
      if (signal) this.abort(abortReason(signal, `working on ${pools.length} hosts`));
    });
    let next = 0;
    let failures = 0;
    const walk = async (): Promise<void> => {
      for (let index = next++; index < pools.length; index = next++) {
        const pool = pools[index];
        if (pool === undefined) return;
        const why = this.#cause ?? (failures > tolerated ? tooManyFailed(failures, tolerated) : undefined);
        if (why !== undefined) {
          publish(index, work.skip(pool, why));
          continue;
        }
        const result = await work.run(pool);
        if (!result.ok) failures += 1;
        publish(index, result);
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(batchSize, pools.length) }, walk));
    } finally {
      stop();
    }
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

function tooManyFailed(failures: number, tolerated: number): AbortError {
  const hosts = failures === 1 ? '1 host' : `${failures} hosts`;
  return new AbortError(`Not started: ${hosts} had failed before its turn, and ${tolerated} may fail.`);
}
