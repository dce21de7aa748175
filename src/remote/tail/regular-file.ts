import { constants } from 'node:fs';
import { FileError } from '../../core/file-error.js';
import type { FileDriver, OpenFile } from '../files/file-driver.js';
import { nameFromBytes } from '../files/names.js';
import type { Stats } from '../files/stats.js';

/** Where a file stands that is followed, or was. */
export interface FilePlace {
  readonly files: FileDriver;
  readonly path: Buffer;
  /** What errors call the machine. */
  readonly host: string;
}

/** The codes that say that there is no file to be read now; there may be one later. */
const NOT_THERE: ReadonlySet<string> = new Set([
  ...['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ESTALE'],
  // What these say of `statRegular`: something else stands there.
  ...['EISDIR', 'EINVAL'],
]);

/** What is known of a file. Throws `EISDIR` or `EINVAL` for what is no regular file: it has no end to follow. */
export async function statRegular({ files, path, host }: FilePlace): Promise<Stats> {
  const stats = await files.stat(path);
  if (stats.isFile() || Number.isNaN(stats.mode)) return stats;
  throw new FileError(stats.isDirectory() ? 'EISDIR' : 'EINVAL', {
    syscall: 'open',
    path: nameFromBytes(path),
    host,
    detail: 'only a regular file can be followed',
  });
}

/** Opens a file to be read, if it is a regular one: a pipe might keep the server waiting. Throws as {@link statRegular}. */
export async function openRegular(place: FilePlace): Promise<OpenFile> {
  await statRegular(place);
  return place.files.open(place.path, constants.O_RDONLY, 0);
}

/** As {@link openRegular}, `undefined` where there is no such file, or none that may be read. */
export async function openIfThere(place: FilePlace): Promise<OpenFile | undefined> {
  return openRegular(place).catch(unlessMissing);
}

/** As {@link statRegular}, `undefined` where there is no such file. */
export async function statIfThere(place: FilePlace): Promise<Stats | undefined> {
  return statRegular(place).catch(unlessMissing);
}

/** Whether an error says that there is no file to be read at present. */
export function isMissing(error: unknown): error is FileError {
  return error instanceof FileError && NOT_THERE.has(error.code);
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
  return undefined;
}
