import { randomInt } from 'node:crypto';
import { constants } from 'node:fs';
import { ChannelError } from '../../../core/errors.js';
import type { FileDriver, OpenFile } from '../../files/file-driver.js';
import type { Stats } from '../../files/stats.js';
import { pipeBytes } from '../byte-pipe.js';
import type { ByteMove, ByteMover } from '../strategy.js';
import type { End, Work } from '../work.js';
import { overFurtherConnection } from './further-connection.js';

/** What is shorter is there before more channels would be, in bytes; and before more connections would be. */
const WORTH_CHANNELS = 16 * 1024 * 1024;
const WORTH_CONNECTIONS = 64 * 1024 * 1024;

/** The round trip past which the window of one channel holds a transfer back, in milliseconds. */
const LONG = 8;

/** How many channels a file is sent over. A server allows ten of them by default (MaxSessions of sshd_config(5)). */
const CHANNELS = 4;

/** How many connections there are beside the first one. A server lets ten strangers in at once (MaxStartups). */
const FURTHER = 3;

/** Of so many shares, each lane takes one after another: the slowest one is not left with a long rest. */
const SHARES = 8;
const SMALLEST_SHARE = 4 * 1024 * 1024;

/** The side of a transfer that is far away, and its file. */
interface FarSide {
  readonly end: End;
  readonly file: OpenFile;
  readonly path: Buffer;
  readonly flags: number;
  /** How many channels of the first connection are of use. */
  readonly channels: number;
}

/**
 * Moves a large file over several lanes of a long line. A server takes no more than 2 MiB of a channel that it has not
 * acknowledged: what is sent goes over several channels. TCP has no more under way on one connection than its buffers
 * and the losses of the line allow: what is larger yet goes over several connections, in both directions.
 *
 * What has to pass in order does not go this way: a digest on the way, and a draft that may be gone on with later.
 */
export const moveOverSeveralLanes: ByteMover = async (work, move) => {
  const { start, end, seen } = move;
  const far = farSide(work, move);
  if (far === undefined || seen !== undefined || work.plan.resume || end - start < WORTH_CHANNELS) return undefined;
  const more = end - start >= WORTH_CONNECTIONS && far.end.site.transport.further?.() !== undefined;
  if ((!more && far.channels < 2) || (await roundTrip(far.file)) < LONG) return undefined;
  return new Shares(work, move, far).move(more ? FURTHER : 0);
};

function farSide({ from, to }: Work, { job, source, target, targetPath }: ByteMove): FarSide | undefined {
  if (source.readInto !== undefined && to.files.abilities.has('random-access')) {
    return { end: to, file: target, path: targetPath, flags: constants.O_WRONLY, channels: CHANNELS };
  }
  if (to.files.kind !== 'local' || !from.files.abilities.has('random-access')) return undefined;
  // What comes is acknowledged in time, however much it is.
  return { end: from, file: source, path: job.source, flags: constants.O_RDONLY, channels: 1 };
}

/** How long the other machine takes to answer, in milliseconds. */
async function roundTrip(file: OpenFile): Promise<number> {
  const asked = performance.now();
  await file.stat();
  return performance.now() - asked;
}

/** What tells a file from others. */
interface Mark {
  readonly size: number;
  readonly mtimeMs: number | undefined;
}

/** How much longer a file is for a while, at most, in bytes. */
const MOST_ADDED = 65_536;

interface Share {
  readonly start: number;
  readonly end: number;
}

/** The shares of one file, and the lanes that they go over. */
class Shares {
  readonly #work: Work;
  readonly #move: ByteMove;
  readonly #far: FarSide;
  readonly #size: number;
  /** The first byte that is in nobody's share yet. */
  #next: number;
  /** What a lane had to leave. */
  readonly #left: Share[] = [];
  /** Fires when nothing is left to be begun. */
  readonly #allTaken = new AbortController();
  /** Where the source ended. */
  #end: number;
  /** Up to where everything is there, for all that is known of the shares that were cut. */
  #whole = Number.POSITIVE_INFINITY;

  constructor(work: Work, move: ByteMove, far: FarSide) {
    this.#work = work;
    this.#move = move;
    this.#far = far;
    this.#next = move.start;
    this.#end = move.end;
    this.#size = Math.max(SMALLEST_SHARE, Math.ceil((move.end - move.start) / SHARES));
  }

