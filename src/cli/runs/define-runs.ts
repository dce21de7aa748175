import { Option } from 'commander';
import type { Define } from '../define.js';
import { addTerminalOptions } from '../options/terminal-options.js';
import type { RunsFlags } from './runs-flags.js';

const EXAMPLES = `
The last fifty runs are kept, without output unless --keep-output was given, in
$XDG_STATE_HOME/hawser/runs (~/.local/state/hawser/runs), for your eyes only.
Of a command that looks as if it held a secret, and of --env, nothing is kept.

Examples:
  hawser runs
  hawser runs 20261122-081530 --output json
  hawser run --retry-failed              the failed hosts of the last run, again
`;

/** Defines `hawser runs`. */
export const defineRuns: Define = (program, act) => {
  const command = program
    .command('runs')
    .description('List the last runs, or show one of them')
    .argument('[id]', 'the name of a run, or its beginning')
    .addHelpText('after', EXAMPLES)
    .addOption(new Option('--output <kind>', 'table (default), json').choices(['table', 'json']).default('table'));
  addTerminalOptions(command);
  command.action(async (id: string | undefined, flags: RunsFlags) =>
    act(flags, async (context) => (await import('./runs.js')).runs(id, flags, context)),
  );
};
