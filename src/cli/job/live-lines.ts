import { isFinal } from '../../jobs/job-state.js';
import type { Paint } from '../terminal/paint.js';
import { clipped, oneLine } from '../terminal/text.js';
import type { JobRow } from './job-row.js';
import { tableLines } from './job-table.js';
import { type Trouble, troubleText } from './machine-trouble.js';

/** What is known after a look. */
export interface Watched {
  readonly rows: readonly JobRow[];
  /** What could not be asked when it was last, whose rows are older, and what could not be read. */
  readonly troubles: readonly Trouble[];
  /** When it was looked, or what is being done, in words. */
  readonly when: string;
}

/** What a live table is drawn with. */
export interface LiveOptions {
  readonly paint: Paint;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The size of the terminal. */
  readonly columns: number;
  readonly rows: number;
}

/** The lines of a live table: no more than the terminal has. Jobs that have not ended come before the others there. */
export function liveLines({ rows, troubles, when }: Watched, o: LiveOptions): string[] {
  const { paint, now, columns } = o;
  const told = troubles.slice(0, Math.max(1, Math.floor(o.rows / 4)));
  const shown = foremost(rows, Math.max(1, o.rows - told.length - 3));
  const hidden = rows.length - shown.length;
  const untold = troubles.length - told.length;
  const words = [
    when,
    ...counts(rows),
    ...(hidden === 0 ? [] : [`${hidden} not shown`]),
    ...(untold === 0 ? [] : [`${untold} more ✗`]),
  ];
  return [
    ...(rows.length === 0 ? [] : tableLines(shown, { paint, now, columns, remarks: 'one-line' })),
    ...told.map((trouble) => paint.bad(clipped(troubleText(trouble), columns - 1))),
    paint.dim(clipped(words.join(' · '), columns - 1)),
  ];
}

/** Which machines have not answered yet. */
export function askedWords(machines: readonly string[]): string {
  return `asking ${machines.map(oneLine).join(', ')}`;
}

/** When it was looked, and how often that is done; times are in milliseconds, the intervals those of the machines. */
export function lookedWords(at: number, intervals: readonly number[]): string {
  return `as of ${new Date(at).toTimeString().slice(0, 8)}, every ${everyWords(intervals)}`;
}

function everyWords(intervals: readonly number[]): string {
  const seconds = intervals.map((ms) => Math.round(ms / 1000));
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  return least === most ? `${least} s` : `${least} to ${most} s`;
}

/** As many rows as there is room for, in their order: those that have ended the longest ago are left out first. */
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
