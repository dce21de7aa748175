import type { OpenFile } from '../files/file-driver.js';
import { BlockRing } from './block-ring.js';
import { SpentPieces } from './spent-pieces.js';

/** What may lie between the reading and the writing side, in bytes; what is under way on either side is not counted. */
const CAPACITY = 1024 * 1024;

/** Which bytes go from where to where. */
export interface PipeOptions {
  readonly source: OpenFile;
  readonly target: OpenFile;
  /** The first byte, in both files. */
  readonly start: number;
  /** The byte after the last one: nothing is read beyond it, however much the file grows. */
  readonly end: number;
  /** Sees every byte, in order. */
  readonly seen?: ((pieces: readonly Buffer[]) => void) | undefined;
  /** Told how many bytes the target has acknowledged. */
  readonly written: (length: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Reads one open file and writes another, with as much under way on both sides as pays and bounded memory between them.
 *
 * @returns the position at which the source ended: less than `end` where it was shorter.
 */
export function pipeBytes(o: PipeOptions): Promise<number> {
  return o.source.readInto === undefined ? pipeApart(o) : pipeInStep(o);
}

/** Reads when there is something to write, into the same few blocks: the source answers at once. */
async function pipeInStep({ source, target, start, end, seen, written, signal }: PipeOptions): Promise<number> {
  const ring = new BlockRing();
  let position = start;
  const next = async (length: number): Promise<readonly Buffer[] | undefined> => {
    const block = ring.take(Math.min(length, end - position));
    const count = position < end ? ((await source.readInto?.(position, block)) ?? 0) : 0;
    if (count === 0) return undefined;
    position += count;
    ring.lend(block, count);
    const pieces = [block.subarray(0, count)];
    seen?.(pieces);
    return pieces;
  };
  await target.push({
    start,
    next,
    signal,
    written: (length) => {
      ring.acknowledged(length);
      written(length);
    },
  });
  return position;
}

/** Reads ahead of what is written: both sides take time to answer. */
async function pipeApart(o: PipeOptions): Promise<number> {
  const pipe = new BytePipe();
  const spent = o.source.givesAway === true ? new SpentPieces() : undefined;
  const stop = new AbortController();
  const signal = AbortSignal.any([o.signal, stop.signal]);
  const pulled = o.source
    .pull({
      start: o.start,
      end: o.end,
      expected: o.end,
      inOrder: true,
      signal,
      take: (_position, pieces) => {
        o.seen?.(pieces);
        spent?.put(pieces);
        return pipe.put(pieces);
      },
    })
    .finally(() => pipe.end());
  const pushed = o.target
    .push({
      start: o.start,
      next: (length) => pipe.take(length),
      written: (length) => {
        spent?.acknowledged(length);
        o.written(length);
      },
      signal,
    })
    .finally(() => pipe.drop());
  // The side that fails first says why; the other one is stopped, and waited for: both files are closed afterwards.
  const failed = (error: unknown): never => {
    stop.abort(error);
    throw error;
  };
  const [read, wrote] = await Promise.allSettled([pulled.catch(failed), pushed.catch(failed)]);
  if (stop.signal.aborted) throw stop.signal.reason;
  if (read.status === 'rejected') throw read.reason;
  if (wrote.status === 'rejected') throw wrote.reason;
  return read.value;
}

/** A queue of bytes between one side that puts and one that takes. */
class BytePipe {
  readonly #pieces: Buffer[] = [];
  #length = 0;
  #ended = false;
  #dropped = false;
  #filled: (() => void) | undefined;
  #drained: (() => void) | undefined;

  /** Puts bytes in; the promise, where there is one, is for waiting until there is room again. */
  put(pieces: readonly Buffer[]): void | Promise<void> {
    if (this.#dropped) return;
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#length += piece.length;
    }
    this.#filled?.();
    if (this.#length < CAPACITY) return;
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  /** The next bytes, up to `length` of them; `undefined` once all have been taken and no more will come. */
  async take(length: number): Promise<readonly Buffer[] | undefined> {
    while (this.#length === 0) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#filled = resolve;
      });
      this.#filled = undefined;
    }
    const taken: Buffer[] = [];
    let left = length;
    while (left > 0) {
      const piece = this.#pieces[0];
      // What fits in as a whole is left whole.
      if (piece === undefined || (taken.length > 0 && piece.length > left)) break;
      const part = piece.subarray(0, left);
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(left);
      taken.push(part);
      left -= part.length;
    }
    this.#length -= length - left;
    if (this.#length < CAPACITY) this.#open();
    return taken;
  }

  /** No more will be put. */
  end(): void {
    this.#ended = true;
    this.#filled?.();
  }

  /** No more will be taken: what comes is thrown away, and nobody is held up. */
  drop(): void {
    this.#dropped = true;
    this.#pieces.length = 0;
    this.#length = 0;
    this.#open();
  }

  #open(): void {
    this.#drained?.();
    this.#drained = undefined;
  }
}
