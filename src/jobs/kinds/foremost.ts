import type { JobState, JobStateName } from '../job-state.js';

/** What is still to come goes before what is over, and what went wrong before what went well. */
const ORDER: readonly JobStateName[] = ['running', 'queued', 'unknown', 'failed', 'timeout', 'cancelled', 'done'];

/** What is to be said of two parts of a job as one: `done` only where both are. `undefined`: there is no other part yet. */
export function foremost(one: JobState | undefined, other: JobState): JobState {
  if (one === undefined) return other;
  return ORDER.indexOf(other.state) < ORDER.indexOf(one.state) ? other : one;
}
