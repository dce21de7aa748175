import { abortReason, onAbort, throwIfAborted } from '../../../core/abort.js';
import type { PullOptions } from '../file-driver.js';
import type { AnswerOf, StatusAnswer } from './answers.js';
import { Status } from './protocol.js';
import { MOST_READ, TransferWindow } from './transfer-window.js';

/** Where {@link pull} reads. */
export interface PullSource {
  readonly host: string;
  /** The longest read that the server answers in full, in bytes. */
  readonly readLength: number;
  read(position: number, length: number): Promise<AnswerOf<'data'> | StatusAnswer>;
  /** What a failed read means. */
  fault(status: StatusAnswer): Promise<Error>;
}

/** How much of the window is left to fall empty before it is filled again. */
const LOW = 0.75;

interface Range {
  readonly from: number;
  readonly to: number;
  /** How many bytes the server gave when it was asked for more; this is what it left out. */
  readonly after?: number;
  /** It failed while others were under way. */
  readonly again?: boolean;
}

/** Reads a part of a file with many requests under way. Settles with the position at which it ended. */
export async function pull(source: PullSource, o: PullOptions): Promise<number> {
  throwIfAborted(o.signal, 'reading a file', source.host);
  return await new Promise((resolve, reject) => {
    const pulling = new Pull(source, o, (error) => {
      stop();
      if (error === undefined) resolve(pulling.position);
      else reject(error);
    });
    const { signal } = o;
    const stop = onAbort(signal, () => {
      if (signal !== undefined) pulling.fail(abortReason(signal, 'reading a file', source.host));
    });
    pulling.fill();
  });
}

class Pull {
  readonly #source: PullSource;
  readonly #o: PullOptions;
  readonly #done: (error?: unknown) => void;
  readonly #window: TransferWindow;
  /** The first byte that was never asked for. */
  #next: number;
  /** The byte after the last: as wished, or where the server said that the file ends. */
  #end: number;
  /** What was asked for and not given. */
  #gaps: Range[] = [];
  #requests = 0;
  /** Requests under way at or behind the place where the file should end. */
  #beyond = 0;
  /** Bytes that were asked for, or that `take` has not settled for. */
  #held = 0;
  /** Calls of `take` that have not settled. */
  #taking = 0;
  #over = false;
  /** In order: what came too early, by position, and where the next piece to hand on begins. */
  readonly #early = new Map<number, Buffer>();
  #given: number;

  constructor(source: PullSource, o: PullOptions, done: (error?: unknown) => void) {
    this.#source = source;
    this.#o = o;
    this.#done = done;
    this.#window = new TransferWindow(source.readLength, MOST_READ);
    this.#next = o.start;
    this.#given = o.start;
    this.#end = o.end ?? Number.POSITIVE_INFINITY;
  }

  /** Where it ended. */
  get position(): number {
    return this.#o.inOrder ? this.#given : Math.max(this.#o.start, this.#end);
  }

  fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#early.clear();
    this.#done(error);
  }

  /** Asks for as much as the window has room for; ends when there is nothing left to ask or to wait for. */
  fill(): void {
    // Several requests at a time cost one packet and one system call; one each time would cost as many as there are.
    const most = this.#requests > 1 && this.#held > this.#window.bytes * LOW ? 0 : this.#window.bytes;
    // In order, what came early may fill the window while what is missing has not been asked for.
    while (!this.#over && (this.#held < most || this.#idle())) {
      const range = this.#gap() ?? this.#fresh();
      if (range === undefined) break;
      this.#ask(range);
    }
    if (!this.#over && this.#idle()) {
      this.#over = true;
      this.#done();
    }
  }

  #idle(): boolean {
    return this.#requests === 0 && this.#taking === 0;
  }

  #gap(): Range | undefined {
    const index = this.#gaps.findIndex(({ from }) => this.#allowed(from));
    const [gap] = index === -1 ? [] : this.#gaps.splice(index, 1);
    if (gap === undefined) return undefined;
    const to = Math.min(gap.to, gap.from + this.#window.request);
    if (to < gap.to) this.#gaps.unshift({ from: to, to: gap.to });
    return { ...gap, to };
  }

  #fresh(): Range | undefined {
    const from = this.#next;
    if (from >= this.#end || !this.#allowed(from)) return undefined;
    const { expected } = this.#o;
    // Where the end should be a request of its own looks for it, at the same time as the last ones before it.
    const border = expected !== undefined && from < expected ? Math.min(expected, this.#end) : this.#end;
    const to = Math.min(border, from + this.#window.request);
    this.#next = to;
    return { from, to };
  }

  #allowed(from: number): boolean {
    return this.#beyond === 0 || !this.#isBeyond(from);
  }

  #isBeyond(from: number): boolean {
    return this.#o.expected !== undefined && from >= this.#o.expected;
  }

  #ask(range: Range): void {
    const length = range.to - range.from;
    this.#requests += 1;
    this.#held += length;
    if (this.#isBeyond(range.from)) this.#beyond += 1;
    this.#source.read(range.from, length).then(
      (answer) => {
        this.#requests -= 1;
        this.#held -= length;
        if (this.#isBeyond(range.from)) this.#beyond -= 1;
        if (!this.#over) this.#answered(range, answer);
      },
      (error: unknown) => this.fail(error),
    );
  }

  #answered(range: Range, answer: AnswerOf<'data'> | StatusAnswer): void {
    if (answer.kind === 'data') {
      const end = range.from + answer.bytes.length;
      if (range.after !== undefined) this.#window.shorten(range.after);
      if (end < range.to) this.#gaps.push({ from: end, to: range.to, after: answer.bytes.length });
      this.#give(range.from, answer.bytes);
    } else if (answer.status === Status.EOF) {
      this.#end = Math.min(this.#end, range.from);
      this.#gaps = this.#gaps.filter(({ from }) => from < this.#end);
    } else if (this.#requests > 0 && range.again !== true) {
      // A few servers cannot do two things at a time. They get one more chance, and one request at a time.
      this.#window.single();
      this.#gaps.push({ ...range, again: true });
    } else {
      // Under way until it is known what it means: nothing has ended well before that.
      this.#requests += 1;
      this.#source.fault(answer).then(
        (error) => this.fail(error),
        (error: unknown) => this.fail(error),
      );
      return;
    }
    this.fill();
  }

  #give(position: number, bytes: Buffer): void {
    if (!this.#o.inOrder) {
      this.#take(position, bytes);
      return;
    }
    this.#early.set(position, bytes);
    this.#held += bytes.length;
    if (this.#taking === 0) this.#giveNext();
  }

  /** Hands on what is next in order, one piece at a time. */
  #giveNext(): void {
    for (;;) {
      const next = this.#early.get(this.#given);
      if (next === undefined || this.#over || this.#taking > 0) return;
      this.#early.delete(this.#given);
      this.#held -= next.length;
      const position = this.#given;
      this.#given += next.length;
      this.#take(position, next);
    }
  }

  #take(position: number, bytes: Buffer): void {
    const { length } = bytes;
    let taking: void | Promise<void>;
    try {
      taking = this.#o.take(position, [bytes]);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (taking === undefined) {
      this.#window.arrived(length);
      return;
    }
    this.#taking += 1;
    this.#held += length;
    taking.then(
      () => {
        this.#taking -= 1;
        this.#held -= length;
        // A window that grew with what nobody has taken yet would only fill the memory.
        this.#window.arrived(length);
        if (this.#o.inOrder) this.#giveNext();
        this.fill();
      },
      (error: unknown) => this.fail(error),
    );
  }
}
