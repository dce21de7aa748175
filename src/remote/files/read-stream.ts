import { Readable } from 'node:stream';
import type { Abortable } from '../../core/abort.js';
import { OptionError } from '../../core/hawser-error.js';
import type { HeldFile } from './held-file.js';
import { ReadMark } from './read-mark.js';
import { StreamFile, type StreamOpener } from './stream-file.js';

/** What both kinds of streams take of a file. */
export interface FileStreamOptions extends Abortable {
  readonly encoding?: BufferEncoding | null | undefined;
  /** Whether the file is closed when the stream has ended or failed. Default `true`. */
  readonly autoClose?: boolean | undefined;
  /** Whether the stream emits `close`. Default `true`. */
  readonly emitClose?: boolean | undefined;
  /** The first byte, counted from 0. */
  readonly start?: number | undefined;
  /** In bytes. Default 64 KiB. */
  readonly highWaterMark?: number | undefined;
}

/** Options of a stream that reads from an open file. */
export interface HandleReadStreamOptions extends FileStreamOptions {
  /** The last byte, itself included. Default: the end of the file. */
  readonly end?: number | undefined;
}

/** An open file that can be read as a stream: a `FileHandle`. */
interface Readee {
  createReadStream(o: HandleReadStreamOptions): RemoteReadStream;
}

/** Options of `createReadStream`. */
export interface ReadStreamOptions extends HandleReadStreamOptions {
  /** An open file of the machine: it is read, and the path, the flags and the mode are not looked at. */
  readonly fd?: Readee | undefined;
  /** Default `'r'`. */
  readonly flags?: string | number | undefined;
  readonly mode?: string | number | undefined;
}

/** How many links in a row may be lost before anything comes over them. */
const MOST_IDLE = 10;

/** How much may be under way, in bytes, where nothing else is asked for: as `fs.createReadStream`. */
export const HIGH_WATER: number = 64 * 1024;

/**
 * A file as a stream of bytes, with the events of `fs.ReadStream`. As much is asked for at once as pays on the link, and
 * no more than that while nobody reads.
 */
export class RemoteReadStream extends Readable {
  readonly path: string;
  /** Bytes read so far. */
  bytesRead = 0;
  readonly #file: StreamFile;
  readonly #o: HandleReadStreamOptions;
  #pulling: Promise<void> | undefined;
  /** How much had come when the link was last lost, and how often it has been since then with nothing more. */
  #had = 0;
  #idle = 0;
  /** Whether all has come. */
  #over = false;
  /** Lets the next bytes come. */
  #resume: (() => void) | undefined;

  constructor(path: string, open: StreamOpener, o: HandleReadStreamOptions) {
    const start = streamPosition('start', o.start);
    const end = streamPosition('end', o.end);
    if (start !== undefined && end !== undefined && start > end) {
      throw new OptionError(`Expected the \`start\` option to be at most \`end\` (${end}), got ${start}.`);
    }
    super({
      highWaterMark: o.highWaterMark ?? HIGH_WATER,
      autoDestroy: o.autoClose ?? true,
      emitClose: o.emitClose ?? true,
      ...(o.encoding ? { encoding: o.encoding } : {}),
    });
    this.path = path;
    this.#o = o;
    this.#file = new StreamFile(this, open, { signal: o.signal, doing: `reading ${path}` });
  }

  /** Whether the file has yet to be opened. */
  get pending(): boolean {
    return this.#file.held === undefined;
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#file.open(done, () => this.#comesFarther());
  }

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
    const { held } = this.#file;
    if (held !== undefined) this.#pulling ??= this.#pull(held);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#file.close(error, this.#pulling, done);
    this.#resume?.();
  }

  /** Ends the stream and closes the file. */
  close(done?: (error?: Error | null) => void): void {
    if (done !== undefined) {
      if (this.closed) process.nextTick(done);
      else this.once('close', done);
    }
    this.destroy();
  }

  async #pull(held: HeldFile): Promise<void> {
    try {
      await this.#pullAll(held);
      this.#over = true;
      this.push(null);
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Reads to the end, over one link after the other where the connection makes them again. */
  async #pullAll(first: HeldFile): Promise<void> {
    const { start = 0, end } = this.#o;
    const mark = first.next && new ReadMark(first.file);
    for (let held = first; ; ) {
      try {
        await held.file.pull({
          start: start + this.bytesRead,
          end: end === undefined || end === Number.POSITIVE_INFINITY ? undefined : end + 1,
          inOrder: true,
          signal: this.#file.signal,
          take: (_, pieces) => {
            if (mark === undefined || mark.isKnown) return this.#take(pieces);
            return mark.known().then((isKnown) => (isKnown ? this.#take(pieces) : undefined));
          },
        });
        return;
      } catch (error) {
        // What has come is pushed by then, or it is begun anew.
        await mark?.known();
        held = await this.#file.reopen(error);
        await mark?.check(held, this.bytesRead, error);
        await this.#room();
      }
    }
  }

  /** Whether the file is worth to be opened once more: some of it has come since the last time, or it is one of the first. */
  #comesFarther(): boolean {
    this.#idle = this.bytesRead > this.#had ? 0 : this.#idle + 1;
    this.#had = this.bytesRead;
    return !this.#over && this.#idle < MOST_IDLE;
  }

  /** Waits until somebody reads. */
  #room(): void | Promise<void> {
    if (this.readableLength < this.readableHighWaterMark || this.destroyed) return;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  #take(pieces: readonly Buffer[]): void | Promise<void> {
    let wanted = true;
    for (const piece of pieces) {
      this.bytesRead += piece.length;
      wanted = this.push(piece);
    }
    if (wanted || this.destroyed) return;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }
}

/** Checks a place in a file at the door. */
export function streamPosition(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  if (name === 'end' && value === Number.POSITIVE_INFINITY) return value;
  throw new OptionError(`Expected the \`${name}\` option to be a non-negative integer, got ${String(value)}.`);
}
