import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Abortable, throwIfAborted } from '../../../core/abort.js';
import { expandHome } from '../../../core/home.js';
import { localError } from './local-error.js';

/** Options of {@link writePrivateFile}. */
export interface PrivateFileOptions extends Abortable {
  /** What is being done, for errors: `saving the fleet /etc/fleet.json`. */
  readonly doing: string;
  /** `false`: a file that is there stays, and the call fails with `EEXIST`. Default `true`. */
  readonly replace?: boolean | undefined;
  /** Whether it fails where a loss of power could still take the new name away. Default `false`: not every system can tell. */
  readonly mustLast?: boolean;
}

/**
 * Writes a file of this machine that nobody else may read (mode 0600), in one step: whoever reads it sees what was there
 * before or all of what is there now, also after a crash. A symbolic link of that name is replaced, and never written through.
 *
 * @throws FileError, AbortError; then what was there before still is.
 */
export async function writePrivateFile(file: string, text: string, o: PrivateFileOptions): Promise<void> {
  const { signal, doing, replace = true, mustLast = false } = o;
  throwIfAborted(signal, doing);
  const path = expandHome(file);
  const temporary = join(dirname(path), `.hawser-${randomUUID()}`);
  const told = (syscall: string) => (error: unknown) => {
    throw localError(error, { syscall, path: file, detail: doing });
  };
  // O_EXCL goes through no link that somebody laid there.
  const handle = await open(temporary, 'wx', 0o600).catch(told('open'));
  try {
    try {
      await handle.writeFile(text).catch(told('write'));
      await handle.sync().catch(told('fsync'));
    } finally {
      await handle.close();
    }
    throwIfAborted(signal, doing);
    if (replace) await rename(temporary, path).catch(told('rename'));
    else await link(temporary, path).catch(told('link'));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (!replace) await rm(temporary, { force: true });
  const synced = syncDirectory(dirname(path));
  await (mustLast ? synced.catch(told('fsync')) : synced.catch(() => {}));
}

/** Makes the new name outlive a power cut. Not every system lets a directory be synced. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
