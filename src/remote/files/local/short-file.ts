import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FileError } from '../../../core/file-error.js';
import { localError } from './local-error.js';

/** Options of {@link readShortFile}. */
export interface ShortFileOptions {
  /** What is being done, for errors: `reading a machine`. */
  readonly doing: string;
  /** A longer file is none of those that are meant, in bytes. Default 4 MiB. */
  readonly limit?: number;
}

/** Of Windows there are no pipes among the files. */
const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/**
 * Reads a file of this machine that somebody has written by hand, as UTF-8. A pipe, which would keep the caller waiting, a
 * device, and what is far too long are not read.
 *
 * @throws FileError: `EISDIR`, or `EINVAL` for what is no regular file, `EFBIG`, and what opening and reading fail with.
 */
export async function readShortFile(path: string, o: ShortFileOptions): Promise<string> {
  const { doing, limit = 4 * 1024 * 1024 } = o;
  const about = { syscall: 'open', path, detail: doing };
  let file: FileHandle | undefined;
  try {
    // A pipe that nobody writes to is opened only so.
    file = await open(path, O_RDONLY | O_NONBLOCK);
    const stats = await file.stat();
    if (stats.isDirectory()) throw new FileError('EISDIR', about);
    if (!stats.isFile()) throw new FileError('EINVAL', { ...about, detail: `${doing}: it is no regular file` });
    if (stats.size <= limit) return await file.readFile('utf8');
    const detail = `${doing}: it has ${stats.size} bytes, and ${limit} are the most`;
    throw new FileError('EFBIG', { ...about, detail });
  } catch (error) {
    throw localError(error, about);
  } finally {
    await file?.close();
  }
}
