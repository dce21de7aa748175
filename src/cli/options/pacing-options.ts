import { type Command, Option } from 'commander';
import { defined } from '../../core/defined.js';
import { OptionError } from '../../core/hawser-error.js';
import type { FleetOptions, MultiOptions } from '../../fleet/fleet-options.js';
import { parseDuration } from './duration.js';
import { failureLimit, hostCount, hostCounts, read, wholeNumber } from './option-parsers.js';

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

/**
 * Adds the flags that say how much is done at once, and when to leave off. A command shows those of them that are used
 * most, one with many flags of its own no more than two; it takes the others as well.
 */
export function addPacingOptions(command: Command, show: 'most' | 'few' = 'most'): Command {
  const rolling = (flags: string, description: string): Option =>
    new Option(flags, description).hideHelp(show === 'few');
  const rare = (flags: string, description: string): Option => new Option(flags, description).hideHelp();
  return command
    .optionsGroup('Limits:')
    .option('--timeout <time>', 'for each host, its connect included: 10, 500ms', read(parseDuration))
    .option('--batch-size <n>', 'hosts worked on at once (100)', wholeNumber(1))
    .addOption(rare('--connect-concurrency <n>', 'handshakes at once (32)').argParser(wholeNumber(1)))
    .addOption(rare('--max-connections <n>', 'open connections at once').argParser(wholeNumber(1)))
    .addOption(rare('--fail-fast', 'start no further host once one has failed'))
    .addOption(rare('--order <order>', 'fleet (default), random').choices(['fleet', 'random']))
    .addOption(rolling('--serial <n|n%,...>', 'in batches of so many: 1,5,20%').argParser(hostCounts))
    .addOption(rolling('--canary <n|n%>', 'so many first; nothing more if one fails').argParser(hostCount))
    .addOption(rare('--pause <time>', 'between batches: 30, 5m').argParser(read(parseDuration)))
    .addOption(rolling('--max-failures <n|n%>', 'start no further host once more have failed').argParser(failureLimit))
    .addOption(rare('--retries <n>', 'of a connect that fails for a while').argParser(wholeNumber(0)));
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
