import { PassThrough, Readable } from 'node:stream';
import type { Chunks } from '../transport/contract.js';

const EMPTY = Buffer.alloc(0);
/** Has listeners called after what runs now. `queueMicrotask` costs several times as much. */
const AT_HAND: Promise<void> = Promise.resolve();

function ignore(): void {}

/** A stream of one chunk, or of none: cheaper than a pipe that is written to. */
class ChunkStream extends Readable {
  readonly #chunk: Buffer;

  constructor(chunk: Buffer) {
    super();
    this.#chunk = chunk;
  }

  override _read(): void {
    if (this.#chunk.length > 0) this.push(this.#chunk);
    this.push(null);
  }
}

/** One chunk, or none, without a stream: it comes as soon as whoever asks for it has had the time to ask. */
class KnownChunks implements Chunks {
  #chunk: Buffer;
  readonly #onRead: () => void;
  #give: (chunk: Buffer) => void = ignore;
  #end: () => void = ignore;
  #flows = false;
  #over = false;

  constructor(chunk: Buffer, onRead: () => void) {
    this.#chunk = chunk;
    this.#onRead = onRead;
  }

  on(_event: 'data', listener: (chunk: Buffer) => void): void {
    this.#give = listener;
    this.resume();
  }

  once(_event: 'end', listener: () => void): void {
    this.#end = listener;
  }

  pause(): void {
    this.#flows = false;
  }

  resume(): void {
    if (this.#flows) return;
    this.#flows = true;
    void AT_HAND.then(() => this.#flow());
  }

  #flow(): void {
    const chunk = this.#chunk;
    if (this.#flows && chunk.length > 0) {
      this.#chunk = EMPTY;
      this.#give(chunk);
    }
    if (!this.#flows || this.#over) return;
    this.#over = true;
    this.#end();
    this.#onRead();
  }
}

/** One direction of a command's output in memory. It is a pipe only where somebody asks for it before all of it is known. */
export class MemoryOutlet {
  readonly #onRead: () => void;
  #stream: Readable | undefined;
  #pipe: PassThrough | undefined;
  #rest: Buffer | undefined;

  constructor(onRead: () => void) {
    this.#onRead = onRead;
  }

  get reader(): Readable {
    if (this.#stream !== undefined) return this.#stream;
    return this.#rest === undefined ? this.writer : this.#watch(new ChunkStream(this.#rest));
  }

  get chunks(): Chunks {
    if (this.#stream !== undefined || this.#rest === undefined) return this.reader;
    return new KnownChunks(this.#rest, this.#onRead);
  }

  get writer(): PassThrough {
    if (this.#pipe === undefined) {
      this.#pipe = this.#watch(new PassThrough());
      if (this.#rest !== undefined) this.#pipe.end();
    }
    return this.#pipe;
  }

  /** The last of it. */
  finish(chunk: string | Uint8Array | undefined): void {
    this.#rest = bytesOf(chunk);
    if (this.#pipe !== undefined) this.#pipe.end(chunk);
    // Nothing to read counts as read: a real channel closes over a stream that nobody looked at, if it is empty.
    else if (this.#rest.length === 0) this.#onRead();
  }

  destroy(reason: Error): void {
    this.#stream?.destroy(reason);
  }

  #watch<S extends Readable>(stream: S): S {
    this.#stream = stream;
    stream.on('error', ignore);
    stream.once('close', this.#onRead);
    return stream;
  }
}

function bytesOf(text: string | Uint8Array | undefined): Buffer {
  if (text === undefined) return EMPTY;
  if (typeof text === 'string') return Buffer.from(text);
  return Buffer.isBuffer(text) ? text : Buffer.from(text);
}
