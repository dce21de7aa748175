import type { Command } from 'commander';
import type { FleetOptions, MultiOptions } from '../../fleet/fleet-options.js';
import { parseDuration } from './duration.js';
import { failureLimit, read, wholeNumber } from './option-parsers.js';

/** The flags that say how much is done at once, and when to leave off. */
export interface PacingFlags {
  readonly timeout?: number;
  readonly batchSize?: number;
  readonly connectConcurrency?: number;
  readonly maxConnections?: number;
  readonly failFast?: true;
  readonly maxFailures?: number | `${number}%`;
}

/** Adds the flags that say how much is done at once, and when to leave off. */
export function addPacingOptions(command: Command): Command {
  return command
    .optionsGroup('Limits:')
    .option('--timeout <time>', 'for each host, its connect included: 10, 500ms', read(parseDuration))
    .option('--batch-size <n>', 'hosts worked on at once (100)', wholeNumber(1))
    .option('--connect-concurrency <n>', 'handshakes at once (32)', wholeNumber(1))
    .option('--max-connections <n>', 'open connections at once', wholeNumber(1))
    .option('--fail-fast', 'start no further host once one has failed')
    .option('--max-failures <n|n%>', 'start no further host once more have failed', failureLimit);
}

/** What the flags say of a whole fleet. */
export function fleetLimits({ batchSize, connectConcurrency, maxConnections }: PacingFlags): MultiOptions {
  return {
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(connectConcurrency === undefined ? {} : { connectConcurrency }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
  };
}

/** What the flags say of one call on it. */
export function callLimits({ timeout, failFast, maxFailures }: PacingFlags): FleetOptions {
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(failFast === undefined ? {} : { failFast }),
    ...(maxFailures === undefined ? {} : { maxFailures }),
  };
}
