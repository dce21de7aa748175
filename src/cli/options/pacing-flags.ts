import { defined } from '../../core/defined.js';
import { OptionError } from '../../core/hawser-error.js';
import type { FleetOptions, MultiOptions } from '../../fleet/fleet-options.js';

/** The flags that say how much is done at once, and when to leave off. */
export interface PacingFlags {
  readonly timeout?: number;
  readonly batchSize?: number;
  readonly connectConcurrency?: number;
  readonly maxConnections?: number;
  readonly failFast?: true;
  readonly maxFailures?: number | `${number}%`;
  readonly serial?: readonly (number | `${number}%`)[];
  readonly canary?: number | `${number}%`;
  readonly pause?: number;
  readonly retries?: number;
  readonly order?: 'fleet' | 'random';
}

/** What the flags say of a whole fleet. */
export function fleetLimits({ batchSize, connectConcurrency, maxConnections }: PacingFlags): MultiOptions {
  return {
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(connectConcurrency === undefined ? {} : { connectConcurrency }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
  };
}

/** What the flags say of one call on it. Throws {@link OptionError} for `--pause` without batches to pause between. */
export function callLimits(flags: PacingFlags): FleetOptions {
  const { timeout, failFast, maxFailures, serial, canary, pause, retries, order } = flags;
  if (pause !== undefined && serial === undefined && canary === undefined) {
    throw new OptionError('Expected --serial or --canary beside --pause: all hosts are one batch without them.');
  }
  return defined({ timeout, failFast, maxFailures, serial, canary, pauseBetween: pause, retries, order });
}
