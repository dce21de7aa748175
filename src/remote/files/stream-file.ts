import type { Readable, Writable } from 'node:stream';
import { type Abortable, abortReason, onAbort } from '../../core/abort.js';
import type { HeldFile } from './held-file.js';

/** Opens what a stream works on, unless the signal fires; again over the next link, while `outlives` says so. */
export type StreamOpener = (signal: AbortSignal, outlives?: () => boolean) => Promise<HeldFile>;

/** How node:stream hears that a step is over. */
type Done = (error?: Error | null) => void;

/** The file of a stream, whichever way its bytes go: opened before the first of them, closed after the last. */
export class StreamFile {
  readonly #stream: Readable | Writable;
  readonly #open: StreamOpener;
  readonly #controller = new AbortController();
  readonly #stopListening: () => void;
  #held: HeldFile | undefined;

  /** Has the stream destroyed when the caller's signal fires. `doing` is what it does then, in words. */
  constructor(
    stream: Readable | Writable,
    open: StreamOpener,
    { signal, doing }: Abortable & { readonly doing: string },
  ) {
    this.#stream = stream;
    this.#open = open;
    this.#stopListening = onAbort(signal, () => {
      if (signal !== undefined) stream.destroy(abortReason(signal, doing));
    });
  }

  /** The open file; `undefined` before that. */
  get held(): HeldFile | undefined {
    return this.#held;
  }

  /** Fires when the stream is destroyed, for whatever reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Opens the file: what the stream does to be made (`_construct`). */
  open(done: Done, outlives?: () => boolean): void {
    this.#open(this.signal, outlives).then((held) => {
      this.#held = held;
      done();
      this.#stream.emit('open', held.fd);
      this.#stream.emit('ready');
    }, done);
  }

  /** Has the file opened over the next link, after `error`. Throws that, or why there is none. */
  async reopen(error: unknown): Promise<HeldFile> {
    if (this.#held?.next === undefined) throw error;
    // The one before it went with its link.
    this.#held = await this.#held.next(error);
    return this.#held;
  }

  /** Ends `work` on the file, and closes it: what the stream does to be destroyed (`_destroy`). */
  close(error: Error | null, work: Promise<unknown> | undefined, done: Done): void {
    this.#stopListening();
    this.#controller.abort(error ?? undefined);
    const ended = Promise.resolve(work).catch(() => {});
    ended
      .then(() => this.#held?.close())
      .then(
        () => done(error),
        (failure: Error) => done(error ?? failure),
      );
  }
}
