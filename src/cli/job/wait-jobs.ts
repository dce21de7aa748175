import type { Context } from '../context.js';
import { awaitJobs } from './await-jobs.js';
import type { WaitFlags } from './job-flags.js';
import { withJobs } from './with-jobs.js';

/**
 * `hawser job wait`.
 *
 * @returns the exit status: 0 where all are done.
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found; what connecting throws.
 */
export async function waitForJobs(names: readonly string[], flags: WaitFlags, context: Context): Promise<number> {
  return await withJobs(names, flags, context, (jobs, at) => awaitJobs(jobs, { flags, context, ...at }));
}
