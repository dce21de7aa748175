import type { FileError } from '../../core/file-error.js';
import { Stats } from '../files/stats.js';
import { openCandidate } from './candidate.js';
import { type Generation, holdsMark, markAt } from './generation.js';
import { startOfLastLines } from './last-lines.js';
import { type Link, rotated, truncated } from './link.js';
import { ModificationTime } from './modification-time.js';
import { readRange } from './read-range.js';
import { type FilePlace, isMissing, openIfThere, openRegular, statIfThere, statRegular } from './regular-file.js';
import { grewInto, hasIdentity, haveCommonText, isOther, looksSame } from './same-file.js';
import { type Lost, Successions } from './succession.js';
import type { TailNotice } from './tail-notice.js';
import type { TailStart } from './tail-options.js';

/** How many files are held open at once; more there are only where files are rotated that nobody writes to. */
const MOST_HELD = 6;
/** How many of them are asked how they are at each look, those to be read next. */
const MOST_ASKED = 6;

/** What one step along the file came to. */
export interface Step {
  readonly bytes?: Buffer | undefined;
  /** What happened; before the bytes. */
  readonly notices: readonly TailNotice[];
  /** Whether the next step is worth taking at once. */
  readonly more: boolean;
}

/**
 * Follows the file at a path through growth, truncation and rotation, step by step: each step is one look or one read,
 * and nothing happens between steps.
 *
 * A file that another one has replaced is read on until the other one has something in it: only then has the writer
 * gone over. Where SFTP tells no inodes, the open file and the one at the path are told apart by all else that is known of
 * them, asked for in an order that rules out growth; and a file is known again by the bytes before the position.
 */
export class FileFollower {
  #place: FilePlace;
  /** The files from the one that is being read to the one that stands at the path; mostly one. */
  #chain: Link[] = [];
  /** How far the first of them is known to reach. */
  #end = 0;
  /** Whether the first of them is left when it has been read so far. */
  #leaving = false;
  #waiting = false;
  /** Where the reading was when the files were lost. */
  #lost: Lost | undefined;
  readonly #successions = new Successions();
  readonly #modified = new ModificationTime();
  /** The time of modification that the file had before what was read last was read. */
  #readMtimeMs = Number.NaN;
  /** The one that the first of them had in the end. */
  #finalMtimeMs = Number.NaN;

  constructor(place: FilePlace) {
    this.#place = place;
  }

  /** The offset of the next byte, in the file that is being read. */
  get position(): number {
    return this.#chain[0]?.generation.position ?? this.#lost?.mark.position ?? 0;
  }

