import type { Abortable } from '../core/abort.js';
import { checkTimeout } from '../core/deadline.js';
import { OptionError } from '../core/hawser-error.js';
import { checkLimit } from '../core/limiter.js';
import type { Target } from '../inventory/target.js';

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

/** Options of work on the hosts of a fleet. */
export interface FleetOptions extends Abortable {
  /** For this call alone. Default: the fleet's. */
  readonly batchSize?: number;
  /** For each host, in milliseconds from the moment at which its turn comes, the connect included. Default: none. */
  readonly timeout?: number;
  /** Start no further host once one has failed. Those that run are let finish. Default `false`. */
  readonly failFast?: boolean;
  /** How many hosts (or what share of them) may fail before no further one is started. Default: all of them. */
  readonly maxFailures?: number | `${number}%`;
}

/** Options of `MultiConnection.connect` and `MultiConnection.open`. */
export interface ConnectAllOptions extends Abortable {
  /** Hosts that cannot be reached leave the fleet. Default `false`. */
  readonly pruneFailures?: boolean;
  /** For each host's connect, in milliseconds. Default: the target's own limit. */
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

/** How one call goes over its hosts. */
export interface FleetPlan {
  readonly batchSize: number;
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** The number of failed hosts past which no further one is started. */
  readonly tolerated: number;
}

/** The options of one call on `total` hosts, checked. Throws {@link OptionError}. */
export function planFleet(o: FleetOptions, limits: FleetLimits, total: number): FleetPlan {
  const { maxFailures, failFast = false } = o;
  const tolerated = maxFailures === undefined ? Number.POSITIVE_INFINITY : failuresAllowed(maxFailures, total);
  return {
    batchSize: checkLimit('batchSize', o.batchSize ?? limits.batchSize),
    timeout: checkTimeout('timeout', o.timeout),
    signal: o.signal,
    tolerated: failFast ? 0 : tolerated,
  };
}

function failuresAllowed(value: number | string, total: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const [, share] = /^(\d+(?:\.\d+)?)%$/.exec(String(value)) ?? [];
  if (typeof value === 'string' && share !== undefined && Number(share) <= 100) {
    return Math.floor((Number(share) * total) / 100);
  }
  throw new OptionError(
    `Expected the \`maxFailures\` option to be an integer of 0 or more, or a share such as "25%", got ${String(value)}.`,
  );
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
