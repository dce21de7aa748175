import type { ForwardSpec } from '../../inventory/forward-spec.js';
import { parseForward } from '../../inventory/parse-forward.js';
import type { Define } from '../define.js';
import { addConnectionOptions } from '../options/connection-options.js';
import { read, wholeNumber } from '../options/option-parsers.js';
import { addTerminalOptions } from '../options/terminal-options.js';
import type { ForwardFlags } from './forward-flags.js';

const EXAMPLES = `
It listens on loopback, or on the address that is given (*: all). Port 0 is a
free one, a path is a Unix socket. It runs until Ctrl-C, or the link is lost
(--reconnect: made again).

Examples:
  hawser forward web01 -L 8080:localhost:80      port 80 of web01, as 8080 here
  hawser forward db1 -L 0:/run/postgresql/.s.PGSQL.5432 --json
  hawser forward bastion -D 1080 -R 9000:localhost:3000
`;

/** Defines `hawser forward`. */
export const defineForward: Define = (program, act) => {
  const command = program
    .command('forward')
    .description('Forward ports and sockets over a host')
    .argument('<host>')
    .addHelpText('after', EXAMPLES);
  command
    .optionsGroup('Forwards (repeatable):')
    .option('-L, --local <spec>', '[address:]port:host:port, listening here', gatherSpecs('local'))
    .option('-R, --remote <spec>', 'the same, listening there', gatherSpecs('remote'))
    .option('-D, --dynamic <spec>', '[address:]port, a SOCKS proxy here', gatherSpecs('dynamic'));
  command
    .optionsGroup('When the link is lost:')
    .option('--reconnect [attempts]', 'make it again, by default 10 times at most', wholeNumber(1));
  addConnectionOptions(command).option('--inventory <file>', 'default: ~/.config/hawser/inventory.yaml');
  command
    .optionsGroup('Output:')
    .option('--json', 'a JSON object a line of what is listened on')
    .option('-q, --quiet', 'say nothing of clients turned away');
  addTerminalOptions(command);
  command.action(async (host: string, flags: ForwardFlags) =>
    act(flags, async (context) => (await import('./forward.js')).forward(host, flags, context)),
  );
};

function gatherSpecs(
  type: 'local' | 'remote' | 'dynamic',
): (text: string, before: readonly ForwardSpec[] | undefined) => readonly ForwardSpec[] {
  const parse = read((text) => parseForward(text, type));
  return (text, before) => [...(before ?? []), parse(text)];
}
