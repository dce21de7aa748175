import { type Abortable, throwIfAborted } from '../core/abort.js';
import { HawserError } from '../core/hawser-error.js';
import { inLanes } from '../core/in-lanes.js';
import { checkLimit } from '../core/limiter.js';
import type { Job } from './job.js';
import type { JobSpec } from './job-spec.js';
import type { SubmitOptions } from './submission.js';

/** Options of `submitAll`. */
export interface SubmitAllOptions extends Abortable {
  /**
   * How many of these jobs wait or run on the machine at once: the next one is submitted when one has ended. Default: all.
   */
  readonly maxQueued?: number | undefined;
}

/** What became of one of many jobs. */
export interface SubmitOutcome {
  readonly name: string;
  readonly directory: string;
  readonly ok: boolean;
  /** Where it was submitted. */
  readonly job?: Job;
  /** Why it was not. */
  readonly error?: HawserError;
}

/** How many submissions are under way at once: the machine bounds them by itself. */
const AT_ONCE = 16;

/** Submits many jobs; see `Scheduler.submitAll`. */
export async function submitAll(
  specs: readonly JobSpec[],
  scheduler: { submit(spec: JobSpec, o: SubmitOptions): Promise<Job> },
  { maxQueued, signal }: SubmitAllOptions,
): Promise<SubmitOutcome[]> {
  if (maxQueued !== undefined) checkLimit('maxQueued', maxQueued);
  const outcomes: SubmitOutcome[] = [];
  let left = specs.length;
  await inLanes(specs.entries(), Math.min(maxQueued ?? AT_ONCE, specs.length), async ([i, spec]) => {
    left -= 1;
    const outcome = await submitOne(spec, scheduler, signal);
    outcomes[i] = outcome;
    // Its place is free once it has ended. Where that cannot be found out, those that are left will say why.
    if (maxQueued !== undefined && left > 0) await outcome.job?.wait({ signal }).catch(() => undefined);
  });
  return outcomes;
}

async function submitOne(
  spec: JobSpec,
  scheduler: { submit(spec: JobSpec, o: SubmitOptions): Promise<Job> },
  signal: AbortSignal | undefined,
): Promise<SubmitOutcome> {
  const { name, directory } = spec;
  try {
    throwIfAborted(signal, `submitting "${name}"`);
    return { name, directory, ok: true, job: await scheduler.submit(spec, { signal }) };
  } catch (error) {
    // What is no error of ours is a mistake in the program.
    if (!(error instanceof HawserError)) throw error;
    return { name, directory, ok: false, error };
  }
}
