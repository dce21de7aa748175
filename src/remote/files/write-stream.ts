import { Writable } from 'node:stream';
import type { HeldFile } from './held-file.js';
import { type FileStreamOptions, HIGH_WATER, streamPosition } from './read-stream.js';
import { StreamFile, type StreamOpener } from './stream-file.js';

/** Options of a stream that writes to an open file. */
export interface HandleWriteStreamOptions extends FileStreamOptions {
  /** Whether the bytes are on the disk when the stream finishes, as by fsync(2). Default `false`. */
  readonly flush?: boolean | undefined;
}

/** An open file that can be written to as a stream: a `FileHandle`. */
interface Writee {
  createWriteStream(o: HandleWriteStreamOptions): RemoteWriteStream;
}

/** Options of `createWriteStream`. */
export interface WriteStreamOptions extends HandleWriteStreamOptions {
  /** An open file of the machine: it is written to, and the path, the flags and the mode are not looked at. */
  readonly fd?: Writee | undefined;
  /** Default `'w'`; to write in the midst of a file that is there, `'r+'`. */
  readonly flags?: string | number | undefined;
  /** Permissions of a file that is made. Default 0o666. */
  readonly mode?: string | number | undefined;
}

interface Chunk {
  readonly bytes: Buffer;
  readonly done: (error?: Error | null) => void;
}

/**
 * A file as a stream that is written to, with the events of `fs.WriteStream`. As much is under way as pays on the link;
 * `finish` says that the machine has taken all of it.
 */
export class RemoteWriteStream extends Writable {
  readonly path: string;
  /** Bytes that the machine has taken. */
  bytesWritten = 0;
  readonly #file: StreamFile;
  readonly #o: HandleWriteStreamOptions;
  #pushing: Promise<void> | undefined;
  #chunks: Chunk[] = [];
  /** Bytes of the first chunk that have been handed on. */
  #taken = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(path: string, open: StreamOpener, o: HandleWriteStreamOptions) {
    streamPosition('start', o.start);
    super({
      highWaterMark: o.highWaterMark ?? HIGH_WATER,
      autoDestroy: o.autoClose ?? true,
      emitClose: o.emitClose ?? true,
      decodeStrings: true,
      defaultEncoding: o.encoding ?? 'utf8',
    });
    this.path = path;
    this.#o = o;
    this.#file = new StreamFile(this, open, { signal: o.signal, doing: `writing ${path}` });
  }

  /** Whether the file has yet to be opened. */
  get pending(): boolean {
    return this.#file.held === undefined;
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#file.open(done);
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#chunks.push({ bytes, done });
    const { held } = this.#file;
    if (held !== undefined) this.#pushing ??= this.#push(held);
    this.#wakeUp();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#ended = true;
    this.#wakeUp();
    this.#finish().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#file.close(error, this.#pushing, done);
    this.#wakeUp();
  }

  /** Writes what is left, then closes the file. */
  close(done?: (error?: Error | null) => void): void {
    if (done !== undefined) {
      if (this.closed) process.nextTick(done);
      else this.once('close', done);
    }
    this.end(() => this.destroy());
  }

  async #finish(): Promise<void> {
    await this.#pushing;
    if (this.#o.flush) await this.#file.held?.file.sync();
  }

  async #push(held: HeldFile): Promise<void> {
    try {
      await held.file.push({
        start: this.#o.start ?? 0,
        next: (length) => this.#next(length),
        written: (length) => {
          this.bytesWritten += length;
        },
        signal: this.#file.signal,
      });
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.destroy(failure);
      for (const chunk of this.#chunks.splice(0)) chunk.done(failure);
      throw failure;
    }
  }

  async #next(length: number): Promise<readonly Buffer[] | undefined> {
    for (;;) {
      const first = this.#chunks[0];
      if (first === undefined) {
        if (this.#ended || this.destroyed) return undefined;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const from = this.#taken;
      const to = Math.min(first.bytes.length, from + length);
      if (to < first.bytes.length) {
        this.#taken = to;
      } else {
        this.#taken = 0;
        this.#chunks.shift();
        first.done();
      }
      if (to > from) return [first.bytes.subarray(from, to)];
    }
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
