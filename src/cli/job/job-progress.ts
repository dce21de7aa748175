import { diagnostics, type JobEvent, type JobStep } from '../../core/diagnostics.js';
import { oneLine } from '../terminal/text.js';

const WORDS: Readonly<Partial<Record<JobStep, string>>> = {
  intent: 'connecting',
  session: 'sending its files',
  staged: 'its files are there',
  starting: 'submitting',
  started: 'reading the answer',
  searching: 'no answer: looking into the queue',
};

/** From one question to the next where nobody says otherwise, and what an answer may take, in milliseconds. */
const INTERVAL = 30_000;
const LEEWAY = 10_000;

/** Follows what the library says of its work on jobs, for who shows it. */
export class JobProgress implements Disposable {
  readonly #sessions = new Map<string, string>();
  readonly #answers = new Map<string, number>();
  readonly #begun = performance.now();
  #words = '';
  #key: string | undefined;
  readonly #stop: () => void;

  constructor() {
    this.#stop = diagnostics.job.subscribe((event) => this.#take(event));
  }

  /** What is being done now. */
  get words(): string {
    return this.#words;
  }

  /** The key of the job that was seen first: it has one before the machine has heard of it. */
  get key(): string | undefined {
    return this.#key;
  }

  /** The session of a machine: `created me@hpc:22`, `reused me@hpc:22`. */
  session(machine: string): string | undefined {
    return this.#sessions.get(machine);
  }

  /**
   * For how long a machine, or its scheduler, has not answered, in milliseconds; `undefined` where that is no longer than three
   * questions take.
   *
   * @param interval from one question to the next, in milliseconds.
   */
  silence(machine: string, interval: number = INTERVAL): number | undefined {
    const ms = performance.now() - (this.#answers.get(machine) ?? this.#begun);
    return ms > 3 * interval + LEEWAY ? ms : undefined;
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  #take({ step, machine, key, detail }: JobEvent): void {
    this.#key ??= key;
    // A question with a detail was not answered.
    if (step === 'query' && detail === undefined) this.#answers.set(machine, performance.now());
    this.#words = WORDS[step] ?? this.#words;
    // Who asks again is given the same one: what counts is how it began.
    if (step === 'session' && detail !== undefined && !this.#sessions.has(machine)) {
      this.#sessions.set(machine, oneLine(detail));
    }
  }
}
