import { readFile } from 'node:fs/promises';
import { type Abortable, throwIfAborted } from '../../core/abort.js';
import { expandTilde, localMachine } from '../ssh-config/local-machine.js';
import { hasCode, knownHostsFileError } from './file-error.js';

/** Where ssh looks unless told otherwise: `UserKnownHostsFile`, then `GlobalKnownHostsFile` (ssh_config(5)). */
const DEFAULT_FILES: readonly string[] = [
  '~/.ssh/known_hosts',
  '~/.ssh/known_hosts2',
  '/etc/ssh/ssh_known_hosts',
  '/etc/ssh/ssh_known_hosts2',
];

/** The text of each file that exists, in the order given. */
export async function readKnownHostsFiles(
  files: string | readonly string[] = DEFAULT_FILES,
  { signal }: Abortable = {},
): Promise<{ readonly file: string; readonly text: string }[]> {
  const texts: { file: string; text: string }[] = [];
  for (const given of typeof files === 'string' ? [files] : files) {
    throwIfAborted(signal, 'reading the known_hosts files');
    const file = expandPath(given);
    try {
      texts.push({
        file,
        text: await readFile(file, { encoding: 'utf8', ...(signal === undefined ? {} : { signal }) }),
      });
    } catch (error) {
      throwIfAborted(signal, 'reading the known_hosts files');
      if (!hasCode(error, 'ENOENT')) throw knownHostsFileError('read', file, error);
    }
  }
  return texts;
}

/** A path with its leading `~` expanded, as ssh does. */
export function expandPath(file: string): string {
  return expandTilde(file, localMachine().home) ?? file;
}
