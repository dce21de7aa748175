import { constants } from 'node:fs';
import type { DirectoryEntry } from '../files/file-driver.js';
import { nameFromBytes } from '../files/names.js';
import type { Stats } from '../files/stats.js';
import type { Candidate } from './candidate.js';
import { type FilePlace, isMissing, statIfThere } from './regular-file.js';
import { newestFirst, type RotatedName, rotatedName } from './rotated-names.js';
import type { CompressedFile, Open, Search } from './search.js';

/** How many files of the directory are looked at that have nothing in common with the log but the directory. */
const MOST_OTHERS = 200;
/** How many dated files are opened. */
const MOST_DATED = 500;

interface Listed extends RotatedName {
  readonly place: FilePlace;
  readonly mtimeMs: number;
  readonly stats: Stats;
}

/** What the directory holds that was rotated away, beside what is numbered: the newest first. */
export interface ListedFiles {
  readonly found: Candidate | undefined;
  readonly newer: readonly Candidate[];
  readonly compressed: readonly CompressedFile[];
}

/** Looks through the directory of a log for a file that was rotated away, and for dated files that came after it. */
export async function listRotated(place: FilePlace, search: Search, open: Open): Promise<ListedFiles> {
  const slash = place.path.lastIndexOf(0x2f);
  const directory = slash < 0 ? Buffer.from('.') : place.path.subarray(0, Math.max(1, slash));
  const base = place.path.toString('latin1', slash + 1);
  const members: Listed[] = [];
  const others: DirectoryEntry[] = [];
  const at = (name: Buffer): FilePlace => ({
    ...place,
    path: Buffer.concat([place.path.subarray(0, slash + 1), name]),
  });
  for (const entry of await entriesOf(place, directory)) {
    const name = entry.name.toString('latin1');
    if (name === base || !mayBeRegular(entry)) continue;
    const rotated = rotatedName(base, name);
    if (rotated === undefined) others.push(entry);
    else if (rotated.compressed || !isNumbered(base, name)) {
      const stats = entry.stats ?? (await statIfThere(at(entry.name)));
      if (stats === undefined || stats.mtimeMs < search.since) continue;
      members.push({ ...rotated, place: at(entry.name), stats, mtimeMs: stats.mtimeMs });
    }
  }
  const newer: Candidate[] = [];
  const compressed = members
    .filter((member) => member.compressed)
    .map(({ place: { path }, mtimeMs }) => ({ name: nameFromBytes(path), mtimeMs }));
  const dated = newestFirst(members.filter((member) => !member.compressed));
  for (const member of dated.slice(0, MOST_DATED)) {
    const candidate = await open(member.place);
    if (candidate === undefined) continue;
    if (await search.isIt(candidate)) return { found: candidate, newer, compressed: [] };
    newer.push(candidate);
  }
  for (const entry of others.slice(0, MOST_OTHERS)) {
    const stats = entry.stats ?? (await statIfThere(at(entry.name)));
    if (stats === undefined || !search.mayBe(stats)) continue;
    const candidate = await open(at(entry.name));
    if (candidate !== undefined && (await search.isIt(candidate))) return { found: candidate, newer, compressed: [] };
  }
  return { found: undefined, newer, compressed };
}

/** The entries of a directory; none where it may not be read: then it is not told what was rotated. */
async function entriesOf({ files }: FilePlace, directory: Buffer): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  try {
    for await (const some of files.list(directory)) entries.push(...some);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return entries;
}

function mayBeRegular({ kind }: DirectoryEntry): boolean {
  return kind === undefined || kind === constants.S_IFREG || kind === constants.S_IFLNK;
}

/** Whether it is a name of those that are looked at without a list. */
function isNumbered(base: string, name: string): boolean {
  return name.startsWith(`${base}.`) && /^(?:0|[1-9]\d{0,2})$/.test(name.slice(base.length + 1));
}
