/**
 * How a job stands: `staged` (its files are there), `submitting`, `submit-unknown` (nobody can tell whether the scheduler has
 * it; nothing is submitted again by itself), `queued`, `running`, then `done` (status 0), `failed`, `cancelled`, `timeout`
 * (its time was up), `lost` (the scheduler knows it no more, and it left no exit status). `unknown`: what the scheduler says
 * could not be read.
 */
export type JobStateName =
  | 'staged'
  | 'submitting'
  | 'submit-unknown'
  | 'queued'
  | 'running'
  | 'done'
  | 'failed'
  | 'cancelled'
  | 'timeout'
  | 'lost'
  | 'unknown';

/** How a job stands, and all that is known of it. Plain data. */
export interface JobState {
  readonly state: JobStateName;
  /** The scheduler's own word for it, such as `COMPLETING` or `hqw`. */
  readonly word?: string;
  /** What the scheduler gives as the reason: why it waits, or why it ended. */
  readonly reason?: string;
  /** The exit status of the job's command, once it has ended. */
  readonly exitStatus?: number;
  /** The signal that ended it, such as `SIGKILL`, where that is known. */
  readonly signal?: string;
  /** The machine that it runs or ran on. */
  readonly host?: string;
  /** When it came into the queue, began and ended: milliseconds since 1970 by the machine's clock. */
  readonly queuedAt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
}

const FINAL: ReadonlySet<JobStateName> = new Set(['done', 'failed', 'cancelled', 'timeout', 'lost']);

/** Whether a job in this state is over. */
export function isFinal(state: JobStateName): boolean {
  return FINAL.has(state);
}
