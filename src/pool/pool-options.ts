import type { Abortable } from '../core/abort.js';
import type { ReconnectOptions } from '../core/backoff.js';
import { checkTimeout } from '../core/deadline.js';
import { type HawserError, OptionError } from '../core/hawser-error.js';
import { checkLimit } from '../core/limiter.js';

/** What a pool is made with. Times are in milliseconds; where 0 is given or nothing, there is no limit. */
export interface PoolOptions<C> {
  /** How many workers there are at most: a positive integer. They are started as they are needed, or by `connect`. */
  readonly size: number;
  /** How long a call waits for a worker, unless it says otherwise itself. Default: for ever. */
  readonly timeout?: number | undefined;
  /** A worker that nobody needed for so long is disconnected, and connects again when it is needed. */
  readonly idleTimeout?: number | undefined;
  /** A worker that has been connected for so long is replaced, though never while it is lent. */
  readonly maxAge?: number | undefined;
  /** How many calls may wait besides those for which a worker is being started. Default: any number. */
  readonly maxWaiters?: number | undefined;
  /** How long the leases under way may take when the pool is disconnected, before they are cut. Default 5,000. */
  readonly drainTimeout?: number | undefined;
  /**
   * How workers that were lost are made again: the first attempt is made at once, when a call needs one. When all attempts
   * have failed and no worker stands, those who wait are told why; while others stand it goes on, with the longest pauses.
   * Default: `{ attempts: 5 }`, within about 8 seconds.
   */
  readonly reconnect?: ReconnectOptions | undefined;
  /**
   * Asked before a worker is lent: one for which it gives `false`, throws, or takes longer than 10 seconds, is replaced.
   */
  validate?(worker: C): Promise<boolean>;
  /** Puts a worker that comes back in order. One for which it throws, or takes longer than 10 seconds, is replaced. */
  reset?(worker: C): Promise<void>;
  /** Is told why a worker could not be started: it is tried again while others stand. */
  onWorkerFailed?(error: HawserError, index: number): void;
}

/** How a call waits for a worker. */
export interface AcquireWorkerOptions extends Abortable {
  /** In milliseconds; 0: for ever. Default: the pool's `timeout`. */
  readonly timeout?: number | undefined;
}

/** The numbers of a pool. */
export interface PoolStats {
  /** How many workers there are at most. */
  readonly size: number;
  /** How many are connected and free. */
  readonly idle: number;
  readonly leased: number;
  /** How many calls wait. */
  readonly waiting: number;
  /** How many workers have been replaced so far. */
  readonly replaced: number;
}

/** The options of a pool, checked, with what was left open filled in. */
export interface PoolPlan<C> extends Pick<PoolOptions<C>, 'validate' | 'reset' | 'onWorkerFailed'> {
  readonly size: number;
  readonly timeout: number | undefined;
  readonly idleTimeout: number | undefined;
  readonly maxAge: number | undefined;
  readonly maxWaiters: number;
  readonly drainTimeout: number;
  readonly reconnect: ReconnectOptions;
}

const DRAIN_TIMEOUT = 5000;
const ATTEMPTS = 5;

/** Checks the options at the door. Throws `OptionError` for what cannot be meant. */
export function planPool<C>(o: PoolOptions<C>): PoolPlan<C> {
  const { validate, reset, onWorkerFailed } = o;
  for (const [name, value] of Object.entries({ validate, reset, onWorkerFailed })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new OptionError(`Expected the \`${name}\` option to be a function, got ${String(value)}.`);
    }
  }
  return {
    size: checkLimit('size', o.size),
    timeout: checkWait('timeout', o.timeout),
    idleTimeout: checkWait('idleTimeout', o.idleTimeout),
    maxAge: checkWait('maxAge', o.maxAge),
    maxWaiters: checkMaxWaiters(o.maxWaiters),
    drainTimeout: checkTimeout('drainTimeout', o.drainTimeout) ?? DRAIN_TIMEOUT,
    reconnect: { attempts: ATTEMPTS, ...o.reconnect },
    ...(validate === undefined ? {} : { validate }),
    ...(reset === undefined ? {} : { reset }),
    ...(onWorkerFailed === undefined ? {} : { onWorkerFailed }),
  };
}

/** Checks a time limit of which 0 means none. */
export function checkWait(name: string, value: number | undefined): number | undefined {
  return value === 0 ? undefined : checkTimeout(name, value);
}

function checkMaxWaiters(value: number | undefined): number {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new OptionError(`Expected the \`maxWaiters\` option to be a non-negative integer, got ${String(value)}.`);
}
