import { type Command, Option } from 'commander';
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

/**
 * Adds the flags that say how much is done at once, and when to leave off. A command with many flags of its own shows the
 * three of them that are used most; it takes the others as well.
 */
export function addPacingOptions(command: Command, show: 'all' | 'most' = 'all'): Command {
  const rare = (flags: string, description: string): Option => new Option(flags, description).hideHelp(show === 'most');
  return command
    .optionsGroup('Limits:')
    .option('--timeout <time>', 'for each host, its connect included: 10, 500ms', read(parseDuration))
    .option('--batch-size <n>', 'hosts worked on at once (100)', wholeNumber(1))
    .addOption(rare('--connect-concurrency <n>', 'handshakes at once (32)').argParser(wholeNumber(1)))
    .addOption(rare('--max-connections <n>', 'open connections at once').argParser(wholeNumber(1)))
    .addOption(rare('--fail-fast', 'start no further host once one has failed'))
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
