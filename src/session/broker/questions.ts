import type { ServerHttp2Stream } from 'node:http2';
import { ClosedError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { asRecord, writeLine } from '../../transport/broker/lines.js';
import { Answers } from './answers.js';
import type { Asking } from './decode-target.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The questions that opening a session brings up, put to the client who wants it, on the stream of its opening. */
export class Questions implements Asking {
  readonly #stream: ServerHttp2Stream;
  readonly #waiting = new Map<number, Waiting>();
  /** What was answered, in memory alone, for when the link has to be made again. */
  readonly #answers = new Answers();
  #last = 0;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    stream.once('close', () => {
      for (const { reject } of this.#waiting.values()) reject(nobody());
      this.#waiting.clear();
    });
  }

  /** Asks. Rejects with what the client's function threw, or once the client has gone. */
  ask(ask: number, args: readonly unknown[]): Promise<unknown> {
    if (!this.#stream.writable) return Promise.reject(nobody());
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      writeLine(this.#stream, { question: { id, ask, args } });
    });
  }

  /** As {@link ask}. Once the session stands nobody is asked for it a second time. */
  askOnce(ask: number, args: readonly string[] = []): Promise<unknown> {
    return this.#answers.get([ask, ...args], () => this.ask(ask, args));
  }

  /** The session stands. */
  over(): void {
    this.#answers.proven();
  }

  /** Takes a line of the client. */
  hear(line: unknown): void {
    const { answer, value, error } = asRecord(line);
    const waiting = typeof answer === 'number' ? this.#waiting.get(answer) : undefined;
    if (waiting === undefined || typeof answer !== 'number') return;
    this.#waiting.delete(answer);
    if (typeof error === 'string') waiting.reject(new OptionError(error));
    else waiting.resolve(value);
  }
}

function nobody(): ClosedError {
  return new ClosedError('nobody is there any more to answer: the client that opened the session has gone');
}
