import { Readable } from 'node:stream';

/** A readable stream that exists before its source does, and passes backpressure on to it. */
export class Relay extends Readable {
  /** Settles when its reader has got everything, or gone. */
  readonly delivered: Promise<void>;
  /** Settles when it has a source, or never will. */
  readonly followed: Promise<void>;
  #source: Readable | undefined;
  #onFollowed: () => void = () => {};
  #claimed = false;
  #finished = false;

  constructor() {
    super({ highWaterMark: 64 * 1024 });
    this.followed = new Promise((resolve) => {
      this.#onFollowed = resolve;
    });
    this.delivered = new Promise((resolve) => {
      this.once('close', resolve);
    });
  }

  /** Whether somebody reads it, or has begun to. */
  get claimed(): boolean {
    return this.#claimed || this.listenerCount('data') > 0 || this.listenerCount('readable') > 0;
  }

  override _read(): void {
    this.#source?.resume();
  }

  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<Buffer> {
    this.#claimed = true;
    return super[Symbol.asyncIterator]() as NodeJS.AsyncIterator<Buffer>;
  }

  /** Passes on what `source` brings, less what `own` takes out of it. */
  follow(source: Readable, own: (chunk: Buffer) => Buffer): void {
    this.#source = source;
    source.on('data', (chunk: Buffer) => {
      const clean = own(chunk);
      // Its reader may be gone: then it is drained, so that the channel comes to its end.
      if (clean.length === 0 || this.destroyed || this.#finished) return;
      if (!this.push(clean)) source.pause();
    });
    source.once('end', () => this.finish());
    this.once('close', () => source.resume());
    this.#onFollowed();
  }

  /** Ends it: nothing more comes. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#source = undefined;
    if (!this.destroyed) this.push(null);
    this.#onFollowed();
  }
}
