import type { Context } from '../context.js';
import { Interrupts } from '../terminal/interrupts.js';
import { counted, oneLine } from '../terminal/text.js';
import { JobDesk } from './job-desk.js';
import type { ListFlags } from './job-flags.js';
import { writeJobs } from './job-json.js';
import { machinesOf } from './journal-jobs.js';
import { type Listing, listingOf } from './listing.js';
import { showRows } from './show-rows.js';

/**
 * `hawser job list`.
 *
 * @returns the exit status: 1 where a machine could not be asked.
 * @throws OptionError, ParseError for what cannot be meant; what connecting throws where one machine was named.
 */
export async function listJobs(machine: string | undefined, flags: ListFlags, context: Context): Promise<number> {
  const { output } = context;
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, output);
  await using desk = new JobDesk(flags, context);
  const machines = machine === undefined ? machinesOf(await desk.journal()) : [machine];
  if (machines.length === 0) {
    if (flags.json === true) writeJobs([], output);
    output.note('No job was submitted from here. To see those of a machine: hawser job list MACHINE\n');
    return 0;
  }
  if (flags.watch === true) {
    const { watchJobs } = await import('./watch-jobs.js');
    await watchJobs(machines, { desk, flags, context, signal: stop.signal });
    return interrupts.status ?? 0;
  }
  const { rows, failed } = await listingOf(desk, machines, flags, stop.signal);
  const failure = machine === undefined ? undefined : failed.get(machine);
  if (failure !== undefined) throw failure;
  if (flags.json === true) writeJobs(rows, output, failed);
  else if (rows.length > 0) showRows(rows, 'brief', flags, context);
  const asked = machines.filter((name) => !failed.has(name));
  if (rows.length === 0 && asked.length > 0) output.note(`${nothingOn(asked, flags)}\n`);
  await tellFailed(failed, desk, context);
  return failed.size > 0 ? 1 : 0;
}

/** Says which machines could not be asked, and that nothing is known of their jobs now. */
async function tellFailed(failed: Listing['failed'], desk: JobDesk, { output }: Context): Promise<void> {
  const entries = failed.size === 0 ? [] : await desk.journal();
  for (const [machine, error] of failed) {
    const jobs = entries.filter((entry) => entry.machine === machine).length;
    const unknown = jobs === 0 ? '' : `  How the ${counted(jobs, 'job')} stand that went there from here is not known.`;
    output.note(`${oneLine(machine)} ✗ ${oneLine(error.message)}${unknown}\n`);
  }
}

function nothingOn(machines: readonly string[], { active }: Pick<ListFlags, 'active'>): string {
  const names = machines.map(oneLine).join(', ');
  return active === true ? `No job is under way on ${names}.` : `No job is on record on ${names}.`;
}
