import type { Define } from '../define.js';
import { addTerminalOptions, type TerminalFlags } from '../options/terminal-options.js';

const EXAMPLES = `
Needs no machine, no key and no configuration, and changes nothing of yours.

Examples:
  hawser demo
  hawser demo --verbose                    with every phase of each connection
  hawser demo --color always | less -R
`;

/** Defines `hawser demo`. */
export const defineDemo: Define = (program, act) => {
  const command = program
    .command('demo')
    .description('Try it on five SSH servers inside this process')
    .addHelpText('after', EXAMPLES);
  addTerminalOptions(command);
  command.action(async (flags: TerminalFlags) =>
    act(flags, async (context) => (await import('./demo.js')).demo(flags, context)),
  );
};
