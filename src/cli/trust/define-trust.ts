import type { Define } from '../define.js';
import { addReachOptions } from '../options/connection-options.js';
import { addHostOptions } from '../options/host-options.js';
import { gather } from '../options/option-parsers.js';
import { addTerminalOptions } from '../options/terminal-options.js';
import type { TrustFlags } from './trust-flags.js';

const EXAMPLES = `
A key that has changed is never replaced: you are told which line is in the way.

Examples:
  hawser trust web01
  hawser trust --fingerprint SHA256:rL…4Q web01     record the key that you were told of
  hawser trust -J bastion -p 2222 'db[1-3]'
`;

/** Defines `hawser trust`. */
export const defineTrust: Define = (program, act) => {
  const command = program
    .command('trust')
    .description('Fetch the keys of hosts and record those that are right')
    .argument('[host...]', 'hosts, or expressions such as web[01-04]')
    .option('--fingerprint <sha256>', 'record this key alone, unasked (repeatable)', gather)
    .option('--yes', 'record what is shown, unasked: it may be forged')
    .option('--hash', 'hide the names, as HashKnownHosts does')
    .addHelpText('after', EXAMPLES);
  addHostOptions(command);
  addReachOptions(command).option('-i, --identity <file>', 'a private key, for jump hosts (repeatable)', gather);
  addTerminalOptions(command);
  command.action(async (expressions: string[], flags: TrustFlags) =>
    act(flags, async (context) => (await import('./trust.js')).trust(expressions, flags, context)),
  );
};
