import { diagnostics } from '../core/diagnostics.js';
import type { JobState } from './job-state.js';
import { type Knowledge, knowing } from './judge.js';

/** A job as the questions about it need it: where it is, who it is to the scheduler, and what is known of it. */
export class TrackedJob {
  readonly key: string;
  /** The machine's name. */
  readonly machine: string;
  /** The path of its record: `~/…` or absolute. */
  readonly record: string;
  /** By which it is found in the queue while it has no id. */
  readonly token: string;
  /** The scheduler's id, once it is known. */
  id: string | undefined;
  /** When it was last looked at, on the clock of `performance.now()`. */
  seenAt: number | undefined;
  #known: Knowledge;

  constructor(
    about: Pick<TrackedJob, 'key' | 'machine' | 'record' | 'token' | 'id'>,
    state: JobState = { state: 'unknown' },
  ) {
    this.key = about.key;
    this.machine = about.machine;
    this.record = about.record;
    this.token = about.token;
    this.id = about.id;
    this.#known = knowing(state);
  }

  get known(): Knowledge {
    return this.#known;
  }

  get state(): JobState {
    return this.#known.state;
  }

  /** Takes note of what a look has told. */
  learn(known: Knowledge): void {
    const before = this.#known.state.state;
    this.#known = known;
    const { key, machine, id } = this;
    const { state } = known.state;
    if (state === before || !diagnostics.job.active) return;
    diagnostics.job.publish({ step: 'state', machine, key, ...(id === undefined ? {} : { id }), detail: state });
  }
}
