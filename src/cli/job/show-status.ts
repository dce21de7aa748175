import type { Context } from '../context.js';
import { Interrupts } from '../terminal/interrupts.js';
import { JobDesk } from './job-desk.js';
import type { KnownJobFlags } from './job-flags.js';
import { writeJobs } from './job-json.js';
import { rowOf } from './job-row.js';
import { tableLines } from './job-table.js';

/**
 * `hawser job status`.
 *
 * @returns the exit status.
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found; what connecting throws.
 */
export async function showStatus(names: readonly string[], flags: KnownJobFlags, context: Context): Promise<number> {
  const { output } = context;
  const stop = new AbortController();
  using _interrupts = Interrupts.abort(stop, output);
  await using desk = new JobDesk(flags, context);
  const { signal } = stop;
  const jobs = await desk.jobs(names, flags, { signal });
  const rows = await Promise.all(jobs.map(async (job) => rowOf(job, await job.status({ signal }))));
  if (flags.json === true) writeJobs(rows, output);
  else {
    const columns = output.isTerminal ? output.columns : undefined;
    const lines = tableLines(rows, { paint: context.paints(flags).out, now: Date.now(), columns, remarks: 'whole' });
    output.write(`${lines.join('\n')}\n`);
  }
  return 0;
}
