import { posix } from 'node:path';
import type { Connection } from '../connection/connection.js';
import type { Abortable } from '../core/abort.js';
import { FileError } from '../core/file-error.js';
import { workPath } from './job-place.js';

/**
 * The path, from a machine's working directory on, of one that somebody has copied there: absolute, or from `~` on. It may lead
 * there by links. `undefined` for one that is neither, that lies elsewhere, or is not there.
 */
export async function pathInWorkdir(
  session: Connection,
  workdir: string,
  path: string,
  o: Abortable = {},
): Promise<string | undefined> {
  if (!/^(?:\/|~(?:\/|$))/.test(path)) return undefined;
  const home = await session.os.homedir(o);
  const whole = (one: string): string => posix.normalize(one.replace(/^~(?=\/|$)/, home));
  const [work, asked] = [whole(workPath(workdir)), whole(path)];
  try {
    return below(work, asked) ?? below(await session.fs.realpath(work), await session.fs.realpath(asked));
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

function below(directory: string, path: string): string | undefined {
  const relative = posix.relative(directory, path);
  return relative === '' || relative === '..' || relative.startsWith('../') ? undefined : relative;
}
