import { type Command, Option } from 'commander';
import type { Define } from '../define.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { addHostOptions, addTestbedOption } from '../options/host-options.js';
import { read } from '../options/option-parsers.js';
import { addPacingOptions } from '../options/pacing-options.js';
import { addSessionOption } from '../options/session-option.js';
import { parseSize } from '../options/size.js';
import { addTerminalOptions } from '../options/terminal-options.js';
import { addCommandOptions } from './command-options.js';
import { OUTPUT_KINDS, type RunFlags } from './run-flags.js';

const EXAMPLES = `
The words after -- are one line for the remote shell, as with ssh.

Examples:
  hawser run -H 'web[01-04],db1' -- uptime
  hawser run -g web --output fold -- 'rpm -q kernel'
  hawser run -H 'web[01-40]' --serial 1,25% --max-failures 2 -- systemctl restart app
`;

/** Defines `hawser run`. */
export const defineRun: Define = (program, act) => {
  const command = program
    .command('run')
    .description('Run a command on hosts')
    .argument('[command...]')
    .passThroughOptions()
    .addHelpText('after', EXAMPLES);
  addTestbedOption(addHostOptions(command)).option('--retry-failed [id]', 'those that failed in the last run');
  addSessionOption(addConnectionOptions(command));
  addPacingOptions(command);
  addCommandOptions(command);
  addShowing(command);
  command.action(async (words: string[], flags: RunFlags) =>
    act(flags, async (context) => (await import('./run.js')).run(words, flags, context)),
  );
};

function addShowing(command: Command): void {
  command
    .optionsGroup('Output:')
    .addOption(
      new Option('--output <kind>', 'stream (default), fold, table, json, ndjson')
        .choices([...OUTPUT_KINDS])
        .default('stream'),
    )
    .addOption(new Option('--raw', 'let control characters through to the terminal').hideHelp())
    .addOption(new Option('--max-output <size>', 'kept of each stream of a host').argParser(read(parseSize)).hideHelp())
    .option('-q, --quiet', 'no summary')
    .option('--keep-output', 'keep what they write, for hawser runs ID')
    .option('--no-record', 'keep nothing of this run for hawser runs');
  addTerminalOptions(command);
}
