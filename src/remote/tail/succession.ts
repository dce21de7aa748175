import { type Candidate, closeAll, openCandidate } from './candidate.js';
import { findRotated, numbered, type RotatedFiles } from './find-rotated.js';
import { type Generation, holdsMark, type Mark, markAt } from './generation.js';
import { copied, type Link, rotated } from './link.js';
import { ReadFiles } from './read-files.js';
import { type FilePlace, statIfThere } from './regular-file.js';
import { type FileId, hasIdentity, isOther, isSameFile, looksSame } from './same-file.js';
import type { Search, Server } from './search.js';
import type { TailNotice } from './tail-notice.js';

/** Where the reading was when the files were lost. */
export interface Lost {
  readonly mark: Mark;
  readonly id: FileId;
  /** The time of modification that the file had before what was read last was read. */
  readonly readMtimeMs: number;
}

/** Files to be read in this order. */
export interface Succession {
  readonly links: readonly Link[];
  /** What is to be said before the first of them. */
  readonly notices: readonly TailNotice[];
}

/** How many of the newest copies are passed over since they are not there or empty. */
const MOST_SKIPPED = 3;

const NOTHING: Succession = { links: [], notices: [] };

/** Finds out which files came after one another at a path, by whatever names they have now. */
export class Successions {
  readonly #read = new ReadFiles();
  readonly #server: Server = { reorders: false };

  /** Takes note of what was rotated away before the tail begins. */
  async begin(place: FilePlace): Promise<void> {
    const before = await statIfThere(numbered(place, 1));
    if (before !== undefined) this.#read.addUnread(before);
  }

  /** Takes note that a file was read as far as it goes. */
  finished({ id, mark }: Generation, mtimeMs: number): void {
    this.#read.add(id, mark, mtimeMs);
  }

