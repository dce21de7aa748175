import { Option } from 'commander';
import { OptionError } from '../../core/hawser-error.js';
import type { Define } from '../define.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { parseDuration } from '../options/duration.js';
import { addHostOptions, addTestbedOption } from '../options/host-options.js';
import { read, wholeNumber } from '../options/option-parsers.js';
import { addSessionOption } from '../options/session-option.js';
import { addTerminalOptions } from '../options/terminal-options.js';
import { TAIL_OUTPUTS, type TailFlags } from './tail-flags.js';

const EXAMPLES = `
It follows the name through rotation and lost links, until Ctrl-C ends it.

Examples:
  hawser tail -H 'web[01-03]' /var/log/nginx/error.log
  hawser tail -g db -n 100 --no-follow /var/log/postgresql/main.log
  hawser tail -H web01 --from start --output ndjson app.log
`;

/** Defines `hawser tail`. */
export const defineTail: Define = (program, act) => {
  const command = program
    .command('tail')
    .description('Follow a file on hosts')
    .argument('<file>')
    .addHelpText('after', EXAMPLES);
  addTestbedOption(addHostOptions(command));
  addSessionOption(addConnectionOptions(command)).option(
    '--connect-concurrency <n>',
    'handshakes at once (32)',
    wholeNumber(1),
  );
  command
    .optionsGroup('The file:')
    .option('-n, --lines <n>', 'how many of the last lines come first (10)', wholeNumber(0))
    .option('--from <where>', 'start, end, or an offset in bytes', read(parseStart))
    .option('--wait', 'wait for a file that is not there yet')
    .option('--no-follow', 'show what is there, and end')
    .option('--poll-interval <time>', 'between two looks at a file (500ms)', read(parseDuration));
  command
    .optionsGroup('Output:')
    .addOption(new Option('--output <kind>', 'stream (default), ndjson').choices([...TAIL_OUTPUTS]).default('stream'))
    .option('--raw', 'let control characters through to the terminal')
    .option('-q, --quiet', 'say nothing of rotation and the like');
  addTerminalOptions(command);
  command.action(async (file: string, flags: TailFlags) =>
    act(flags, async (context) => (await import('./tail.js')).tail(file, flags, context)),
  );
};

function parseStart(text: string): 'start' | 'end' | number {
  if (text === 'start' || text === 'end') return text;
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new OptionError(`Expected start, end or an offset in bytes, got ${JSON.stringify(text)}.`);
}
