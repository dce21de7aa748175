import type { OpenFile } from '../files/file-driver.js';
import type { Stats } from '../files/stats.js';
import { type FilePlace, openIfThere, statIfThere } from './regular-file.js';
import { looksSame } from './same-file.js';

/** How many rotated files are looked at: `path.1` to `path.9`, as logrotate(8) and newsyslog(8) name them. */
const MOST = 9;
/** How often the search begins again because the files were rotated under its feet. */
const ATTEMPTS = 5;

/** A rotated file and what came after it, all of it open. */
export interface RotatedFiles {
  /** The one that was looked for. */
  readonly found: OpenFile;
  /** Those that were rotated after it, the oldest first. */
  readonly newer: readonly OpenFile[];
  /** What stands at the place; `undefined` where nothing does. */
  readonly current: OpenFile | undefined;
}

/**
 * Looks for a file among those that were rotated away from a place; `isIt` says whether an open one is meant. What this
 * gives is the caller's to close.
 */
export async function findRotated(
  place: FilePlace,
  isIt: (file: OpenFile, stats: Stats) => Promise<boolean>,
): Promise<RotatedFiles | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const opened: OpenFile[] = [];
    let result: RotatedFiles | undefined;
    try {
      const missing = await openUntil(place, opened, isIt);
      if (missing) return undefined;
      const current = await openIfThere(place);
      if (current !== undefined) opened.push(current);
      const [found, ...newer] = current === undefined ? opened : opened.slice(0, -1);
      if (found !== undefined && (await isStill(rotated(place, 1), newer.at(-1) ?? found))) {
        result = { found, newer, current };
        return result;
      }
    } finally {
      if (result === undefined) await Promise.allSettled(opened.map((file) => file.close()));
    }
  }
  return undefined;
}

/** Opens `path.1`, `path.2`, … up to the one that is meant, the oldest first. Returns whether there is none. */
async function openUntil(
  place: FilePlace,
  opened: OpenFile[],
  isIt: (file: OpenFile, stats: Stats) => Promise<boolean>,
): Promise<boolean> {
  for (let number = 1; number <= MOST; number += 1) {
    const file = await openIfThere(rotated(place, number));
    if (file === undefined) return true;
    opened.unshift(file);
    if (await isIt(file, await file.stat())) return false;
  }
  return true;
}

/** A rotation meanwhile would have given the name to another file. */
async function isStill(place: FilePlace, file: OpenFile): Promise<boolean> {
  const [now, opened] = await Promise.all([statIfThere(place), file.stat()]);
  return now !== undefined && looksSame(now, opened);
}

function rotated(place: FilePlace, number: number): FilePlace {
  return { ...place, path: Buffer.concat([place.path, Buffer.from(`.${number}`)]) };
}
