import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Abortable, abortReason, throwIfAborted } from '../../core/abort.js';
import { ParseError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';
import { localError } from '../../remote/files/local/local-error.js';
import { readRecordText } from './read-record.js';
import type { RecordedFleet } from './recorded-fleet.js';

/**
 * Reads the record of a fleet from a file.
 *
 * @throws FileError where the file cannot be read, ParseError with file, line and column, AbortError.
 */
export async function loadRecord(file: string, { signal }: Abortable): Promise<RecordedFleet> {
  const doing = `loading the fleet ${file}`;
  throwIfAborted(signal, doing);
  const bytes = await readFile(expandHome(file), { signal }).catch((error: unknown) => {
    throw signal?.aborted
      ? abortReason(signal, doing)
      : localError(error, { syscall: 'open', path: file, detail: doing });
  });
  if (!isUtf8(bytes)) throw new ParseError('This is no JSON: Expected UTF-8', { file, line: 1, column: 1 });
  return readRecordText(bytes.toString('utf8'), file);
}

/**
 * Writes a file that nobody else may read (mode 0600), in one step: whoever reads it sees what was there before or all
 * of what is there now, also after a crash. A symbolic link of that name is replaced, and never written through.
 *
 * @throws FileError, AbortError; then what was there before still is.
 */
export async function writePrivateFile(file: string, text: string, { signal }: Abortable): Promise<void> {
  const doing = `saving the fleet ${file}`;
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
    await rename(temporary, path).catch(told('rename'));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes the new name outlive a power cut, where the system lets a directory be synced. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}
