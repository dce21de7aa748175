import { abortReason, onAbort, throwIfAborted } from '../../../core/abort.js';
import type { PushOptions } from '../file-driver.js';
import { lengthOf, onlyFirst, withoutFirst } from '../pieces.js';
import type { StatusAnswer } from './answers.js';
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

interface Write {
  readonly position: number;
  readonly pieces: readonly Buffer[];
  readonly length: number;
  /** It failed before, while others were under way. */
  readonly tried?: boolean;
}

class Push {
  /** Rejects as soon as anything has failed, whatever else is waited for. */
  readonly failure: Promise<never>;
  readonly fail: (error: unknown) => void;
  readonly #sink: PushSink;
  readonly #o: PushOptions;
  readonly #window: TransferWindow;
  /** Bytes that are under way. */
  #held = 0;
  /** Writes that `written` has not named, in the order of the file, and where those begin that were acknowledged. */
  readonly #unheard: Write[] = [];
  readonly #acknowledged = new Set<number>();
  /** Writes that failed while others were under way. */
  readonly #again: Write[] = [];
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
    let ended = false;
    while (!this.#over) {
      await this.#until(() => this.#held === 0 || this.#held < this.#window.bytes);
      if (ended || this.#again.length > 0) await this.#until(() => this.#held === 0);
      if (this.#over) break;
      const again = this.#again.shift();
      if (again !== undefined) {
        this.#send({ ...again, tried: true });
        continue;
      }
      if (ended) return position;
      const pieces = await this.#o.next(this.#window.request);
      if (pieces === undefined) ended = true;
      else position = await this.#sendAll(position, pieces);
    }
    return this.#refused ? this.failure : position;
  }

  /** Sends as many writes as it takes. Settles with where they end. */
  async #sendAll(start: number, all: readonly Buffer[]): Promise<number> {
    let [position, pieces] = [start, all];
    for (let left = lengthOf(all); left > 0; ) {
      const length = Math.min(left, this.#window.request);
      if (this.#sink.oneByOne) await this.#until(() => this.#held === 0);
      await this.#sink.ready();
      if (this.#over) break;
      const write = { position, pieces: length === left ? pieces : onlyFirst(pieces, length), length };
      this.#unheard.push(write);
      this.#send(write);
      position += length;
      left -= length;
      if (left > 0) pieces = withoutFirst(pieces, length);
    }
    return position;
  }

  #send(write: Write): void {
    this.#held += write.length;
    this.#sink.write(write.position, write.pieces).then(
      (answer) => {
        this.#held -= write.length;
        if (!this.#over) this.#answered(write, answer);
      },
      (error: unknown) => this.fail(error),
    );
  }

  #answered(write: Write, answer: StatusAnswer): void {
    if (answer.status === Status.OK) {
      this.#window.arrived(write.length);
      this.#acknowledged.add(write.position);
      this.#tell();
    } else if (this.#held > 0 && write.tried !== true) {
      // A few servers cannot do two things at a time. They get one more chance, and one request at a time.
      this.#window.single();
      this.#again.push(write);
    } else {
      this.#refused = true;
      this.#sink.fault(answer).then(this.fail, this.fail);
      this.stop();
    }
    this.#wake?.();
  }

  /** Names what has been acknowledged from the start on: what lies behind a write that failed is still needed. */
  #tell(): void {
    for (;;) {
      const first = this.#unheard[0];
      if (first === undefined || !this.#acknowledged.delete(first.position)) return;
      this.#unheard.shift();
      try {
        this.#o.written?.(first.length);
      } catch (error) {
        this.fail(error);
        return;
      }
    }
  }

  async #until(met: () => boolean): Promise<void> {
    while (!this.#over && !met()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
