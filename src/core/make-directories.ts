import { mkdirSync, type Stats, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './hawser-error.js';

// Node's own mkdir with `recursive` does not come back where a directory takes none in and says ENOENT, as /proc does.

/**
 * Makes a directory of this machine, and those that lead to it, where they are missing.
 *
 * @param mode of those that are made. Default 0o777, less the umask.
 * @returns the first that was made; `undefined` where it was there.
 * @throws the error of mkdir(2), or of stat(2).
 */
export async function makeDirectories(path: string | Buffer, mode = 0o777): Promise<string | undefined> {
  const missing: (string | Buffer)[] = [];
  let found: Stats | undefined;
  for (let above = path; ; above = parentOf(above)) {
    found = await stat(above).catch(unlessMissing);
    if (found !== undefined) break;
    missing.push(above);
  }
  // What is there and is none: that it is in the way is for the system to say.
  if (missing.length === 0 && !found.isDirectory()) await mkdir(path);
  let first: string | undefined;
  for (const directory of missing.reverse()) {
    try {
      await mkdir(directory, { mode });
      first ??= String(directory);
    } catch (error) {
      unlessThere(error);
    }
  }
  return first;
}

/** As {@link makeDirectories}, for who may leave at once. */
export function makeDirectoriesSync(path: string, mode = 0o777): void {
  const missing: string[] = [];
  for (let above = path; statSync(above, { throwIfNoEntry: false }) === undefined; above = dirname(above)) {
    missing.push(above);
  }
  for (const directory of missing.reverse()) {
    try {
      mkdirSync(directory, { mode });
    } catch (error) {
      unlessThere(error);
    }
  }
}

function parentOf(path: string | Buffer): string | Buffer {
  if (typeof path === 'string') return dirname(path);
  // A name may be no text.
  return Buffer.from(dirname(path.toString('latin1')), 'latin1');
}

function unlessMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

/** Somebody else may make it at the same time. */
function unlessThere(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}