  /** Opens the file where it is to be begun. Throws `FileError` where it is not there, unless it is to be waited for. */
  async open(start: TailStart, wait: boolean): Promise<void> {
    const file = await (wait ? openIfThere(this.#place) : openRegular(this.#place));
    if (file === undefined) return;
    const [stats] = await Promise.all([file.stat(), this.#successions.begin(this.#place)]);
    const { size, mtimeMs } = stats;
    this.#readMtimeMs = mtimeMs;
    const offset =
      'lines' in start ? await startOfLastLines(file, size, start.lines) : start.offset > size ? 0 : start.offset;
    const first = rotated({ place: this.#place, file, stats }, await markAt(file, offset));
    this.#chain = [{ ...first, copyable: true }];
  }

  /** Goes on over a new link where the old one was left. */
  async resume(place: FilePlace): Promise<readonly TailNotice[]> {
    this.#place = place;
    return this.#lost === undefined ? [] : (await this.#pickUp()).notices;
  }

  /** Lets go of the files, and remembers where the reading was. Throws nothing. */
  async detach(): Promise<void> {
    const head = this.#chain[0]?.generation;
    if (head !== undefined) this.#lost = this.#lostAt(head);
    const files = this.#chain.map(({ generation }) => generation.file);
    this.#chain = [];
    await Promise.allSettled(files.map((file) => file.close()));
  }

  /** The bytes of the file at the path between an offset and the position. */
  async readAgain(from: number): Promise<Buffer> {
    const current = this.#chain.at(-1)?.generation;
    if (current === undefined || from >= current.position) return Buffer.alloc(0);
    return readRange(current.file, from, current.position - from);
  }

  /** Takes one step. */
  async step(): Promise<Step> {
    try {
      return await this.#advance();
    } catch (error) {
      if (!isMissing(error) || this.#chain.length === 0) throw error;
      // Over a shell a file is open by its name alone, and may go between two calls.
      await this.detach();
      return { notices: [], more: false };
    }
  }

  async #advance(): Promise<Step> {
    const [head, next] = this.#chain;
    if (head === undefined) return this.#look();
    if (head.generation.position < this.#end) return this.#read(head);
    if (!this.#leaving || next === undefined) return this.#look();
    this.#successions.finished(head.generation, this.#finalMtimeMs);
    this.#begin(this.#chain.slice(1));
    await head.generation.file.close();
    return { notices: next.notices, more: true };
  }

  #lostAt({ mark, id }: Generation): Lost {
    return { mark, id, readMtimeMs: this.#readMtimeMs };
  }

  #begin(chain: readonly Link[]): void {
    this.#chain = [...chain];
    this.#lost = undefined;
    this.#end = 0;
    this.#leaving = false;
    this.#modified.unsettle();
  }

  async #read(head: Link): Promise<Step> {
    const isFirst = head.generation.mark.bytes.length === 0;
    const bytes = await head.generation.read(this.#end);
    if (bytes === 'changed') return this.#truncated(head);
    if (isFirst && bytes.length > 0) {
      const other = await this.#beginElsewhere(head, bytes);
      if (other !== undefined) return other;
    }
    if (bytes.length > 0) this.#readMtimeMs = this.#modified.ms;
    // It was truncated since the last look.
    if (bytes.length === 0) this.#end = head.generation.position;
    return { bytes, notices: [], more: head.generation.position < this.#end || this.#leaving };
  }

  /**
   * What is to be read in place of what was just read first from a file: no mark tells whether it was truncated or
   * renamed meanwhile. `undefined` where it is the right one.
   */
  async #beginElsewhere(head: Link, bytes: Buffer): Promise<Step | undefined> {
    const { generation } = head;
    if (isOther(generation.id, await generation.file.stat())) {
      generation.restart();
      await this.detach();
      return { notices: [], more: true };
    }
    if (!head.copyable || this.#chain.length > 1) return undefined;
    if (!(await this.#successions.mayHaveCopies(this.#place, generation, this.#readMtimeMs))) return undefined;
    const { mark } = generation;
    generation.restart();
    const { links, notices } = await this.#successions.copies(this.#place, generation, this.#lostAt(generation));
    if (links.length === 0) {
      generation.moveTo(mark);
      return notices.length === 0 ? undefined : { bytes, notices, more: true };
    }
    this.#begin([...links, truncated(generation)]);
    return { notices, more: true };
  }

  /** Asks how the files are and what stands at the path: all at once, one round trip. */
  async #look(): Promise<Step> {
    const asked =
      this.#chain.length <= MOST_ASKED
        ? this.#chain
        : [...this.#chain.slice(0, MOST_ASKED - 1), ...this.#chain.slice(-1)];
    const [current, ...answers] = await Promise.all([
      statRegular(this.#place).catch(missingError),
      ...asked.map(({ generation }) => generation.file.stat().catch(missingError)),
    ]);
    const stats = answers.filter((answer) => answer instanceof Stats);
    // Over a shell a file is open by its name alone, which may be another one's by now.
    const isMoved = stats.some((one, i) => isOther(asked[i]?.generation.id ?? one, one));
    if (stats.length < answers.length || isMoved) {
      await this.detach();
      return { notices: [], more: !(current instanceof Error) };
    }
    if (current instanceof Error) {
      if (!this.#waiting) {
        this.#waiting = true;
        return this.#lookAt([{ type: 'waiting', error: current }], undefined, stats);
      }
      return this.#lookAt([], undefined, stats);
    }
    const notices: TailNotice[] = this.#waiting ? [{ type: 'appeared' }] : [];
    this.#waiting = false;
    const newest = this.#chain.at(-1)?.generation;
    const newestStats = stats.at(-1);
    if (newest === undefined || newestStats === undefined) return withNotices(notices, await this.#pickUp());
    if (await this.#isAnother(newest, newestStats, current)) {
      const found = await this.#addNewer(newest);
      return { notices, more: found };
    }
    return this.#lookAt(notices, current, stats);
  }

  /** Opens the file where none is held: where it was left, if there is one that was. */
  async #pickUp(): Promise<Step> {
    const lost = this.#lost;
    if (lost === undefined) {
      const current = await openCandidate(this.#place);
      if (current !== undefined) this.#begin([rotated(current)]);
      return { notices: [], more: current !== undefined };
    }
    const { links, notices } = await this.#successions.from(this.#place, lost);
    if (links.length > 0) this.#begin(links);
    return { notices, more: links.length > 0 };
  }

  /** What follows from the state of the files that are held. */
  async #lookAt(
    notices: readonly TailNotice[],
    current: Stats | undefined,
    [first, ...later]: readonly Stats[],
  ): Promise<Step> {
    const head = this.#chain[0];
    if (head === undefined || first === undefined) return { notices, more: false };
    const { generation } = head;
    this.#modified.see(first.mtimeMs);
    if (head.final || later.some(({ size }) => size > 0)) {
      // Asked once more, now that the writer is known to have gone over: this is all that there will be.
      const { size, mtimeMs } = await generation.file.stat();
      if (!(await holdsMark(generation.file, generation.mark)))
        return withNotices(notices, await this.#truncated(head));
      this.#end = size;
      this.#finalMtimeMs = mtimeMs;
      this.#leaving = true;
      return { notices, more: true };
    }
    if (first.size < generation.position) return withNotices(notices, await this.#truncated(head));
    this.#end = first.size;
    if (first.size > generation.position) return { notices, more: true };
    if (current !== undefined && later.length === 0) return withNotices(notices, await this.#verify(head, current));
    return { notices, more: false };
  }

  /**
   * Makes sure that a file of the same size is the same, until its time of modification has grown old: within one tick of
   * that clock it may have been written anew, or another one of its size may have taken its place.
   */
  async #verify(head: Link, current: Stats): Promise<Step> {
    const { mark, file } = head.generation;
    const quiet = { notices: [], more: false };
    if (mark.bytes.length === 0 || this.#modified.settled) return quiet;
    this.#modified.looked();
    if (!(await holdsMark(file, mark))) return this.#truncated(head);
    if (hasIdentity(current)) return quiet;
    const fresh = await openIfThere(this.#place);
    if (fresh === undefined) return quiet;
    const isOther = !(await holdsMark(fresh, mark));
    await fresh.close();
    if (!isOther) return quiet;
    // It may be the same file, truncated between the two looks.
    if (!(await holdsMark(file, mark))) return this.#truncated(head);
    return { notices: [], more: await this.#addNewer(head.generation) };
  }

  /** Whether the file at the path is another one than the newest that is held. */
  async #isAnother({ file }: Generation, mine: Stats, current: Stats): Promise<boolean> {
    if (looksSame(mine, current)) return false;
    if (hasIdentity(mine) && hasIdentity(current)) return true;
    // It may be the same file, which grew between the two answers: asked one after the other, they tell.
    const before = await file.stat();
    const path = await statIfThere(this.#place);
    const after = await file.stat();
    if (path === undefined || looksSame(before, path) || looksSame(path, after)) return false;
    if (grewInto(before, path, after) !== false) return false;
    // Or it was truncated and written anew between them.
    const fresh = await openIfThere(this.#place);
    if (fresh === undefined) return false;
    const isOne = await haveCommonText(fresh, file);
    await fresh.close();
    return !isOne;
  }

  /** Adds what came after the newest file that is held: those that were rotated since, and what stands at the path. */
  async #addNewer(newest: Generation): Promise<boolean> {
    const newer = await this.#successions.after(this.#place, newest);
    this.#chain.push(...newer);
    if (this.#chain.length > MOST_HELD) await this.#dropEmpty();
    return newer.length > 0;
  }

  /** Lets go of files that were rotated away before anything was written to them. */
  async #dropEmpty(): Promise<void> {
    const between = this.#chain.slice(1, -1);
    const stats = await Promise.all(between.map(({ generation }) => generation.file.stat()));
    const empty = new Set(between.filter((link, i) => stats[i]?.size === 0 && isPlain(link)));
    this.#chain = this.#chain.filter((link) => !empty.has(link));
    await Promise.all(Array.from(empty, ({ generation }) => generation.file.close()));
  }

  /** Begins anew in a file that was truncated, but reads on in a copy of it where logrotate's `copytruncate` left one. */
  async #truncated({ generation }: Link): Promise<Step> {
    if (isOther(generation.id, await generation.file.stat())) {
      await this.detach();
      return { notices: [], more: true };
    }
    const { links, notices } = await this.#successions.copies(this.#place, generation, this.#lostAt(generation));
    generation.restart();
    this.#begin([...links, truncated(generation), ...this.#chain.slice(1)]);
    return { notices, more: true };
  }
}

/** Whether nothing more is to be said when a file is read than that it is another one. */
function isPlain({ notices }: Link): boolean {
  return notices.every(({ type }) => type === 'rotated');
}

function withNotices(notices: readonly TailNotice[], step: Step): Step {
  return { ...step, notices: [...notices, ...step.notices] };
}

function missingError(error: unknown): FileError {
  if (isMissing(error)) return error;
  throw error;
}
