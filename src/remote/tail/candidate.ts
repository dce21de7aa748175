import { constants } from 'node:fs';
import type { OpenFile } from '../files/file-driver.js';
import type { Stats } from '../files/stats.js';
import { type FilePlace, isMissing, statRegular } from './regular-file.js';
import { hasIdentity, isOther, isSameFile } from './same-file.js';

/** An open file that may be one of those that were rotated away from a path. */
export interface Candidate {
  readonly place: FilePlace;
  readonly file: OpenFile;
  /** As it was when it was opened. */
  readonly stats: Stats;
}

/** Opens what stands at a place; `undefined` where nothing does that could be read. */
export async function openCandidate(place: FilePlace): Promise<Candidate | undefined> {
  return (await mayBeOpened(place)) ? openUnchecked(place) : undefined;
}

/**
 * Whether nothing but a regular file is known to stand at a place: a pipe might keep the server waiting. While files are
 * renamed, a name may be free when it is asked for and taken when it is to be opened.
 */
export async function mayBeOpened(place: FilePlace): Promise<boolean> {
  try {
    await statRegular(place);
    return true;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return error.code === 'ENOENT';
  }
}

/** As {@link openCandidate}, for who has asked {@link mayBeOpened}. */
export async function openUnchecked(place: FilePlace): Promise<Candidate | undefined> {
  let file: OpenFile | undefined;
  try {
    file = await place.files.open(place.path, constants.O_RDONLY, 0);
    return { place, file, stats: await file.stat() };
  } catch (error) {
    await file?.close().catch(() => {});
    // Over a shell it is open by its name alone.
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether a file still has the name by which it was opened. */
export async function isStillThere({ place, file, stats }: Candidate): Promise<boolean> {
  const now = await openCandidate(place);
  if (now === undefined) return false;
  const isSame = hasIdentity(stats) ? !isOther(now.stats, stats) : await isSameFile(now.file, file);
  await now.file.close();
  return isSame;
}

/** Closes files that are not wanted. Throws nothing. */
export async function closeAll(candidates: Iterable<Candidate>): Promise<void> {
  await Promise.allSettled(Array.from(candidates, ({ file }) => file.close()));
}

/**
 * Takes out the files that are there more than once because they were given another name between two openings. Of each,
 * the last in the list stays.
 */
export async function withoutRepeats(candidates: readonly Candidate[]): Promise<Candidate[]> {
  const kept: Candidate[] = [];
  for (const one of candidates.toReversed()) {
    const isRepeat = (await Promise.all(kept.map((other) => isRepeated(one, other)))).includes(true);
    if (isRepeat) await one.file.close();
    else kept.unshift(one);
  }
  return kept;
}

async function isRepeated(one: Candidate, other: Candidate): Promise<boolean> {
  if (hasIdentity(one.stats) && hasIdentity(other.stats)) return !isOther(one.stats, other.stats);
  // What was opened first has grown since, perhaps, but not shrunk.
  if (one.stats.size > other.stats.size || !(await isSameFile(one.file, other.file))) return false;
  // One file does not have both names at a time: if both are still right, they are two that are alike.
  return !(await isStillThere(one)) || !(await isStillThere(other));
}
