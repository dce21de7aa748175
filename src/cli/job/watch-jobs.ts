import { pause } from '../../core/deadline.js';
import { HawserError } from '../../core/hawser-error.js';
import type { Context } from '../context.js';
import { jsonText } from '../terminal/json.js';
import { oneLine } from '../terminal/text.js';
import type { JobDesk } from './job-desk.js';
import type { ListFlags } from './job-flags.js';
import { remarkText } from './job-remark.js';
import { inOrder, type JobRow, nameOfJob } from './job-row.js';
import { tableLines } from './job-table.js';
import { listingOf } from './listing.js';
import { askedWords, liveLines, lookedWords, type Watched } from './live-lines.js';
import { type Trouble, troubleText } from './machine-trouble.js';

/** What a watch needs. */
export interface WatchOptions {
  readonly desk: JobDesk;
  readonly flags: ListFlags;
  readonly context: Context;
  readonly signal: AbortSignal;
}

/** What was seen, and when, in milliseconds since 1970. */
interface Seen extends Omit<Watched, 'when'> {
  /** The machines that have not been looked at yet. */
  readonly asked: readonly string[];
  readonly at: number;
}

/** Between two drawings of a table: times count on. */
const TICK = 1000;
/** From one look to the next at a machine of which nothing is known, in milliseconds. */
const UNKNOWN = 30_000;

/**
 * Looks at the jobs of machines again and again, at each machine in its own time: on a terminal as a table that stays where it
 * is, else what has changed, a line for each. It ends with the signal, and where nobody reads the output any more.
 *
 * @throws OptionError, ParseError for machines that cannot be meant; AuthError and HostKeyError where all is in vain.
 */
export async function watchJobs(machines: readonly string[], o: WatchOptions): Promise<void> {
  const { desk, flags, context } = o;
  const { output } = context;
  const gone = new AbortController();
  const signal = AbortSignal.any([o.signal, gone.signal]);
  output.onClosed = () => gone.abort();
  const intervals = new Map<string, number>();
  for (const machine of machines) intervals.set(machine, await intervalOf(machine, machines, desk));
  const rows = new Map<string, readonly JobRow[]>();
  const troubles = new Map<string, readonly Trouble[]>();
  const isLive = output.isTerminal && output.isStatusTerminal && flags.json !== true;
  using view = isLive ? new LiveTable(o, intervals) : new Changes(o);
  const look = async (machine: string): Promise<void> => {
    const listing = await listingOf(desk, [machine], flags, { signal });
    if (signal.aborted) return;
    // What could not be asked is as it was.
    if (listing.failed.length === 0) rows.set(machine, listing.rows);
    troubles.set(machine, [...listing.failed, ...listing.unreadable]);
    view.show({
      rows: inOrder([...rows.values()].flat()),
      troubles: [...troubles.values()].flat(),
      asked: machines.filter((one) => !troubles.has(one)),
      at: Date.now(),
    });
  };
  const watch = async (machine: string, interval: number): Promise<void> => {
    while (!signal.aborted) {
      await look(machine);
      await pause(interval, signal);
    }
  };
  try {
    await Promise.all([...intervals].map(([machine, interval]) => watch(machine, interval)));
  } catch (error) {
    gone.abort();
    if (!o.signal.aborted && !output.closed) throw error;
  }
}

/** One of several whose file is gone, or is wrong, is told of as one that cannot be reached. */
async function intervalOf(machine: string, { length }: readonly string[], desk: JobDesk): Promise<number> {
  try {
    return (await desk.scheduler(machine)).pollInterval;
  } catch (error) {
    if (length === 1 || !(error instanceof HawserError)) throw error;
    return UNKNOWN;
  }
}

/** The table on the last lines of a terminal. */
class LiveTable implements Disposable {
  readonly #o: WatchOptions;
  readonly #intervals: readonly number[];
  readonly #tick: NodeJS.Timeout;
  #last: Seen;

  constructor(o: WatchOptions, intervals: ReadonlyMap<string, number>) {
    this.#o = o;
    this.#intervals = [...intervals.values()];
    this.#last = { rows: [], troubles: [], asked: [...intervals.keys()], at: Date.now() };
    this.#tick = setInterval(() => this.#draw(), TICK);
    this.#tick.unref();
  }

  show(seen: Seen): void {
    this.#last = seen;
    this.#draw();
  }

  /** What was seen last stays on the terminal. */
  [Symbol.dispose](): void {
    clearInterval(this.#tick);
    const { context, flags } = this.#o;
    const { output } = context;
    output.status('');
    const { rows, at } = this.#last;
    if (rows.length === 0) return;
    const { out: paint } = context.paints(flags);
    output.write(`${tableLines(rows, { paint, now: at, columns: output.columns, remarks: 'brief' }).join('\n')}\n`);
  }

  #draw(): void {
    const { context, flags } = this.#o;
    const { output } = context;
    const { err: paint } = context.paints(flags);
    const { columns, rows } = output;
    const { rows: jobs, troubles, asked, at } = this.#last;
    const none = jobs.length === 0 && troubles.length === 0 ? ' · no jobs' : '';
    const when = asked.length > 0 ? askedWords(asked) : `${lookedWords(at, this.#intervals)}${none}`;
    const lines = liveLines({ rows: jobs, troubles, when }, { paint, now: Date.now(), columns, rows });
    output.status(lines.join('\n'));
  }
}

/** What has changed since the last look, a line for each job: as words, or as JSON. */
class Changes implements Disposable {
  readonly #o: WatchOptions;
  readonly #known = new Map<string, string>();
  #troubles: readonly string[] = [];

  constructor(o: WatchOptions) {
    this.#o = o;
  }

  show({ rows, troubles, at }: Seen): void {
    const { context, flags } = this.#o;
    for (const row of rows) {
      const name = JSON.stringify([row.machine, row.key]);
      const state = JSON.stringify([row.state, row.id]);
      if (this.#known.get(name) === state) continue;
      this.#known.set(name, state);
      context.output.write(flags.json === true ? `${jsonText({ v: 1, ...row, at })}\n` : changeLine(row, at));
    }
    const lines = troubles.map(troubleText);
    for (const line of lines) if (!this.#troubles.includes(line)) context.output.note(`${line}\n`);
    this.#troubles = lines;
  }

  [Symbol.dispose](): void {
    this.#known.clear();
  }
}

function changeLine(row: JobRow, at: number): string {
  const time = new Date(at).toTimeString().slice(0, 8);
  const id = row.id === undefined ? '–' : nameOfJob(row);
  return `${[time, oneLine(row.machine), id, row.state, oneLine(row.key), remarkText(row)].join('  ').trimEnd()}\n`;
}
