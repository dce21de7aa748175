import type { Define } from '../define.js';
import { addHostOptions, addTestbedOption } from '../options/host-options.js';
import { wholeNumber } from '../options/option-parsers.js';
import { addTerminalOptions } from '../options/terminal-options.js';
import type { HostsFlags } from './hosts-flags.js';

const EXAMPLES = `
a,b: union; a!b: without; a&b: both; a^b: either; @group; n[1-9/2]: by steps;
'web*': the Hosts of ssh_config that match.

Examples:
  hawser hosts 'web[01-04]!web03'
  hawser hosts --fold web1 web2 web3
  hawser hosts -g prod --exclude '@db' --split 4
`;

/** Defines `hawser hosts`. */
export const defineHosts: Define = (program, act) => {
  const command = program
    .command('hosts')
    .description('List, fold, count or split a set of hosts')
    .argument('[expr...]', 'expressions; - reads them from stdin')
    .option('--fold', 'as one expression, as short as it can be')
    .option('--count', 'how many there are')
    .option('--split <n>', 'in n slices of equal size, folded, one a line', wholeNumber(1))
    .option('-F, --ssh-config <file>', "where 'web*' is looked for, in place of ~/.ssh/config")
    .addHelpText('after', EXAMPLES);
  addTestbedOption(addHostOptions(command));
  addTerminalOptions(command);
  command.action(async (expressions: string[], flags: HostsFlags) =>
    act(flags, async (context) => (await import('./hosts.js')).hosts(expressions, flags, context)),
  );
};
