import type { HostOutcome } from '../connection/results/host-value.js';
import type { MultiResult } from '../connection/results/multi-result.js';
import { LONGEST_TIMER } from '../core/deadline.js';
import { OptionError } from '../core/hawser-error.js';
import { checkLimit } from '../core/limiter.js';
import { type Batch, makeBatches } from './batches.js';

/** Some of the hosts of a call, done before the next ones begin. */
export interface FleetBatch {
  /** 1 for the first. */
  readonly number: number;
  /** How many there are. */
  readonly of: number;
  /** Whether these are the hosts of `canary`. */
  readonly canary: boolean;
  /** In the order in which they are begun. */
  readonly keys: readonly string[];
}

/** What a health gate is given besides the results of the batch. */
export interface GateScope {
  /** The batch that is done. */
  readonly batch: FleetBatch;
  /** Fires when the call is aborted or the fleet is closed: nobody waits for the answer then. */
  readonly signal: AbortSignal;
}

/**
 * How a call goes over its hosts little by little, and when it leaves off. A host that is not reached has the outcome
 * `skipped`, and an error that says which of these options kept it from being started.
 */
export interface RollingOptions<T extends HostOutcome = HostOutcome> {
  /**
   * The sizes of the batches: numbers of hosts, or shares of all of them such as `'20%'`, rounded down, but at least one
   * host. The last size repeats. A batch is done entirely before the next begins; `batchSize` still bounds how many are
   * worked on at once inside of it. Default: all hosts are one batch.
   */
  readonly serial?: number | string | readonly (number | string)[];
  /**
   * So many hosts (or such a share of all of them) go first, as a batch of their own before those of `serial`. If one of
   * them fails, nothing more is started. Default: none.
   */
  readonly canary?: number | `${number}%`;
  /** After each batch but the last, in milliseconds, before `between` is asked. Default 0. */
  readonly pauseBetween?: number;
  /**
   * A health gate, asked after each batch but the last, with the results of that batch: `true` goes on. After `false`,
   * or an error, nothing more is started.
   */
  between?(result: MultiResult<T>, scope: GateScope): boolean | Promise<boolean>;
  /** Start no further host once one has failed. Those that run are let finish. Default `false`. */
  readonly failFast?: boolean;
  /** How many hosts (or what share of them), over all batches, may fail before no further one is started. Default: all. */
  readonly maxFailures?: number | `${number}%`;
  /** The order in which hosts are begun; results are in the order of the fleet either way. Default `'fleet'`. */
  readonly order?: 'fleet' | 'random';
  /** Told of each batch as it begins. An error that it throws stops the call as one of `between` does. */
  onBatch?(batch: FleetBatch): void;
}

/** The rolling options of one call on a number of hosts, checked. */
export interface RollingPlan<T extends HostOutcome = HostOutcome> {
  /** The number of failed hosts past which no further one is started. */
  readonly tolerated: number;
  readonly batches: readonly Batch[];
  readonly pauseBetween: number;
  readonly between: RollingOptions<T>['between'];
  readonly onBatch: RollingOptions<T>['onBatch'];
}

/** Checks how a call is to go over `total` hosts. Throws {@link OptionError} for what cannot be meant. */
export function planRolling<T extends HostOutcome>(o: RollingOptions<T>, total: number): RollingPlan<T> {
  const { serial, canary, between, onBatch, order = 'fleet', pauseBetween = 0, maxFailures, failFast = false } = o;
  const tolerated = maxFailures === undefined ? Number.POSITIVE_INFINITY : failuresAllowed(maxFailures, total);
  if (order !== 'fleet' && order !== 'random') {
    throw new OptionError(`Expected the \`order\` option to be "fleet" or "random", got ${String(order)}.`);
  }
  if (typeof pauseBetween !== 'number' || !(pauseBetween >= 0 && pauseBetween <= LONGEST_TIMER)) {
    throw new OptionError(
      `Expected the \`pauseBetween\` option to be a number of milliseconds, 0 or more and below 25 days, got ${String(pauseBetween)}.`,
    );
  }
  checkFunction('between', between);
  checkFunction('onBatch', onBatch);
  if (serial === undefined && canary === undefined && (between !== undefined || pauseBetween > 0)) {
    throw new OptionError(
      `Expected \`serial\` or \`canary\` beside \`${between === undefined ? 'pauseBetween' : 'between'}\`: all hosts are one batch without them.`,
    );
  }
  return {
    tolerated: failFast ? 0 : tolerated,
    batches: makeBatches({
      total,
      order,
      canary: canary === undefined ? 0 : hostsOf('canary', canary, total),
      sizes: serial === undefined ? [Math.max(1, total)] : sizesOf(serial, total),
    }),
    pauseBetween,
    between,
    onBatch,
  };
}

function sizesOf(serial: number | string | readonly (number | string)[], total: number): number[] {
  const list = typeof serial === 'number' || typeof serial === 'string' ? [serial] : serial;
  if (Array.isArray(list) && list.length > 0) return list.map((one) => hostsOf('serial', one, total));
  throw new OptionError(
    `Expected the \`serial\` option to be a number of hosts, a share such as "20%", or a list of them, got ${Array.isArray(list) ? 'an empty list' : String(list)}.`,
  );
}

/** How many hosts a number or a share of them means: at least one. */
function hostsOf(name: 'serial' | 'canary', value: number | string, total: number): number {
  if (typeof value === 'number') return checkLimit(name, value);
  const share = shareOf(value);
  if (share !== undefined && share > 0) return Math.max(1, Math.floor((share * total) / 100));
  throw new OptionError(
    `Expected the \`${name}\` option to have positive integers, or shares such as "20%", got ${JSON.stringify(value)}.`,
  );
}

function failuresAllowed(value: number | string, total: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const share = shareOf(value);
  if (share !== undefined) return Math.floor((share * total) / 100);
  throw new OptionError(
    `Expected the \`maxFailures\` option to be an integer of 0 or more, or a share such as "25%", got ${String(value)}.`,
  );
}

/** The number of a share such as `"20%"`, from 0 to 100. */
function shareOf(value: unknown): number | undefined {
  const [, share] = typeof value === 'string' ? (/^(\d+(?:\.\d+)?)%$/.exec(value) ?? []) : [];
  return share !== undefined && Number(share) <= 100 ? Number(share) : undefined;
}

function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new OptionError(`Expected the \`${name}\` option to be a function, got ${typeof value}.`);
}
