import { type Abortable, raceAbort, throwIfAborted } from '../core/abort.js';
import { LONGEST_TIMER } from '../core/deadline.js';
import { AbortError, AuthError, HostKeyError } from '../core/errors.js';
import { HawserError, OptionError, ParseError } from '../core/hawser-error.js';
import { isFinal } from './job-state.js';
import type { TrackedJob } from './tracked-job.js';

/** How often a {@link StatusPoller} may ask, in milliseconds. */
export interface PollPace {
  /** From one question to the next while somebody waits. */
  readonly interval: number;
  /** The least time from one question to the next, whoever asks; also, for how long an answer is good. */
  readonly floor: number;
}

/** A question that is to be asked, or is being asked. */
interface Round {
  /** When, on the clock of `performance.now()`. */
  at: number;
  timer: NodeJS.Timeout | undefined;
  /** Whether it is being asked. */
  begun: boolean;
  /** How many wait for its answer: it ends with the last of them. */
  waiting: number;
  readonly giveUp: AbortController;
  readonly done: Promise<void>;
  readonly settle: (work: Promise<void>) => void;
}

/**
 * Asks about the jobs of one machine: one question for all of them, however many wait, and not more often than its pace
 * allows. It asks while somebody waits for an answer, and holds no process alive otherwise.
 */
export class StatusPoller {
  readonly pace: PollPace;
  readonly #machine: string;
  readonly #ask: (jobs: readonly TrackedJob[], signal: AbortSignal) => Promise<void>;
  /** Those that are asked for; who forgets a job takes it out. */
  readonly #jobs = new Set<WeakRef<TrackedJob>>();
  #round: Round | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** @param ask looks at all these jobs once, and has each learn what it saw. */
  constructor(
    machine: string,
    pace: PollPace,
    ask: (jobs: readonly TrackedJob[], signal: AbortSignal) => Promise<void>,
  ) {
    this.#machine = machine;
    this.pace = pace;
    this.#ask = ask;
  }

  /** Has a job be asked for, from the next question on. */
  add(job: TrackedJob): void {
    this.#jobs.add(new WeakRef(job));
  }

  /**
   * Has the jobs know how they stand now, or did a moment ago.
   *
   * @throws what asking throws; AbortError.
   */
  async look(jobs: readonly TrackedJob[], { signal }: Abortable = {}): Promise<void> {
    const since = performance.now() - this.pace.floor;
    const isStale = ({ state, seenAt = Number.NEGATIVE_INFINITY }: TrackedJob): boolean =>
      !isFinal(state.state) && seenAt <= since;
    while (jobs.some(isStale)) await this.#next(this.#soonest(), signal);
  }

  /**
   * Waits until a job is over. A question that fails for now is asked again when it is due.
   *
   * @throws AbortError; what connecting throws where it must not be tried again: for keys, passwords, host keys, settings.
   */
  async over(job: TrackedJob, { signal }: Abortable = {}): Promise<void> {
    const { interval, floor } = this.pace;
    // What was learnt a moment ago is still so.
    let at = (job.seenAt ?? Number.NEGATIVE_INFINITY) + floor;
    while (!isFinal(job.state.state)) {
      try {
        await this.#next(Math.max(at, this.#soonest()), signal);
        at = this.#askedAt + interval;
      } catch (error) {
        at = this.#askedAt + interval;
        if (signal?.aborted || isForGood(error)) throw error;
      }
    }
  }

  #soonest(): number {
    return Math.max(performance.now(), this.#askedAt + this.pace.floor);
  }

  /** Waits for the answer to the next question, which is asked at that time or before. */
  async #next(at: number, signal: AbortSignal | undefined): Promise<void> {
    const doing = `waiting for jobs on ${this.#machine}`;
    throwIfAborted(signal, doing, this.#machine);
    const round = this.#plan(at);
    round.waiting += 1;
    try {
      await raceAbort(round.done, signal, { doing, host: this.#machine });
    } finally {
      round.waiting -= 1;
      if (round.waiting === 0) this.#drop(round);
    }
  }

  #plan(at: number): Round {
    this.#round ??= newRound(at);
    const round = this.#round;
    if (round.begun || (round.timer !== undefined && round.at <= at)) return round;
    clearTimeout(round.timer);
    round.at = at;
    const wait = Math.min(Math.max(0, at - performance.now()), LONGEST_TIMER);
    round.timer = setTimeout(() => this.#begin(round), wait);
    return round;
  }

  #begin(round: Round): void {
    round.begun = true;
    this.#askedAt = performance.now();
    const work = this.#ask(this.#alive(), round.giveUp.signal).finally(() => {
      if (this.#round === round) this.#round = undefined;
    });
    round.settle(work);
  }

  /** Nobody waits for it any more. */
  #drop(round: Round): void {
    clearTimeout(round.timer);
    if (this.#round === round) this.#round = undefined;
    round.giveUp.abort(new AbortError(`Nobody waits for jobs on ${this.#machine} any more.`, { host: this.#machine }));
  }

  /** The jobs that are not over. */
  #alive(): TrackedJob[] {
    const alive: TrackedJob[] = [];
    for (const ref of this.#jobs) {
      const job = ref.deref();
      if (job === undefined || isFinal(job.state.state)) this.#jobs.delete(ref);
      else alive.push(job);
    }
    return alive;
  }
}

function newRound(at: number): Round {
  let settle: Round['settle'] = () => {};
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });
  // Who waited may all have left.
  done.catch(() => {});
  return { at, timer: undefined, begun: false, waiting: 0, giveUp: new AbortController(), done, settle };
}

/** Whether a machine could not be asked for a reason that is still there the next time, or must not be tried again. */
function isForGood(error: unknown): boolean {
  if (!(error instanceof HawserError)) return true;
  return [AuthError, HostKeyError, OptionError, ParseError].some((kind) => error instanceof kind);
}
