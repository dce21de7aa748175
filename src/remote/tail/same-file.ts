import type { OpenFile } from '../files/file-driver.js';
import type { Stats } from '../files/stats.js';
import { readRange } from './read-range.js';

/** How much of the end of two files is compared, in bytes. */
const COMPARED = 256;

/** Which file it is, whatever its name is. */
export interface FileId {
  readonly ino: number;
  readonly dev: number;
}

/** Whether the machine tells which file is which: SFTP version 3 does not. */
export function hasIdentity(stats: FileId): boolean {
  return !Number.isNaN(stats.ino);
}

/** Whether two answers are known to be about two files: `false` where it is not told which file is which. */
export function isOther(a: FileId, b: FileId): boolean {
  return hasIdentity(a) && hasIdentity(b) && (a.ino !== b.ino || a.dev !== b.dev);
}

/**
 * Whether two answers may be about one file that lay still meanwhile. Where inodes are known they decide; else everything
 * else that is known has to be the same.
 */
export function looksSame(a: Stats, b: Stats): boolean {
  if (hasIdentity(a) && hasIdentity(b)) return !isOther(a, b);
  return sameOwner(a, b) && a.size === b.size && Object.is(a.mtimeMs, b.mtimeMs);
}

/**
 * Whether `path`, which was asked for between `before` and `after`, may be about the file that those two are about and
 * that grew meanwhile; `undefined` where that cannot be told, since it shrank.
 */
export function grewInto(before: Stats, path: Stats, after: Stats): boolean | undefined {
  if (after.size < before.size || after.mtimeMs < before.mtimeMs) return undefined;
  const between = path.size >= before.size && path.size <= after.size;
  return between && !(path.mtimeMs < before.mtimeMs || path.mtimeMs > after.mtimeMs) && sameOwner(before, path);
}

/** Whether two open files are one: by their inodes, or by all that is known of them and by how they end. */
export async function isSameFile(one: OpenFile, other: OpenFile): Promise<boolean> {
  const [a, b] = await Promise.all([one.stat(), other.stat()]);
  if (!looksSame(a, b)) return false;
  if (hasIdentity(a) && hasIdentity(b)) return true;
  const length = Math.min(COMPARED, a.size);
  const [end, otherEnd] = await Promise.all([one, other].map((file) => readRange(file, a.size - length, length)));
  return end !== undefined && otherEnd !== undefined && end.equals(otherEnd);
}

/**
 * Whether two open files hold the same up to the end of the shorter one, as they do if they are one that grows. Asked
 * again where they do not: one file may have been truncated between the two answers.
 */
export async function haveCommonText(one: OpenFile, other: OpenFile): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const [a, b] = await Promise.all([one.stat(), other.stat()]);
    const end = Math.min(a.size, b.size);
    if (end === 0 && a.size !== b.size) continue;
    const start = Math.max(0, end - COMPARED);
    const [text, otherText] = await Promise.all([one, other].map((file) => readRange(file, start, end - start)));
    if (text !== undefined && otherText !== undefined && text.equals(otherText)) return true;
  }
  return false;
}

function sameOwner(a: Stats, b: Stats): boolean {
  return Object.is(a.mode, b.mode) && Object.is(a.uid, b.uid) && Object.is(a.gid, b.gid);
}
