import type { Job } from '../../jobs/job.js';
import type { Context } from '../context.js';
import { Interrupts } from '../terminal/interrupts.js';
import { JobDesk } from './job-desk.js';
import type { KnownJobFlags } from './job-flags.js';

/** What a command about jobs works with. */
export interface AtWork {
  /** Fires at the first interrupt. */
  readonly signal: AbortSignal;
  readonly interrupts: Interrupts;
}

/**
 * Does the work of a command on the jobs that it was given the names of; what was opened for it is closed when that is done.
 *
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found; what connecting and the work
 *   throw.
 */
export async function withJobs(
  names: readonly string[],
  flags: KnownJobFlags,
  context: Context,
  work: (jobs: readonly Job[], at: AtWork) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, context.output);
  await using desk = new JobDesk(flags, context);
  const { signal } = stop;
  return await work(await desk.jobs(names, flags, { signal }), { signal, interrupts });
}
