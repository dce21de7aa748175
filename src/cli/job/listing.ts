import type { Abortable } from '../../core/abort.js';
import { HawserError } from '../../core/hawser-error.js';
import { isFinal } from '../../jobs/job-state.js';
import type { JournalEntry } from '../../jobs/journal.js';
import type { JobDesk } from './job-desk.js';
import type { ListFlags } from './job-flags.js';
import { inOrder, type JobRow, rowOf } from './job-row.js';
import { mayBeSubmitted } from './journal-jobs.js';
import type { Trouble } from './machine-trouble.js';

/** What a look at the machines gave. */
export interface Listing {
  readonly rows: readonly JobRow[];
  /** The machines that could not be asked, and why. */
  readonly failed: readonly Trouble[];
  /** Of the machines that were asked, the records which cannot be read: there may be jobs behind them. */
  readonly unreadable: readonly Trouble[];
  /** The machines that have not answered yet. */
  readonly asked: readonly string[];
}

/** How machines are asked for their jobs. */
export interface ListingOptions {
  readonly signal: AbortSignal;
  /** Called with what is known so far, each time that a machine has answered, or could not be asked. */
  readonly seen?: (listing: Listing) => void;
}

/**
 * The jobs of machines, which are asked side by side, and which of those could not be asked: for an interrupt, too.
 *
 * @throws what is a bug.
 */
export async function listingOf(
  desk: JobDesk,
  machines: readonly string[],
  { active }: Pick<ListFlags, 'active'>,
  { signal, seen }: ListingOptions,
): Promise<Listing> {
  const found = new Map<string, Scanned>();
  const failed = new Map<string, Trouble>();
  const listing = (): Listing => ({
    rows: inOrder([...found.values()].flatMap(({ rows }) => rows)).filter(
      ({ state }) => active !== true || !isFinal(state),
    ),
    failed: machines.flatMap((machine) => failed.get(machine) ?? []),
    unreadable: machines.flatMap((machine) => found.get(machine)?.unreadable ?? []),
    asked: machines.filter((machine) => !found.has(machine) && !failed.has(machine)),
  });
  await Promise.all(
    machines.map(async (machine) => {
      try {
        found.set(machine, await scanMachine(desk, machine, { signal }));
      } catch (error) {
        if (!(error instanceof HawserError)) throw error;
        failed.set(machine, { machine, error });
      }
      seen?.(listing());
    }),
  );
  return listing();
}

type Scanned = Pick<Listing, 'rows' | 'unreadable'>;

/**
 * All jobs of a machine: what it has on record, and what was about to be submitted from here and is not there.
 *
 * @throws what connecting throws; AbortError.
 */
async function scanMachine(desk: JobDesk, machine: string, o: Abortable): Promise<Scanned> {
  const scheduler = await desk.scheduler(machine);
  const unreadable: Trouble[] = [];
  const jobs = await scheduler.scan({ ...o, onUnreadable: (error) => unreadable.push({ machine, error }) });
  await scheduler.status(
    jobs.filter(({ lastState }) => !isFinal(lastState.state)),
    o,
  );
  const keys = new Set(jobs.map(({ key }) => key));
  const astray = (await desk.journal()).filter(
    (entry) => entry.machine === machine && !keys.has(entry.key) && mayBeSubmitted(entry),
  );
  const rows = [
    ...jobs.map((job) => rowOf(job, job.lastState)),
    ...astray.map((entry) => rowAstray(entry, unreadable.length > 0)),
  ];
  return { rows, unreadable: unreadable.toSorted((a, b) => (a.error.message < b.error.message ? -1 : 1)) };
}

function rowAstray({ machine, key, name, directory, at }: JournalEntry, isUnsure: boolean): JobRow {
  const reason = `it was about to be submitted from here, and the machine has no record of it${isUnsure ? ' that can be read' : ''}`;
  return { machine, key, name, directory, createdAt: at, state: 'submit-unknown', reason };
}
