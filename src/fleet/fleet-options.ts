import type { Connection } from '../connection/connection.js';
import type { HostOutcome, HostValue } from '../connection/results/host-value.js';
import type { Abortable } from '../core/abort.js';
import { checkTimeout } from '../core/deadline.js';
import { OptionError } from '../core/hawser-error.js';
import { checkLimit } from '../core/limiter.js';
import type { Target } from '../inventory/target.js';
import { planRolling, type RollingOptions, type RollingPlan } from './rolling-options.js';

/** Options of a `MultiConnection`. */
export interface MultiOptions {
  /** How many hosts one call works on at once: a sliding window. Default 100. */
  readonly batchSize?: number;
  /** How many handshakes are under way at once, over all calls. Default 32. */
  readonly connectConcurrency?: number;
  /**
   * How many connections of the fleet's own are open at once. Past it those that nobody uses are disconnected, the least
   * recently used first, so that thousands of hosts pass through. Borrowed connections do not count. Default: no limit.
   */
  readonly maxConnections?: number;
  /** Whether this machine stands for the target: one answer for all, or one for each target. Default `false`. */
  readonly local?: boolean | readonly boolean[];
  /** The target's `threadSafe`: one answer for all, or one for each target. Default: what the target says. */
  readonly threadSafe?: boolean | readonly boolean[];
  /** Fields for every target that does not set them itself. */
  readonly defaults?: Partial<Target>;
}

/** Options of `MultiConnection.fromConnections`. */
export interface FromConnectionsOptions extends MultiOptions {
  /** Whether the fleet closes the connections when it is closed. Default `false`: they are borrowed. */
  readonly own?: boolean;
}

/** Options of work on the hosts of a fleet; `T` is what each host's result is. */
export interface FleetOptions<T extends HostOutcome = HostOutcome> extends Abortable, RollingOptions<T> {
  /** For this call alone. Default: the fleet's. */
  readonly batchSize?: number;
  /** For each host, in milliseconds from the moment at which its turn comes, the connect included. Default: none. */
  readonly timeout?: number;
  /**
   * How many times a connect is tried again that failed for a reason which may pass (refused, reset, throttled, timed
   * out), with growing pauses, within `timeout`. Never one that failed for its host key or credentials, and never a
   * command: it may have run. Default 0.
   */
  readonly retries?: number;
}

/** Options of `MultiConnection.connect` and `MultiConnection.open`. */
export interface ConnectAllOptions<C extends Connection = Connection> extends FleetOptions<HostValue<C>> {
  /** Hosts that cannot be reached leave the fleet. Default `false`. */
  readonly pruneFailures?: boolean;
  /** For each try at a connect, in milliseconds. Default: the target's own limit. */
  readonly timeout?: number;
}

const DEFAULT_BATCH_SIZE = 100;
const DEFAULT_CONNECT_CONCURRENCY = 32;

/** The three limits of a fleet, checked. */
export interface FleetLimits {
  readonly batchSize: number;
  readonly connectConcurrency: number;
  readonly maxConnections: number | undefined;
}

/** Throws {@link OptionError} for a limit that is not a positive integer. */
export function checkLimits(o: MultiOptions): FleetLimits {
  const { maxConnections } = o;
  return {
    batchSize: checkLimit('batchSize', o.batchSize ?? DEFAULT_BATCH_SIZE),
    connectConcurrency: checkLimit('connectConcurrency', o.connectConcurrency ?? DEFAULT_CONNECT_CONCURRENCY),
    maxConnections: maxConnections === undefined ? undefined : checkLimit('maxConnections', maxConnections),
  };
}

/** What holds for each host of one call. */
export interface CallPlan {
  readonly batchSize: number;
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** How many times a connect is tried again. */
  readonly retries: number;
}

/** How one call goes over its hosts. */
export interface FleetPlan<T extends HostOutcome = HostOutcome> extends CallPlan {
  readonly rolling: RollingPlan<T>;
}

/** The options of one call on `total` hosts, checked. Throws {@link OptionError}. */
export function planFleet<T extends HostOutcome>(o: FleetOptions<T>, limits: FleetLimits, total: number): FleetPlan<T> {
  const { signal, retries = 0 } = o;
  if (!(Number.isSafeInteger(retries) && retries >= 0)) {
    throw new OptionError(`Expected the \`retries\` option to be a non-negative integer, got ${String(retries)}.`);
  }
  return {
    batchSize: checkLimit('batchSize', o.batchSize ?? limits.batchSize),
    timeout: checkTimeout('timeout', o.timeout),
    signal,
    retries,
    rolling: planRolling(o, total),
  };
}

/** Of the options of a call those that are not the fleet's: what each host's own work is given. */
export function withoutFleetOptions<O extends FleetOptions<never>>(o: O): Omit<O, keyof FleetOptions> {
  const {
    signal,
    batchSize,
    timeout,
    retries,
    serial,
    canary,
    pauseBetween,
    between,
    failFast,
    maxFailures,
    order,
    onBatch,
    ...own
  } = o;
  return own;
}

/** What `local` or `threadSafe` says of each target. Throws {@link OptionError} for a list of another length. */
export function answers(
  name: string,
  value: boolean | readonly boolean[] | undefined,
  total: number,
): (index: number) => boolean | undefined {
  if (typeof value === 'boolean' || value === undefined) return () => value;
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'boolean')) {
    throw new OptionError(`Expected the \`${name}\` option to be a boolean or a list of them, got ${String(value)}.`);
  }
  if (value.length !== total) {
    throw new OptionError(
      `Expected the \`${name}\` option to have one entry for each of the ${total} targets, got ${value.length}.`,
    );
  }
  return (index) => value[index];
}
