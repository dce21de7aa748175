import { Machine } from '../../jobs/machine.js';
import { MachineDirectory } from '../../jobs/machine-directory.js';
import type { Context } from '../context.js';
import { askCredentials } from './ask-credentials.js';

/**
 * A machine by its name, or the default one; what it asks for when it is connected to is asked on this terminal.
 *
 * @throws as `loadMachine`; OptionError for `--ask-pass` without a terminal; AbortError for a question that was not answered.
 */
export async function openMachine(
  name: string | undefined,
  flags: { readonly askPass?: true },
  { prompt, env }: Pick<Context, 'prompt' | 'env'>,
): Promise<Machine> {
  const { record } = await new MachineDirectory(undefined, env).load(name);
  if (record.execution === 'local') return new Machine(record);
  const credentials = await askCredentials({ ...flags }, prompt, 1);
  const { password, passphrase, keyboardInteractive } = credentials(record.name);
  return new Machine(record, {
    ...(password === undefined ? {} : { password }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(keyboardInteractive === undefined ? {} : { keyboardInteractive }),
  });
}
