import type { Context } from '../context.js';
import { Interrupts } from '../terminal/interrupts.js';
import { awaitJobs } from './await-jobs.js';
import { JobDesk } from './job-desk.js';
import type { WaitFlags } from './job-flags.js';

/**
 * `hawser job wait`.
 *
 * @returns the exit status: 0 where all are done.
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found; what connecting throws.
 */
export async function waitForJobs(names: readonly string[], flags: WaitFlags, context: Context): Promise<number> {
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, context.output);
  await using desk = new JobDesk(flags, context);
  const { signal } = stop;
  const jobs = await desk.jobs(names, flags, { signal });
  return await awaitJobs(jobs, { flags, context, signal, interrupts });
}
