import { constants } from 'node:fs';
import { Limiter } from '../../core/limiter.js';
import type { FileCall } from './file-calls.js';
import { fileCode } from './retell.js';

/** How many requests of one call are under way at a time. */
export const AT_ONCE = 32;

/** How many directories are listed before they are asked for. */
const AHEAD = 8;

/** A name in a directory, and what it is: the `S_IFMT` bits of stat(2), its links not followed. */
export interface Entry {
  readonly name: Buffer;
  readonly kind: number;
}

const SLASH = Buffer.from('/');

/** The path of a name in a directory. */
export function childPath(directory: Buffer, name: Buffer): Buffer {
  if (directory.length === 0) return name;
  return directory.at(-1) === 0x2f ? Buffer.concat([directory, name]) : Buffer.concat([directory, SLASH, name]);
}

/** A path without the slashes at its end, which would have a link followed; the root stays. */
export function withoutSlashes(path: Buffer): Buffer {
  let length = path.length;
  while (length > 1 && path[length - 1] === 0x2f) length -= 1;
  return path.subarray(0, length);
}

/** The last name of a path, and what stands before it. */
export function splitPath(path: Buffer): { readonly parent: Buffer; readonly name: Buffer } {
  const plain = withoutSlashes(path);
  const at = plain.lastIndexOf(0x2f);
  if (at === -1) return { parent: Buffer.from('.'), name: plain };
  return { parent: at === 0 ? SLASH : withoutSlashes(plain.subarray(0, at)), name: plain.subarray(at + 1) };
}

export function isDirectory(entry: { readonly kind: number }): boolean {
  return entry.kind === constants.S_IFDIR;
}

export function isLink(entry: { readonly kind: number }): boolean {
  return entry.kind === constants.S_IFLNK;
}

/** The names in a directory, as they come; those that went away while it was listed are left out. */
export async function* entries(call: FileCall, directory: Buffer): AsyncGenerator<readonly Entry[], void, void> {
  const limiter = new Limiter(AT_ONCE);
  for await (const batch of call.files.list(directory)) {
    call.check();
    const known = batch.map(({ name, kind, stats }) => {
      const bits = kind ?? (stats === undefined || Number.isNaN(stats.mode) ? undefined : stats.mode);
      if (bits !== undefined) return { name, kind: bits & constants.S_IFMT };
      return limiter.run(() => lookUp(call, directory, name));
    });
    yield (await Promise.all(known)).filter((entry) => entry !== undefined);
  }
}

/** All the names in a directory. */
export async function allEntries(call: FileCall, directory: Buffer): Promise<Entry[]> {
  const all: Entry[] = [];
  for await (const batch of entries(call, directory)) all.push(...batch);
  return all;
}

/** A directory that has yet to be looked at, on a stack of them. */
export interface Unlisted {
  readonly path: Buffer;
  listing?: Promise<Entry[]> | undefined;
}

/** Lists the directory that is next on a stack, which it takes off, and has those after it begun. */
export function nextListing<D extends Unlisted>(
  call: FileCall,
  stack: D[],
): { next: D; listing: Promise<Entry[]> } | undefined {
  for (const directory of stack.slice(-AHEAD)) {
    if (directory.listing !== undefined) continue;
    directory.listing = allEntries(call, directory.path);
    // Whoever comes to it hears of its failure; perhaps nobody does.
    directory.listing.catch(() => {});
  }
  const next = stack.pop();
  return next === undefined ? undefined : { next, listing: next.listing ?? allEntries(call, next.path) };
}

async function lookUp(call: FileCall, directory: Buffer, name: Buffer): Promise<Entry | undefined> {
  try {
    return { name, kind: (await call.files.lstat(childPath(directory, name))).mode & constants.S_IFMT };
  } catch (error) {
    if (fileCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
