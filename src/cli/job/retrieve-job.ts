import { basename } from 'node:path';
import type { Context } from '../context.js';
import { Interrupts } from '../terminal/interrupts.js';
import { jsonText } from '../terminal/json.js';
import { checkDestination, fetchOutputs } from './fetch-outputs.js';
import { JobDesk } from './job-desk.js';
import type { KnownJobFlags } from './job-flags.js';
import { rowOf } from './job-row.js';

/**
 * `hawser job retrieve`.
 *
 * @returns the exit status: 1 where a file could not be fetched.
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found; what connecting and
 *   fetching throw.
 */
export async function retrieveJob(
  name: string,
  to: string | undefined,
  flags: KnownJobFlags,
  context: Context,
): Promise<number> {
  const { output } = context;
  const stop = new AbortController();
  using _interrupts = Interrupts.abort(stop, output);
  await using desk = new JobDesk(flags, context);
  const { signal } = stop;
  const job = await desk.job(name, flags, { signal });
  await job.status({ signal });
  const local = to ?? basename(job.directory);
  await checkDestination(local);
  const { summary, ok } = await fetchOutputs(job, local, { context, signal });
  if (flags.json === true) {
    output.write(`${jsonText({ version: 1, ...rowOf(job, job.lastState), to: local, retrieved: summary })}\n`);
  }
  return ok ? 0 : 1;
}
