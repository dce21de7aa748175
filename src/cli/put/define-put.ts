import type { Define } from '../define.js';
import type { TransferFlags } from '../transfer/transfer-flags.js';
import { addTransferOptions } from '../transfer/transfer-options.js';

const EXAMPLES = `
Into REMOTE/ goes LOCAL under its own name; else it takes the name REMOTE.

Examples:
  hawser put -H 'web[01-50]' dist.tar.gz /opt/app/
  hawser put -g web --delete --exclude '*.map' dist /srv/www
  hawser put -H web01 --overwrite if-different nginx.conf sites/ /etc/nginx/
`;

/** Defines `hawser put`. */
export const definePut: Define = (program, act) => {
  const command = program
    .command('put')
    .description('Copy files and trees to hosts')
    .argument('<path...>')
    .usage('[options] LOCAL... REMOTE')
    .addHelpText('after', EXAMPLES);
  addTransferOptions(command);
  command.action(async (paths: string[], flags: TransferFlags) =>
    act(flags, async (context) => (await import('./put.js')).put(paths, flags, context)),
  );
};
