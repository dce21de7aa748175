import type { Context } from '../context.js';
import type { KnownJobFlags } from './job-flags.js';
import { writeJobs } from './job-json.js';
import { rowOf } from './job-row.js';
import { showRows } from './show-rows.js';
import { withJobs } from './with-jobs.js';

/**
 * `hawser job status`.
 *
 * @returns the exit status.
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found; what connecting throws.
 */
export async function showStatus(names: readonly string[], flags: KnownJobFlags, context: Context): Promise<number> {
  return await withJobs(names, flags, context, async (jobs, { signal }) => {
    const rows = await Promise.all(jobs.map(async (job) => rowOf(job, await job.status({ signal }))));
    if (flags.json === true) writeJobs(rows, context.output);
    else showRows(rows, 'whole', flags, context);
    return 0;
  });
}
