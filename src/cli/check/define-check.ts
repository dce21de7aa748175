import type { Define } from '../define.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { addHostOptions, addTestbedOption } from '../options/host-options.js';
import { addTerminalOptions } from '../options/terminal-options.js';
import type { CheckFlags } from './check-flags.js';

const EXAMPLES = `
Examples:
  hawser check web01
  hawser check -g prod -J bastion
  hawser check -v 'web[01-04]'             with every phase as it happens
`;

/** Defines `hawser check`. */
export const defineCheck: Define = (program, act) => {
  const command = program
    .command('check')
    .description('See how hosts are reached, and what is in the way')
    .argument('[host...]', 'hosts, or expressions such as web[01-04]')
    .addHelpText('after', EXAMPLES);
  addTestbedOption(addHostOptions(command));
  addConnectionOptions(command);
  addTerminalOptions(command);
  command.action(async (expressions: string[], flags: CheckFlags) =>
    act(flags, async (context) => (await import('./check.js')).check(expressions, flags, context)),
  );
};
