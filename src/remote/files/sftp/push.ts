import { abortReason, onAbort, throwIfAborted } from '../../../core/abort.js';
import type { PushOptions } from '../file-driver.js';
import type { StatusAnswer } from './answers.js';
import { lengthOf, onlyFirst, withoutFirst } from './packet-splitter.js';
import { Status } from './protocol.js';
import { MOST_WRITTEN, TransferWindow } from './transfer-window.js';

/** Where {@link push} writes. */
export interface PushSink {
  readonly host: string;
  /** The longest write that the server takes, in bytes. */
  readonly writeLength: number;
  /** Whether one write has to be acknowledged before the next: each goes to where the file then ends. */
  readonly oneByOne: boolean;
  write(position: number, pieces: readonly Buffer[]): Promise<StatusAnswer>;
  /** Settles when the stream takes more. */
  ready(): Promise<void> | undefined;
  /** Calls `listener` when nothing can be written any more. Returns the way to stop listening. */
  onEnd(listener: (reason: Error) => void): () => void;
  /** What a failed write means. */
  fault(status: StatusAnswer): Promise<Error>;
}

/** Writes with many requests under way. Settles, all acknowledged, with the position at which it ended. */
export async function push(sink: PushSink, o: PushOptions): Promise<number> {
  const { signal } = o;
  throwIfAborted(signal, 'writing a file', sink.host);
  const pushing = new Push(sink, o);
  const stop = onAbort(signal, () => {
    if (signal !== undefined) pushing.fail(abortReason(signal, 'writing a file', sink.host));
  });
  // The source may have nothing to write for hours, and would not hear of it by a write that fails.
  const deaf = sink.onEnd(pushing.fail);
  try {
    return await Promise.race([pushing.run(), pushing.failure]);
  } finally {
    pushing.stop();
    stop();
    deaf();
  }
}

class Push {
  /** Rejects as soon as anything has failed, whatever else is waited for. */
  readonly failure: Promise<never>;
  readonly fail: (error: unknown) => void;
  readonly #sink: PushSink;
  readonly #o: PushOptions;
  readonly #window: TransferWindow;
  #held = 0;
  #over = false;
  /** A write has failed, and it is being found out why. */
  #refused = false;
  #wake: (() => void) | undefined;

  constructor(sink: PushSink, o: PushOptions) {
    this.#sink = sink;
    this.#o = o;
    this.#window = new TransferWindow(sink.writeLength, MOST_WRITTEN);
    if (sink.oneByOne) this.#window.single();
    let fail: (error: unknown) => void = () => {};
    this.failure = new Promise((_, reject) => {
      fail = reject;
    });
    this.failure.catch(() => {});
    this.fail = (error) => {
      this.stop();
      fail(error);
    };
  }

  /** Sends nothing more. */
  stop(): void {
    this.#over = true;
    this.#wake?.();
  }

  async run(): Promise<number> {
    let position = this.#o.start;
    while (!this.#over) {
      await this.#until(() => this.#held === 0 || this.#held < this.#window.bytes);
      if (this.#over) break;
      let pieces = await this.#o.next(this.#window.request);
      if (pieces === undefined) {
        await this.#until(() => this.#held === 0);
        break;
      }
      for (let left = lengthOf(pieces); left > 0 && !this.#over; ) {
        const length = Math.min(left, this.#window.request);
        if (this.#sink.oneByOne) await this.#until(() => this.#held === 0);
        await this.#sink.ready();
        if (this.#over) break;
        this.#send(position, length === left ? pieces : onlyFirst(pieces, length), length);
        position += length;
        left -= length;
        if (left > 0) pieces = withoutFirst(pieces, length);
      }
    }
    return this.#refused ? this.failure : position;
  }

  #send(position: number, pieces: readonly Buffer[], length: number): void {
    this.#held += length;
    this.#sink.write(position, pieces).then(
      (answer) => {
        this.#held -= length;
        if (this.#over) return;
        if (answer.status !== Status.OK) {
          this.#refused = true;
          this.#sink.fault(answer).then(this.fail, this.fail);
          this.stop();
          return;
        }
        this.#window.arrived(length);
        try {
          this.#o.written?.(length);
        } catch (error) {
          this.fail(error);
        }
        this.#wake?.();
      },
      (error: unknown) => this.fail(error),
    );
  }

  async #until(met: () => boolean): Promise<void> {
    while (!this.#over && !met()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
