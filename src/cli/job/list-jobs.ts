import { OptionError, ParseError } from '../../core/hawser-error.js';
import type { Context } from '../context.js';
import { formatDuration } from '../options/duration.js';
import { Interrupts } from '../terminal/interrupts.js';
import { StatusLine } from '../terminal/status-line.js';
import { counted, oneLine } from '../terminal/text.js';
import { JobDesk } from './job-desk.js';
import type { ListFlags } from './job-flags.js';
import { writeJobs } from './job-json.js';
import { machinesOf } from './journal-jobs.js';
import { type Listing, listingOf } from './listing.js';
import { liveLines } from './live-lines.js';
import { adviceOn, troubleWith } from './machine-trouble.js';
import { showRows } from './show-rows.js';
import type { WatchOptions } from './watch-jobs.js';

/**
 * `hawser job list`.
 *
 * @returns the exit status: 1 where a machine could not be asked.
 * @throws OptionError, ParseError for what cannot be meant.
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
  const { rows, failed } = await lookAt(machines, { desk, flags, context, signal: stop.signal });
  const failure = machine === undefined ? undefined : failed.get(machine);
  if (failure instanceof OptionError || failure instanceof ParseError) throw failure;
  if (flags.json === true) writeJobs(rows, output, failed);
  else if (rows.length > 0) showRows(rows, 'brief', flags, context);
  const answered = machines.filter((name) => !failed.has(name));
  if (rows.length === 0 && answered.length > 0) output.note(`${nothingOn(answered, flags)}\n`);
  await tellFailed(failed, desk, context);
  return interrupts.status ?? (failed.size > 0 ? 1 : 0);
}

/** Asks all machines. Where that takes a while, a terminal shows the jobs of those that have answered. */
async function lookAt(machines: readonly string[], o: WatchOptions): Promise<Listing> {
  const { desk, flags, context, signal } = o;
  const { output } = context;
  const { err: paint } = context.paints(flags);
  let listing: Listing = { rows: [], failed: new Map(), asked: machines };
  const draw = (elapsedMs: number): string => {
    const { columns, rows } = output;
    const when = `asking ${listing.asked.map(oneLine).join(', ')} · ${formatDuration(elapsedMs)}`;
    return liveLines({ ...listing, when }, { paint, now: Date.now(), columns, rows }).join('\n');
  };
  using _status = new StatusLine(output, draw, flags.json !== true);
  const seen = (now: Listing): void => {
    listing = now;
  };
  return await listingOf(desk, machines, flags, { signal, seen });
}

/** Says which machines could not be asked, and that nothing is known of their jobs now. */
async function tellFailed(failed: Listing['failed'], desk: JobDesk, { output }: Context): Promise<void> {
  const entries = failed.size === 0 ? [] : await desk.journal();
  for (const [machine, error] of failed) {
    const jobs = entries.filter((entry) => entry.machine === machine).length;
    const which = jobs === 1 ? 'the job stands' : `the ${counted(jobs, 'job')} stand`;
    const unknown = jobs === 0 ? '' : `  How ${which} that went there from here is not known.`;
    output.note(`${troubleWith(machine, error)}${unknown}${adviceOn(machine, error)}\n`);
  }
}

function nothingOn(machines: readonly string[], { active }: Pick<ListFlags, 'active'>): string {
  const names = machines.map(oneLine).join(', ');
  return active === true ? `No job is under way on ${names}.` : `No job is on record on ${names}.`;
}
