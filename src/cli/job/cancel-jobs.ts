import { HawserError } from '../../core/hawser-error.js';
import type { Job } from '../../jobs/job.js';
import { isFinal } from '../../jobs/job-state.js';
import type { Context } from '../context.js';
import { Interrupts } from '../terminal/interrupts.js';
import { oneLine } from '../terminal/text.js';
import { JobDesk } from './job-desk.js';
import type { KnownJobFlags } from './job-flags.js';
import { writeJobs } from './job-json.js';
import { type JobRow, nameOfJob, rowOf } from './job-row.js';

/**
 * `hawser job cancel`: has the schedulers end the jobs. One that has ended already is no failure.
 *
 * @returns the exit status: 1 where one could not be cancelled.
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found; what connecting throws.
 */
export async function cancelJobs(names: readonly string[], flags: KnownJobFlags, context: Context): Promise<number> {
  const { output } = context;
  const stop = new AbortController();
  using _interrupts = Interrupts.abort(stop, output);
  await using desk = new JobDesk(flags, context);
  const { signal } = stop;
  const jobs = await desk.jobs(names, flags, { signal });
  const rows: JobRow[] = [];
  let failed = false;
  for (const job of jobs) {
    try {
      const row = await cancel(job, signal);
      rows.push(row);
      if (flags.json !== true) output.write(`${nameOfJob(row)}  ${wordsFor(row)}\n`);
    } catch (error) {
      if (signal.aborted || !(error instanceof HawserError)) throw error;
      failed = true;
      output.note(`hawser: ${oneLine(error.message)}\n`);
    }
  }
  if (flags.json === true) writeJobs(rows, output);
  return failed ? 1 : 0;
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