  async move(further: number): Promise<number> {
    const { end, channels } = this.#far;
    const mark = further > 0 ? await this.#mark() : undefined;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#work.signal, stop.signal]);
    const lanes = [this.#carry(this.#far.file, signal)];
    for (let lane = 1; lane < channels; lane++) {
      // The lock is held for the whole transfer already.
      const o = { signal, exclusive: false };
      lanes.push(end.access.useAnother(({ files }) => this.#over(files, signal), o).catch(unlessNoRoom));
    }
    const needed = AbortSignal.any([signal, this.#allTaken.signal]);
    for (let lane = 0; mark !== undefined && lane < further; lane++) {
      const work = (files: FileDriver): Promise<void> => this.#over(files, signal, mark).catch(unlessEnded(signal));
      lanes.push(overFurtherConnection(end, needed, work));
    }
    try {
      await Promise.all(lanes);
      // A further connection may have been lost after all others were done.
      await this.#carry(this.#far.file, signal);
      if (mark !== undefined && mark.size !== this.#move.end) await this.#move.target.truncate(this.#move.end);
    } catch (error) {
      // The file is closed and given up next: nobody may be writing to it then.
      stop.abort(error);
      await Promise.allSettled(lanes);
      // What is written farther on has gaps before it.
      const { targetPath } = this.#move;
      if (this.#work.course.keeps(error)) this.#work.course.cut(targetPath, Math.min(this.#next, this.#whole));
      throw error;
    }
    return this.#end;
  }

  async #over(files: FileDriver, signal: AbortSignal, mark?: Mark): Promise<void> {
    const file = await files.open(this.#far.path, this.#far.flags, 0o600);
    try {
      if (mark === undefined || isMarked(await file.stat(), mark)) await this.#carry(file, signal);
    } finally {
      // All that was written has been acknowledged.
      await file.close().catch(() => {});
    }
  }

  /**
   * How the file is told from one of its name on another machine, where a further connection may lead: several may answer
   * to one address. What is read has its size and time; what is written is given a size that no other file has.
   */
  async #mark(): Promise<Mark | undefined> {
    const { target, end } = this.#move;
    if (this.#far.file !== target) {
      const { size, mtimeMs } = await this.#far.file.stat();
      return size === end ? { size, mtimeMs } : undefined;
    }
    const size = end + randomInt(1, MOST_ADDED);
    const marked = await target.truncate(size).then(
      () => true,
      () => false,
    );
    return marked ? { size, mtimeMs: undefined } : undefined;
  }

  /** Carries shares as long as there are any: those of lanes that could not be had are left to the others. */
  async #carry(far: OpenFile, signal: AbortSignal): Promise<void> {
    const { source, target } = this.#move;
    const ends = this.#far.file === target ? { source, target: far } : { source: far, target };
    for (let share = this.#take(); share !== undefined; share = this.#take()) {
      let carried = 0;
      const written = (length: number): void => {
        carried += length;
        this.#move.written(length);
      };
      try {
        const reached = await pipeBytes({ ...ends, ...share, written, signal });
        if (reached < share.end) this.#end = Math.min(this.#end, reached);
      } catch (error) {
        this.#move.written(-carried);
        this.#left.push(share);
        this.#whole = Math.min(this.#whole, share.start + carried);
        throw error;
      }
    }
  }

  #take(): Share | undefined {
    const left = this.#left.pop();
    if (left !== undefined) return left;
    if (this.#next >= this.#end) {
      this.#allTaken.abort();
      return undefined;
    }
    const start = this.#next;
    this.#next = Math.min(start + this.#size, this.#move.end);
    return { start, end: this.#next };
  }
}

/** A server without room for one more channel is served over those that there are. */
function unlessNoRoom(error: unknown): void {
  if (!(error instanceof ChannelError)) throw error;
}

/** What becomes of a further connection is nobody's business: what it left goes over another one. */
function unlessEnded(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (signal.aborted) throw error;
  };
}

function isMarked(stats: Stats, { size, mtimeMs }: Mark): boolean {
  return stats.size === size && (mtimeMs === undefined || stats.mtimeMs === mtimeMs);
}
