import { expandPath } from '../files/expand-path.js';
import type { Stats } from '../files/stats.js';
import { type End, failedWith, fileFailure, inside, lastName, parentOf, withoutSlashes } from './work.js';

/** What stands at a path, its links followed; `undefined` where nothing does. */
export async function statOrNothing(end: End, path: Buffer): Promise<Stats | undefined> {
  return end.files.stat(path).catch(nothing);
}

/** What stands at a path, its links not followed; `undefined` where nothing does. */
export async function lstatOrNothing(end: End, path: Buffer): Promise<Stats | undefined> {
  return end.files.lstat(path).catch(nothing);
}

/**
 * Where a single file goes. As with cp(1): into the target where that is a directory, or ends with a slash; else it is the
 * target. A link to a file stays, and the file that it leads to is replaced.
 */
export async function fileTarget(to: End, path: string, source: Buffer, dryRun: boolean): Promise<Buffer> {
  const target = await expandPath(to.files, path);
  const stats = await statOrNothing(to, target);
  if (stats?.isDirectory()) return inside(target, lastName(source));
  if (path.endsWith('/')) {
    const directory = withoutSlashes(target);
    // Another transfer may have made it meanwhile.
    const found = stats ?? (await statOrNothing(to, directory));
    if (found !== undefined && !found.isDirectory()) {
      throw fileFailure(to, 'ENOTDIR', { syscall: 'open', path: directory });
    }
    if (found === undefined && !dryRun) await makeDirectories(to, directory);
    return inside(directory, lastName(source));
  }
  if (stats === undefined || !(await to.files.lstat(target)).isSymbolicLink()) return target;
  return to.files.realpath(target);
}

/** Makes a directory and those above it that are missing, with the modes that the target gives by itself. */
export async function makeDirectories(to: End, path: Buffer): Promise<void> {
  try {
    await to.files.mkdir(path, 0o777);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) {
      const parent = parentOf(path);
      if (parent.equals(path)) throw error;
      await makeDirectories(to, parent);
      return makeDirectories(to, path);
    }
    if (!(await statOrNothing(to, path))?.isDirectory()) throw error;
  }
}

/** The path without links in it, of something that need not be there. */
export async function realpathOfMissing(end: End, path: Buffer): Promise<Buffer> {
  try {
    return await end.files.realpath(path);
  } catch (error) {
    const parent = parentOf(path);
    const name = lastName(path);
    if (!failedWith(error, 'ENOENT') || name.length === 0 || parent.equals(path)) throw error;
    return inside(await realpathOfMissing(end, parent), name);
  }
}

function nothing(error: unknown): undefined {
  if (failedWith(error, 'ENOENT')) return undefined;
  throw error;
}
