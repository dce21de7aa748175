import type { FileLook } from './file-look.js';
import { Status } from './protocol.js';

/** The longest name and path of Linux, in bytes (limits.h). */
const LONGEST_NAME = 255;
const LONGEST_PATH = 4095;

/** How many links Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

const SLASH = 0x2f;

/** Whether a path or a name in it is longer than Linux takes. */
export function isTooLong(path: Buffer): boolean {
  if (path.length > LONGEST_PATH) return true;
  for (let at = 0; at < path.length; ) {
    const slash = path.indexOf(SLASH, at);
    const end = slash === -1 ? path.length : slash;
    if (end - at > LONGEST_NAME) return true;
    at = end + 1;
  }
  return false;
}

/** The directory that the last name of a path is in, as text alone tells; `undefined` for `/`. */
export function parentOf(path: Buffer): Buffer | undefined {
  const bare = withoutSlashes(path);
  if (bare.length === 1 && bare[0] === SLASH) return undefined;
  const slash = bare.lastIndexOf(SLASH);
  if (slash === -1) return Buffer.from('.');
  return slash === 0 ? Buffer.from('/') : bare.subarray(0, slash);
}

/** A path without slashes at its end. */
export function withoutSlashes(path: Buffer): Buffer {
  let end = path.length;
  while (end > 1 && path[end - 1] === SLASH) end -= 1;
  return path.subarray(0, end);
}

/**
 * Why a path leads nowhere, which SFTP calls "no such file" in every case: `ENOENT`, `ENOTDIR`, `ELOOP`, or `EACCES`.
 * `follows` says whether a link at its end was to be followed.
 */
export async function whyMissing(look: FileLook, path: Buffer, follows: boolean, links = 0): Promise<string> {
  if (isTooLong(path)) return 'ENAMETOOLONG';
  const bare = withoutSlashes(path);
  const parent = bare.length === 0 ? undefined : parentOf(bare);
  const [above, itself] = await Promise.all([
    parent === undefined ? undefined : look.stat(parent),
    follows || bare.length < path.length ? look.lstat(bare) : undefined,
  ]);
  if (typeof above === 'object' && !above.isDirectory()) return 'ENOTDIR';
  if (above === Status.PERMISSION_DENIED) return 'EACCES';
  if (typeof above === 'number' && parent !== undefined) return await whyMissing(look, parent, true, links);
  if (typeof itself !== 'object') return 'ENOENT';
  if (!itself.isSymbolicLink()) {
    // A file is no directory, as a slash at the end says that it is; without one, it was put there since.
    return itself.isDirectory() || bare.length === path.length ? 'ENOENT' : 'ENOTDIR';
  }
  if (links >= MOST_LINKS) return 'ELOOP';
  const target = await look.target(bare);
  if (target === undefined) return 'ENOENT';
  const next = target[0] === SLASH ? target : Buffer.concat([parent ?? Buffer.alloc(0), Buffer.from('/'), target]);
  return await whyMissing(look, next, true, links + 1);
}