  /** What came after a file that is open, and is not the one at the path any more. */
  async after(place: FilePlace, { file }: Generation): Promise<readonly Link[]> {
    const mine = await file.stat();
    const result = await this.#find(place, {
      isIt: ({ file: other, stats }) =>
        hasIdentity(mine) && hasIdentity(stats) ? Promise.resolve(!isOther(mine, stats)) : isSameFile(other, file),
      mayBe: (stats) => looksSame(mine, stats),
      isNear: hasIdentity(mine),
      since: mine.mtimeMs,
    });
    const [first, ...rest] = result.newer.map((candidate) => rotated(candidate));
    if (result.found !== undefined) await closeAll([result.found]);
    if (first === undefined || result.found !== undefined) return first === undefined ? [] : [first, ...rest];
    const others = this.#read.without(result.compressed);
    const unread = this.#read.without(result.compressed, [mine.mtimeMs]);
    const isCompressed = unread.length < others.length;
    if (isCompressed && unread.length === 0) return [first, ...rest];
    const missing = gap(unread);
    return [afterGap(first, missing), ...rest.map((link) => (result.inDoubt ? afterGap(link, missing) : link))];
  }

  /** The files from where the reading was on. No links where nothing is there to be read. */
  async from(place: FilePlace, lost: Lost): Promise<Succession> {
    const { mark, id } = lost;
    // Of a file of which nothing was read, nothing is known but its inode.
    const isKnown = mark.bytes.length > 0 || hasIdentity(id);
    const continues = async (candidate: Candidate): Promise<boolean> =>
      isKnown && (mark.bytes.length > 0 || !isOther(id, candidate.stats)) && (await this.#holds(candidate, lost));
    const current = await openCandidate(place);
    if (current !== undefined) {
      if (await continues(current).catch(() => false)) return { links: [rotated(current, mark)], notices: [] };
      await closeAll([current]);
    }
    const result = await this.#find(place, {
      isIt: continues,
      mayBe: mayHold(lost),
      isNear: hasIdentity(id),
      since: lost.readMtimeMs,
    });
    const { found, newer, reached } = result;
    const links = newer.map((candidate) => rotated(candidate));
    if (found !== undefined) return { links: [rotated(found, mark), ...links], notices: [] };
    const last = newer.at(-1);
    if (last === undefined) return NOTHING;
    const unread = this.#read.without(result.compressed);
    const doubted = result.inDoubt ? links.map((link) => afterGap(link, gap(unread))) : links;
    const stands = last.place.path.equals(place.path);
    if (!isKnown) {
      const isAll = reached || (newer.length === 1 && stands && unread.length === 0);
      return { links: doubted, notices: isAll ? [] : [gap(unread)] };
    }
    const isTruncated =
      stands &&
      (hasIdentity(id) && hasIdentity(last.stats) ? !isOther(id, last.stats) : last.stats.size < mark.position);
    if (isTruncated && newer.length === 1 && unread.length === 0) return { links, notices: [{ type: 'truncated' }] };
    return { links: doubted, notices: [{ type: isTruncated ? 'truncated' : 'rotated' }, gap(unread)] };
  }

  /**
   * The copies that `copytruncate` left of what stood in a file and was not read: from a mark on, or all those that were
   * not read. Without links where there are none. The notices are those of a file of which the rest is lost.
   */
  async copies(place: FilePlace, { file, id }: Generation, lost: Lost): Promise<Succession> {
    const hasMark = lost.mark.bytes.length > 0;
    const result = await this.#find(place, {
      isIt: async (candidate) => hasMark && (await this.#holds(candidate, lost)),
      mayBe: mayHold(lost),
      isNear: hasIdentity(id),
      since: lost.readMtimeMs,
    });
    let copies: Candidate[] = [];
    const strays: Candidate[] = [];
    for (const candidate of result.newer) {
      // Where the truncated file was rotated away itself, it and those that came after it are held already.
      const isCopy =
        strays.length === 0 &&
        !candidate.place.path.equals(place.path) &&
        (hasIdentity(id) && hasIdentity(candidate.stats)
          ? isOther(id, candidate.stats)
          : !(await isSameFile(candidate.file, file)));
      (isCopy ? copies : strays).push(candidate);
    }
    const last = copies.at(-1);
    // A copy of what the file still holds: it is being made, or was made and the file is truncated next.
    if (last !== undefined && (await holdsMark(file, await markAt(last.file, (await last.file.stat()).size)))) {
      copies.pop();
      strays.push(last);
    }
    const empty = copies.filter(({ stats }) => stats.size === 0);
    copies = copies.filter((candidate) => !empty.includes(candidate));
    await closeAll([...strays, ...empty]);
    const links = copies.map((candidate) => copied(candidate));
    const doubted = result.inDoubt ? links.map((link) => afterGap(link, gap([]))) : links;
    if (result.found !== undefined) return { links: [copied(result.found, lost.mark), ...links], notices: [] };
    const unread = this.#read.without(result.compressed);
    const isGap = unread.length > 0 || result.inDoubt || (!result.reached && copies.length + strays.length > 1);
    const missing = isGap ? [gap(unread)] : [];
    return { links: doubted, notices: hasMark || links.length > 0 ? [{ type: 'truncated' }, ...missing] : missing };
  }

  /** Whether copies may stand beside the file at a place that were not read. */
  async mayHaveCopies(place: FilePlace, { id }: Generation, readMtimeMs: number): Promise<boolean> {
    // While the files are renamed, a name is free; and in an empty copy there is nothing to be read.
    for (let number = 1; number <= MOST_SKIPPED; number += 1) {
      const newest = await openCandidate(numbered(place, number));
      if (newest === undefined) continue;
      try {
        if (newest.stats.size === 0) continue;
        if (hasIdentity(id) && hasIdentity(newest.stats) && !isOther(id, newest.stats)) return false;
        return newest.stats.mtimeMs >= wholeSecond(readMtimeMs) && !(await this.#read.includes(newest));
      } finally {
        await closeAll([newest]);
      }
    }
    return false;
  }

  #find(place: FilePlace, search: Omit<Search, 'isRead' | 'server'>): Promise<RotatedFiles> {
    return findRotated(place, {
      ...search,
      since: wholeSecond(search.since),
      server: this.#server,
      isRead: (candidate) => this.#read.includes(candidate),
    });
  }

  /** Whether a file may be the one that was read up to a mark: not one of an older time that only begins like it. */
  async #holds({ file, stats }: Candidate, lost: Lost): Promise<boolean> {
    return mayHold(lost)(stats) && (await holdsMark(file, lost.mark));
  }
}

function mayHold({ mark, readMtimeMs }: Lost): Search['mayBe'] {
  return ({ size, mtimeMs }) => size >= mark.position && !(mtimeMs < wholeSecond(readMtimeMs));
}

/** SFTP tells whole seconds, and so do copies that keep the time. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function afterGap(link: Link, notice: TailNotice): Link {
  return { ...link, notices: [...link.notices, notice] };
}

function gap(compressed: readonly { readonly name: string }[]): TailNotice {
  return { type: 'gap', compressed: compressed.map(({ name }) => name) };
}
