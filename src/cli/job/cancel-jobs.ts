import { HawserError } from '../../core/hawser-error.js';
import type { Job } from '../../jobs/job.js';
import { isFinal } from '../../jobs/job-state.js';
import type { Context } from '../context.js';
import { oneLine } from '../terminal/text.js';
import type { KnownJobFlags } from './job-flags.js';
import { writeJobs } from './job-json.js';
import { type JobRow, nameOfJob, rowOf } from './job-row.js';
import { withJobs } from './with-jobs.js';

/**
 * `hawser job cancel`: has the schedulers end the jobs. One that has ended already is no failure.
 *
 * @returns the exit status: 1 where one could not be cancelled.
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found; what connecting throws.
 */
export async function cancelJobs(names: readonly string[], flags: KnownJobFlags, context: Context): Promise<number> {
  const { output } = context;
  return await withJobs(names, flags, context, async (jobs, { signal }) => {
    const rows: JobRow[] = [];
    for (const job of jobs) {
      try {
        const row = await cancel(job, signal);
        rows.push(row);
        if (flags.json !== true) output.write(`${nameOfJob(row)}  ${wordsFor(row)}\n`);
      } catch (error) {
        if (signal.aborted || !(error instanceof HawserError)) throw error;
        output.note(`hawser: ${oneLine(error.message)}\n`);
      }
    }
    if (flags.json === true) writeJobs(rows, output);
    return rows.length < jobs.length ? 1 : 0;
  });
}

async function cancel(job: Job, signal: AbortSignal): Promise<JobRow> {
  if (isFinal(job.lastState.state)) return rowOf(job, job.lastState);
  await job.cancel({ signal });
  return rowOf(job, await job.status({ signal }));
}

/** A scheduler may take its time to end what it was told to. */
function wordsFor({ state }: JobRow): string {
  if (state === 'cancelled') return 'cancelled';
  return isFinal(state) ? `has ended already: ${state}` : `was told to end, and is ${state} still`;
}
