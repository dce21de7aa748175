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
import { askedWords, liveLines } from './live-lines.js';
import { adviceOn, troubleText } from './machine-trouble.js';
import { showRows } from './show-rows.js';
import type { WatchOptions } from './watch-jobs.js';

/**
 * `hawser job list`.
 *
 * @returns the exit status: 1 where a machine could not be asked, or a record not be read.
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
  const { rows, failed, unreadable } = await lookAt(machines, { desk, flags, context, signal: stop.signal });
  const [failure] = failed;
  const isMisuse = failure?.error instanceof OptionError || failure?.error instanceof ParseError;
  if (machine !== undefined && isMisuse) throw failure.error;
  const troubles = [...failed, ...unreadable];
  if (flags.json === true) writeJobs(rows, output, troubles);
  else if (rows.length > 0) showRows(rows, 'brief', flags, context);
  const answered = machines.filter((name) => !troubles.some((trouble) => trouble.machine === name));
  if (rows.length === 0 && answered.length > 0) output.note(`${nothingOn(answered, flags)}\n`);
  await tellFailed(failed, desk, context);
  for (const trouble of unreadable) output.note(`${troubleText(trouble)}\n`);
  return interrupts.status ?? (troubles.length > 0 ? 1 : 0);
}

/** Asks all machines. Where that takes a while, a terminal shows the jobs of those that have answered. */
async function lookAt(machines: readonly string[], o: WatchOptions): Promise<Listing> {
  const { desk, flags, context, signal } = o;
  const { output } = context;
  const { err: paint } = context.paints(flags);
  let listing: Listing = { rows: [], failed: [], unreadable: [], asked: machines };
  const draw = (elapsedMs: number): string => {
    const { columns, rows } = output;
    const when = `${askedWords(listing.asked)} · ${formatDuration(elapsedMs)}`;
    const troubles = [...listing.failed, ...listing.unreadable];
    return liveLines({ rows: listing.rows, troubles, when }, { paint, now: Date.now(), columns, rows }).join('\n');
  };
  using _status = new StatusLine(output, draw, flags.json !== true);
  const seen = (now: Listing): void => {
    listing = now;
  };
  return await listingOf(desk, machines, flags, { signal, seen });
}

/** Says which machines could not be asked, and that nothing is known of their jobs now. */
async function tellFailed(failed: Listing['failed'], desk: JobDesk, { output }: Context): Promise<void> {
  const entries = failed.length === 0 ? [] : await desk.journal();
  for (const trouble of failed) {
    const jobs = entries.filter(({ machine }) => machine === trouble.machine).length;
    const which = jobs === 1 ? 'the job stands' : `the ${counted(jobs, 'job')} stand`;
    const unknown = jobs === 0 ? '' : `  How ${which} that went there from here is not known.`;
    output.note(`${troubleText(trouble)}${unknown}${adviceOn(trouble)}\n`);
  }
}

function nothingOn(machines: readonly string[], { active }: Pick<ListFlags, 'active'>): string {
  const names = machines.map(oneLine).join(', ');
  return active === true ? `No job is under way on ${names}.` : `No job is on record on ${names}.`;
}
