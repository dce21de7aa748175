import { constants } from 'node:fs';
import { ChannelError } from '../../../core/errors.js';
import type { OpenFile } from '../../files/file-driver.js';
import { pipeBytes } from '../byte-pipe.js';
import type { ByteMove, ByteMover } from '../strategy.js';
import type { Work } from '../work.js';

/** What is shorter is there before more channels would be, in bytes. */
const WORTHWHILE = 16 * 1024 * 1024;

/** The round trip past which the window of one channel holds a transfer back, in milliseconds. */
const LONG = 8;

/** How many channels a file is sent over. A server allows ten of them by default (MaxSessions of sshd_config(5)). */
const CHANNELS = 4;

/**
 * Sends a large file over several channels of a long link: a server takes no more than 2 MiB of a channel that it has not
 * acknowledged, so that one channel carries as much in a round trip and no more. Each has a share of the file.
 *
 * What has to pass in order does not go this way: a digest on the way, and a draft that may be gone on with later.
 */
export const moveOverSeveralChannels: ByteMover = async (work, move) => {
  const { start, end, seen, source } = move;
  const fit = source.readInto !== undefined && work.to.files.abilities.has('random-access');
  if (!fit || seen !== undefined || work.plan.resume || end - start < WORTHWHILE) return undefined;
  return (await roundTrip(move.target)) < LONG ? undefined : new Shares(work, move).move();
};

/** How long the target takes to answer, in milliseconds. */
async function roundTrip(target: OpenFile): Promise<number> {
  const asked = performance.now();
  await target.stat();
  return performance.now() - asked;
}

/** The shares of one file, and the channels that they go over. */
class Shares {
  readonly #work: Work;
  readonly #move: ByteMove;
  readonly #share: number;
  /** The first byte that is in nobody's share yet. */
  #next: number;
  /** Where the source ended. */
  #end: number;

  constructor(work: Work, move: ByteMove) {
    this.#work = work;
    this.#move = move;
    this.#next = move.start;
    this.#end = move.end;
    this.#share = Math.ceil((move.end - move.start) / CHANNELS);
  }

  async move(): Promise<number> {
    const { access } = this.#work.to;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#work.signal, stop.signal]);
    const lanes = [this.#send(this.#move.target, signal)];
    for (let lane = 1; lane < CHANNELS; lane++) {
      // The lock is held for the whole transfer already.
      const another = access.useAnother(({ files }) => this.#over(files, signal), { signal, exclusive: false });
      lanes.push(another.catch(unlessNoRoom));
    }
    try {
      await Promise.all(lanes);
    } catch (error) {
      // The file is closed and given up next: nobody may be writing to it then.
      stop.abort(error);
      await Promise.allSettled(lanes);
      throw error;
    }
    return this.#end;
  }

  async #over(files: Work['to']['files'], signal: AbortSignal): Promise<void> {
    const file = await files.open(this.#move.targetPath, constants.O_WRONLY, 0o600);
    try {
      await this.#send(file, signal);
    } finally {
      // All that was written has been acknowledged.
      await file.close().catch(() => {});
    }
  }

  /** Sends shares as long as there are any: those of channels that could not be had are left to the others. */
  async #send(target: OpenFile, signal: AbortSignal): Promise<void> {
    const { source, written } = this.#move;
    while (this.#next < this.#end) {
      const start = this.#next;
      const end = Math.min(start + this.#share, this.#move.end);
      this.#next = end;
      const reached = await pipeBytes({ source, target, start, end, written, signal });
      if (reached < end) this.#end = Math.min(this.#end, reached);
    }
  }
}

/** A server without room for one more channel is served over those that there are. */
function unlessNoRoom(error: unknown): void {
  if (!(error instanceof ChannelError)) throw error;
}
