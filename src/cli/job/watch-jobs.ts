import { pause } from '../../core/deadline.js';
import type { HawserError } from '../../core/hawser-error.js';
import { isFinal } from '../../jobs/job-state.js';
import type { Context } from '../context.js';
import { formatDuration } from '../options/duration.js';
import { jsonText } from '../terminal/json.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { clipped, oneLine } from '../terminal/text.js';
import type { JobDesk } from './job-desk.js';
import type { ListFlags } from './job-flags.js';
import { remarkText } from './job-remark.js';
import { inOrder, type JobRow, nameOfJob } from './job-row.js';
import { tableLines } from './job-table.js';
import { listingOf } from './listing.js';

/** What a watch needs. */
export interface WatchOptions {
  readonly desk: JobDesk;
  readonly flags: ListFlags;
  readonly context: Context;
  readonly signal: AbortSignal;
}

/** What is known after a look. */
export interface Watched {
  readonly rows: readonly JobRow[];
  /** The machines that could not be asked this time: their rows are older. */
  readonly failed: ReadonlyMap<string, HawserError>;
  /** When it was looked, in milliseconds since 1970. */
  readonly now: number;
}

const INTERVAL = 30_000;

/**
 * Looks at the jobs of machines again and again: on a terminal as a table that stays where it is, else what has changed, a
 * line for each. It ends with the signal, and where nobody reads the output any more.
 *
 * @throws what is wrong with the first look.
 */
export async function watchJobs(machines: readonly string[], o: WatchOptions): Promise<void> {
  const { desk, flags, context } = o;
  const { output } = context;
  const { interval = INTERVAL } = flags;
  const gone = new AbortController();
  const signal = AbortSignal.any([o.signal, gone.signal]);
  output.onClosed = () => gone.abort();
  const view = output.isTerminal && output.isStatusTerminal && flags.json !== true ? new LiveTable(o) : new Changes(o);
  let rows: readonly JobRow[] = [];
  while (!signal.aborted) {
    try {
      const listing = await listingOf(desk, machines, flags, signal);
      const { failed } = listing;
      // What could not be asked is as it was.
      rows = inOrder([...listing.rows, ...rows.filter(({ machine }) => failed.has(machine))]);
      view.show({ rows, failed, now: Date.now() });
      await pause(interval, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  view.end();
}

/** The table on the last lines of a terminal. It is drawn when something has been looked at, and not in between. */
class LiveTable {
  readonly #o: WatchOptions;
  #last: Watched | undefined;

  constructor(o: WatchOptions) {
    this.#o = o;
  }

  show(watched: Watched): void {
    const { context, flags } = this.#o;
    const { output } = context;
    this.#last = watched;
    output.status(
      liveLines(watched, { paint: context.paints(flags).err, interval: flags.interval, output }).join('\n'),
    );
  }

  /** What was seen last stays on the terminal. */
  end(): void {
    const { output } = this.#o.context;
    output.status('');
    if (this.#last === undefined || this.#last.rows.length === 0) return;
    const { rows, now } = this.#last;
    const paint = this.#o.context.paints(this.#o.flags).out;
    output.write(`${tableLines(rows, { paint, now, columns: output.columns, remarks: 'brief' }).join('\n')}\n`);
  }
}

/** What a live table is drawn with. */
export interface LiveOptions {
  readonly paint: Paint;
  readonly interval: number | undefined;
  readonly output: Pick<Output, 'columns' | 'rows'>;
}

/** The lines of a live table: no more than the terminal has, those of jobs that have not ended before the others. */
export function liveLines(
  { rows, failed, now }: Watched,
  { paint, interval = INTERVAL, output }: LiveOptions,
): string[] {
  const { columns } = output;
  const troubles = [...failed].map(([machine, error]) =>
    paint.bad(clipped(`${oneLine(machine)} ✗ ${oneLine(error.message)}`, columns - 1)),
  );
  const time = new Date(now).toTimeString().slice(0, 8);
  const left = Math.max(1, output.rows - troubles.length - 3);
  const shown = foremost(rows, left);
  const more = rows.length - shown.length;
  const words = [
    `as of ${time}, every ${formatDuration(interval).replace('.0 s', ' s')}`,
    ...(rows.length === 0 ? ['no jobs'] : counts(rows)),
    ...(more === 0 ? [] : [`${more} not shown`]),
  ];
  return [
    ...(rows.length === 0 ? [] : tableLines(shown, { paint, now, columns, remarks: 'one-line' })),
    ...troubles,
    paint.dim(clipped(words.join(' · '), columns - 1)),
  ];
}

/** As many rows as there is room for, in their order: those that have ended last go first. */
function foremost(rows: readonly JobRow[], room: number): readonly JobRow[] {
  if (rows.length <= room) return rows;
  const ended = rows.filter(({ state }) => isFinal(state)).toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  const chosen = new Set([...rows.filter(({ state }) => !isFinal(state)), ...ended].slice(0, room));
  return rows.filter((row) => chosen.has(row));
}

function counts(rows: readonly JobRow[]): string[] {
  const numbers = new Map<string, number>();
  for (const { state } of rows) numbers.set(state, (numbers.get(state) ?? 0) + 1);
  return [...numbers].map(([state, count]) => `${count} ${state}`);
}

/** What has changed since the last look, a line for each job: as words, or as JSON. */
class Changes {
  readonly #o: WatchOptions;
  readonly #known = new Map<string, string>();
  readonly #failed = new Map<string, string>();

  constructor(o: WatchOptions) {
    this.#o = o;
  }

  show({ rows, failed, now }: Watched): void {
    const { context, flags } = this.#o;
    for (const row of rows) {
      const name = JSON.stringify([row.machine, row.key]);
      const state = JSON.stringify([row.state, row.id]);
      if (this.#known.get(name) === state) continue;
      this.#known.set(name, state);
      context.output.write(flags.json === true ? `${jsonText({ v: 1, ...row, at: now })}\n` : changeLine(row, now));
    }
    for (const [machine, { message }] of failed) {
      if (this.#failed.get(machine) !== message) context.output.note(`${oneLine(machine)} ✗ ${oneLine(message)}\n`);
      this.#failed.set(machine, message);
    }
    for (const machine of this.#failed.keys()) if (!failed.has(machine)) this.#failed.delete(machine);
  }

  end(): void {}
}

function changeLine(row: JobRow, now: number): string {
  const time = new Date(now).toTimeString().slice(0, 8);
  const id = row.id === undefined ? [] : [nameOfJob(row)];
  return `${[time, oneLine(row.machine), ...id, row.state, oneLine(row.key), remarkText(row)].join('  ').trimEnd()}\n`;
}
