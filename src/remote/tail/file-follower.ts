import type { FileError } from '../../core/file-error.js';
import type { OpenFile } from '../files/file-driver.js';
import { Stats } from '../files/stats.js';
import { findRotated, type RotatedFiles } from './find-rotated.js';
import { Generation, holdsMark, type Mark } from './generation.js';
import { startOfLastLines } from './last-lines.js';
import { fromStart, type Link, rotated } from './link.js';
import { ModificationTime } from './modification-time.js';
import { readRange } from './read-range.js';
import { type FilePlace, isMissing, openIfThere, openRegular, statIfThere, statRegular } from './regular-file.js';
import { grewInto, hasIdentity, isSameFile, looksSame } from './same-file.js';
import type { TailNotice } from './tail-notice.js';
import type { TailStart } from './tail-options.js';

/** How many files are held open at once; more there are only where files are rotated that nobody writes to. */
const MOST_HELD = 6;

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
  #lost: Mark | undefined;
  readonly #modified = new ModificationTime();
  /** The time of modification that the file had before what was read last was read. */
  #readMtimeMs = Number.NaN;

  constructor(place: FilePlace) {
    this.#place = place;
  }

  /** The offset of the next byte, in the file that is being read. */
  get position(): number {
    return this.#chain[0]?.generation.position ?? this.#lost?.position ?? 0;
  }

  /** Opens the file where it is to be begun. Throws `FileError` where it is not there, unless it is to be waited for. */
  async open(start: TailStart, wait: boolean): Promise<void> {
    const file = await (wait ? openIfThere(this.#place) : openRegular(this.#place));
    if (file === undefined) return;
    const { size, mtimeMs } = await file.stat();
    this.#readMtimeMs = mtimeMs;
    const offset =
      'lines' in start ? await startOfLastLines(file, size, start.lines) : start.offset > size ? 0 : start.offset;
    this.#chain = [rotated(await Generation.startingAt(file, offset))];
  }

  /** Goes on over a new link where the old one was left. */
  async resume(place: FilePlace): Promise<readonly TailNotice[]> {
    this.#place = place;
    return this.#lost === undefined ? [] : (await this.#pickUp()).notices;
  }

  /** Lets go of the files, and remembers where the reading was. Throws nothing. */
  async detach(): Promise<void> {
    this.#lost = this.#chain[0]?.generation.mark ?? this.#lost;
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
    this.#begin(this.#chain.slice(1));
    await head.generation.file.close();
    return { notices: [next.notice], more: true };
  }

  #begin(chain: Link[]): void {
    this.#chain = chain;
    this.#lost = undefined;
    this.#end = 0;
    this.#leaving = false;
    this.#modified.unsettle();
  }

  async #read(head: Link): Promise<Step> {
    const bytes = await head.generation.read(this.#end);
    if (bytes === 'changed') return this.#truncated(head);
    this.#readMtimeMs = this.#modified.ms;
    // It was truncated since the last look.
    if (bytes.length === 0) this.#end = head.generation.position;
    return { bytes, notices: [], more: head.generation.position < this.#end || this.#leaving };
  }

  /** Asks how the files are and what stands at the path: all at once, one round trip. */
  async #look(): Promise<Step> {
    const [current, ...answers] = await Promise.all([
      statRegular(this.#place).catch(missingError),
      ...this.#chain.map(({ generation }) => generation.file.stat().catch(missingError)),
    ]);
    const stats = answers.filter((answer) => answer instanceof Stats);
    if (stats.length < answers.length) {
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
    const newest = this.#chain.at(-1)?.generation.file;
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
    const mark = this.#lost;
    const current = await openIfThere(this.#place);
    if (mark === undefined) {
      if (current !== undefined) this.#begin([fromStart(current)]);
      return { notices: [], more: current !== undefined };
    }
    if (current !== undefined && (await this.#continues(current, await current.stat(), mark))) {
      this.#begin([rotated(new Generation(current, mark))]);
      return { notices: [], more: true };
    }
    const others = await this.#findMark(mark);
    if (others !== undefined) {
      await current?.close();
      const newer = others.current === undefined ? others.newer : [...others.newer, others.current];
      this.#begin([rotated(new Generation(others.found, mark)), ...newer.map(fromStart)]);
      return { notices: [], more: true };
    }
    if (current === undefined) return { notices: [], more: false };
    const { size } = await current.stat();
    this.#begin([fromStart(current)]);
    return { notices: [{ type: size < mark.position ? 'truncated' : 'rotated' }], more: true };
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
      const { size } = await generation.file.stat();
      if (!(await holdsMark(generation.file, generation.mark)))
        return withNotices(notices, await this.#truncated(head));
      this.#end = size;
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
    return { notices: [], more: await this.#addNewer(file) };
  }

  /** Whether the file at the path is another one than the newest that is held. */
  async #isAnother(file: OpenFile, mine: Stats, current: Stats): Promise<boolean> {
    if (looksSame(mine, current)) return false;
    if (hasIdentity(mine) && hasIdentity(current)) return true;
    // It may be the same file, which grew between the two answers: asked one after the other, they tell.
    const before = await file.stat();
    const path = await statIfThere(this.#place);
    const after = await file.stat();
    if (path === undefined || looksSame(before, path) || looksSame(path, after)) return false;
    return grewInto(before, path, after) === false;
  }

  /** Adds what came after the newest file that is held: those that were rotated since, and what stands at the path. */
  async #addNewer(newest: OpenFile): Promise<boolean> {
    const others = await findRotated(this.#place, (file) => isSameFile(file, newest));
    if (others !== undefined) await others.found.close();
    const current = others === undefined ? await openIfThere(this.#place) : others.current;
    const newer = [...(others?.newer ?? []), ...(current === undefined ? [] : [current])];
    this.#chain.push(...newer.map(fromStart));
    if (this.#chain.length > MOST_HELD) await this.#dropEmpty();
    return newer.length > 0;
  }

  /** Lets go of files that were rotated away before anything was written to them. */
  async #dropEmpty(): Promise<void> {
    for (const link of this.#chain.slice(1, -1)) {
      const { file } = link.generation;
      if ((await file.stat()).size > 0) continue;
      this.#chain = this.#chain.filter((one) => one !== link);
      await file.close();
    }
  }

  /** Begins anew in a file that was truncated, but reads on in a copy of it where logrotate's `copytruncate` left one. */
  async #truncated(head: Link): Promise<Step> {
    const { generation } = head;
    const { mark } = generation;
    const others = await this.#findMark(mark);
    generation.restart();
    const again: Link = { generation, notice: { type: 'truncated' }, final: false };
    const rest = this.#chain.slice(1);
    if (others === undefined) {
      this.#begin([again, ...rest]);
      return { notices: [again.notice], more: true };
    }
    const copies = [new Generation(others.found, mark)];
    const strays = others.current === undefined ? [] : [others.current];
    let isCopy = true;
    for (const file of others.newer) {
      // Where the truncated file was rotated away itself, it and those that came after it are held already.
      isCopy &&= !(await isSameFile(file, generation.file));
      if (isCopy) copies.push(fromStart(file).generation);
      else strays.push(file);
    }
    await Promise.all(strays.map((file) => file.close()));
    this.#begin([...copies.map((copy): Link => ({ ...again, generation: copy, final: true })), again, ...rest]);
    return { notices: [], more: true };
  }

  /** Looks for the file that was read up to a mark among those that were rotated away. */
  async #findMark(mark: Mark): Promise<RotatedFiles | undefined> {
    // Nothing is known of what was not read: any file would do.
    if (mark.bytes.length === 0) return undefined;
    return findRotated(this.#place, (file, stats) => this.#continues(file, stats, mark));
  }

  /** Whether a file may be the one that was read up to a mark: not one of an older time that only begins like it. */
  async #continues(file: OpenFile, { size, mtimeMs }: Stats, mark: Mark): Promise<boolean> {
    const older = mtimeMs < Math.floor(this.#readMtimeMs / 1000) * 1000;
    return size >= mark.position && !older && holdsMark(file, mark);
  }
}

function withNotices(notices: readonly TailNotice[], step: Step): Step {
  return { ...step, notices: [...notices, ...step.notices] };
}

function missingError(error: unknown): FileError {
  if (isMissing(error)) return error;
  throw error;
}
