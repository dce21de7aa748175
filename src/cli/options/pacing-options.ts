import { type Command, Option } from 'commander';
import { parseDuration } from './duration.js';
import { failureLimit, hostCount, hostCounts, read, wholeNumber } from './option-parsers.js';

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
