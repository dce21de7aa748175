import type { Define } from '../define.js';
import type { TransferFlags } from '../transfer/transfer-flags.js';
import { addTransferOptions } from '../transfer/transfer-options.js';

const EXAMPLES = `
Of several hosts, LOCAL has {key} in it or is a directory: LOCAL/HOST/NAME.

Examples:
  hawser get -H web01 /etc/nginx .
  hawser get -H 'web[01-50]' /var/log/syslog logs/
  hawser get -g web --include '**/*.conf' /etc/nginx 'nginx-{key}'
`;

/** Defines `hawser get`. */
export const defineGet: Define = (program, act) => {
  const command = program
    .command('get')
    .description('Copy a file or a tree from hosts')
    .argument('<remote>')
    .argument('<local>')
    .usage('[options] REMOTE LOCAL')
    .addHelpText('after', EXAMPLES);
  addTransferOptions(command);
  command.action(async (remote: string, local: string, flags: TransferFlags) =>
    act(flags, async (context) => (await import('./get.js')).get(remote, local, flags, context)),
  );
};
