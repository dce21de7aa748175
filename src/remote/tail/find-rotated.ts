import {
  type Candidate,
  closeAll,
  isStillThere,
  mayBeOpened,
  openCandidate,
  openUnchecked,
  withoutRepeats,
} from './candidate.js';
import { listRotated } from './list-rotated.js';
import type { FilePlace } from './regular-file.js';
import type { CompressedFile, Open, Search } from './search.js';

/** How many numbered names are looked at at once, at first; each time twice as many. */
const FIRST = 16;
/** How many there are at most: every file that is found stays open until it was read. */
const MOST = 500;
/** How many names in a row have to be free to be the end: while files are renamed, one in between is. */
const FREE = 3;
/** How many files that were opened in their order show that a server keeps to it. */
const ENOUGH = 12;

/** What was rotated away from a place, all of it open. */
export interface RotatedFiles {
  /** The one that was looked for. */
  readonly found: Candidate | undefined;
  /** Those that came after it, the oldest first, with what stands at the place. */
  readonly newer: readonly Candidate[];
  /** Where it was not found: whether `newer` goes back to a file that was read, or to an older one. */
  readonly reached: boolean;
  /** Where it was not found: whether files may be missing between any two of `newer`, too. */
  readonly inDoubt: boolean;
  /** Where it was not found: files since then that were compressed. */
  readonly compressed: readonly CompressedFile[];
}

/**
 * Looks for a file among those that were rotated away from a place, whatever it is called now, and for all that came
 * after it. What this gives is the caller's to close.
 *
 * `path`, `path.1`, `path.2`, … are opened in this order, so that none is missed when they are renamed meanwhile: a file
 * only ever moves to a name that is still to be opened. One that so comes up twice is taken once.
 */
export async function findRotated(place: FilePlace, search: Search): Promise<RotatedFiles> {
  const opened = new Set<Candidate>();
  const open: Open = async (at, isChecked = false) => {
    const candidate = await (isChecked ? openUnchecked(at) : openCandidate(at));
    if (candidate !== undefined) opened.add(candidate);
    return candidate;
  };
  let result: RotatedFiles | undefined;
  try {
    result = await find(place, search, open);
    return result;
  } finally {
    const kept = new Set(result === undefined ? [] : [result.found, ...result.newer]);
    await closeAll([...opened].filter((candidate) => !kept.has(candidate)));
  }
}

async function find(place: FilePlace, search: Search, open: Open): Promise<RotatedFiles> {
  const numbered = await walkNumbers(place, search, open);
  const done = { reached: true, inDoubt: false, compressed: [] };
  if (numbered.found !== undefined) {
    return { ...done, found: numbered.found, newer: (await withoutRepeats(numbered.newer)).toReversed() };
  }
  const listed = await listRotated(place, search, open);
  const all = [...numbered.newer, ...listed.newer];
  if (listed.found !== undefined) {
    return { ...done, found: listed.found, newer: (await withoutRepeats(all)).toReversed() };
  }
  for (const [i, candidate] of all.entries()) {
    if (!(await search.isRead(candidate))) continue;
    return { ...done, found: undefined, newer: (await withoutRepeats(all.slice(0, i))).toReversed() };
  }
  const newer = await withoutRepeats(all);
  if (numbered.reached) {
    return {
      found: undefined,
      newer: newer.toReversed(),
      reached: true,
      inDoubt: false,
      compressed: listed.compressed,
    };
  }
  const result = { found: undefined, reached: false, compressed: listed.compressed };
  // Names with dates do not move.
  const isCertain = newer.every((candidate) => listed.newer.includes(candidate)) || (await areStillThere(newer));
  if (isCertain) return { ...result, newer: newer.toReversed(), inDoubt: false };
  return { ...result, newer: certainlyOlder(newer).toReversed(), inDoubt: true };
}

/** Whether no file was renamed since the first of some were opened: each time, the newest are the last to be. */
async function areStillThere(newestFirst: readonly Candidate[]): Promise<boolean> {
  const still = await Promise.all(newestFirst.slice(0, 2).map(isStillThere));
  return !still.includes(false);
}

/** Those of files, the newest first, that are known to be in order though they were renamed while they were opened. */
function certainlyOlder(newestFirst: readonly Candidate[]): readonly Candidate[] {
  const certain: Candidate[] = [];
  for (const candidate of newestFirst) {
    const newer = certain.at(-1);
    if (newer === undefined || candidate.stats.mtimeMs < newer.stats.mtimeMs) certain.push(candidate);
  }
  return certain;
}

interface Walk {
  readonly found: Candidate | undefined;
  readonly newer: readonly Candidate[];
  /** Whether it ended at a file that is not newer than the one that is meant. */
  readonly reached: boolean;
}

/** Goes through `path`, `path.0`, `path.1`, … up to the file that is meant, or to one that is too old. The newest first. */
async function walkNumbers(place: FilePlace, search: Search, open: Open): Promise<Walk> {
  if (search.isNear || search.server.reorders) return walk(place, search, open, oneByOne);
  const order: number[] = [];
  let asked = 0;
  // A few round trips for all of them. A server that takes requests in their order, as OpenSSH's does, also opens so.
  const atOnce: OpenSome = async (places, open) => {
    const may = await Promise.all(places.map(mayBeOpened));
    return Promise.all(
      places.map(async (at, i) => {
        const number = asked++;
        const candidate = may[i] === true ? await open(at, true) : undefined;
        if (candidate !== undefined) order.push(number);
        return candidate;
      }),
    );
  };
  const quick = await walk(place, search, open, atOnce);
  search.server.reorders = order.some((number, i) => number < (order[i - 1] ?? 0));
  if (quick.found !== undefined && !search.server.reorders && order.length >= ENOUGH) return quick;
  if (await areStillThere(quick.newer)) return quick;
  return walk(place, search, open, oneByOne);
}

type OpenSome = (places: readonly FilePlace[], open: Open) => Promise<readonly (Candidate | undefined)[]>;

async function walk(place: FilePlace, { isIt, since }: Search, open: Open, openSome: OpenSome): Promise<Walk> {
  const newer: Candidate[] = [];
  const current = await open(place);
  if (current !== undefined) newer.push(current);
  let free = 0;
  for (let from = 0, count = FIRST; from < MOST; from += count, count *= 2) {
    const places = Array.from({ length: Math.min(count, MOST - from) }, (_, i) => numbered(place, from + i));
    const batch = await openSome(places, open);
    const hits = await Promise.all(batch.map((candidate) => candidate !== undefined && isIt(candidate)));
    for (const [i, candidate] of batch.entries()) {
      free = candidate === undefined ? free + 1 : 0;
      if (free === FREE) return { found: undefined, newer, reached: false };
      if (candidate === undefined) continue;
      if (hits[i] === true) return { found: candidate, newer, reached: true };
      if (candidate.stats.mtimeMs < since) return { found: undefined, newer, reached: true };
      newer.push(candidate);
    }
  }
  return { found: undefined, newer, reached: false };
}

const oneByOne: OpenSome = async (places, open) => {
  const opened: (Candidate | undefined)[] = [];
  for (const place of places) {
    opened.push(await open(place));
    if (opened.length >= FREE && opened.slice(-FREE).every((candidate) => candidate === undefined)) break;
  }
  return opened;
};

/** The name with a number, as logrotate(8) (from 1 on) and newsyslog(8) (from 0 on) give it. */
export function numbered(place: FilePlace, number: number): FilePlace {
  return { ...place, path: Buffer.concat([place.path, Buffer.from(`.${number}`)]) };
}
