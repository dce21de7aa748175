import type { Paint } from '../terminal/paint.js';
import { clipped, columnsOf, oneLine, padded } from '../terminal/text.js';
import { formatClock } from './job-clock.js';
import { paintState, remarkOn, remarkText } from './job-remark.js';
import { type JobRow, ranFor, shortId, waitedFor } from './job-row.js';

/** How a table of jobs is to be shown. */
export interface TableOptions {
  readonly paint: Paint;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The width of the terminal; `undefined`: there is none, and nothing is left away. */
  readonly columns: number | undefined;
  readonly remarks: Remarks;
}

/**
 * What becomes of a remark that has no room behind its line: `whole`: it gets a line of its own; `brief`: only what is to be
 * done about a job does, the rest is cut off; `one-line`: all of it is cut off. `none`: there are no remarks.
 */
export type Remarks = 'whole' | 'brief' | 'one-line' | 'none';

type Column = 'JOB' | 'MACHINE' | 'STATE' | 'QUEUED' | 'RAN' | 'KEY';
type Cells = Readonly<Record<Column, string>>;

const COLUMNS: readonly Column[] = ['JOB', 'MACHINE', 'STATE', 'QUEUED', 'RAN', 'KEY'];
/** What goes first where a terminal is narrow. */
const DISPENSABLE: readonly Column[] = ['QUEUED', 'MACHINE', 'RAN'];
/** What a terminal shows of a text that is longer. */
const WIDEST: Readonly<Partial<Record<Column, number>>> = { JOB: 16, MACHINE: 20 };
/** Columns go rather than that less than this is seen of a key. */
const LEAST_KEY = 16;
/** A key that is longer is cut, where a remark needs the room. */
const SHORT_KEY = 24;
/** Room for a remark behind the line, and less of it than is worth showing. */
const REMARK = 24;
const LEAST_REMARK = 8;
const TITLES: Cells = { JOB: 'JOB', MACHINE: 'MACHINE', STATE: 'STATE', QUEUED: 'QUEUED', RAN: 'RAN', KEY: 'KEY' };
const NONE = '–';
const GAP = '  ';

/** The lines of a table of jobs, its titles first. */
export function tableLines(rows: readonly JobRow[], o: TableOptions): string[] {
  const table = rows.map((row) => ({ row, cells: cellsOf(row, o.now) }));
  const widths = widthsOf(
    table.map(({ cells }) => cells),
    o.columns,
  );
  const line = (cells: Cells, look: (column: Column, text: string) => string): string =>
    [...widths].map(([column, width]) => look(column, padded(clipped(cells[column], width), width))).join(GAP);
  const width = [...widths.values()].reduce((sum, one) => sum + one + GAP.length, -GAP.length);
  return [
    o.paint.dim(line(TITLES, (_, text) => text).trimEnd()),
    ...table.flatMap(({ row, cells }) => {
      const text = line(cells, (column, cell) => (column === 'STATE' ? paintState(row.state, cell, o.paint) : cell));
      return withRemark(text, width, row, o);
    }),
  ];
}

/** A line, and what is to be said of its job. */
function withRemark(line: string, width: number, row: JobRow, { paint, columns, remarks }: TableOptions): string[] {
  const { what, next } = remarkOn(row);
  const text = remarkText(row);
  if (text === '' || remarks === 'none') return [line.trimEnd()];
  const look = next === undefined ? paint.dim : paint.warn;
  const room = (columns ?? Number.POSITIVE_INFINITY) - 1 - width - GAP.length;
  if (columnsOf(text) <= room) return [`${line}${GAP}${look(text)}`];
  // A command that is to be typed must not be cut off.
  if (remarks === 'whole' || (remarks === 'brief' && next !== undefined)) {
    const isWide = GAP.length + columnsOf(text) >= (columns ?? Number.POSITIVE_INFINITY);
    const parts = isWide && next !== undefined ? [what, `→ ${next}`] : [text];
    return [line.trimEnd(), ...parts.map((part) => `${GAP}${look(part)}`)];
  }
  return [room < LEAST_REMARK ? line.trimEnd() : `${line}${GAP}${look(clipped(text, room))}`];
}

function cellsOf(row: JobRow, now: number): Cells {
  const waited = waitedFor(row, now);
  const ran = ranFor(row, now);
  const unsure = row.state === 'submit-unknown' || row.state === 'unknown';
  return {
    JOB: row.id === undefined ? NONE : oneLine(shortId(row.id)),
    MACHINE: oneLine(row.machine),
    STATE: row.state,
    QUEUED: waited === undefined ? (unsure ? '?' : NONE) : formatClock(waited),
    RAN: ran === undefined ? NONE : formatClock(ran),
    KEY: oneLine(row.key),
  };
}

/** The columns that are shown, and how wide they are: on a narrow terminal those without which a job is still known. */
function widthsOf(table: readonly Cells[], columns: number | undefined): ReadonlyMap<Column, number> {
  const natural = (column: Column): number => {
    const most = table.reduce((width, cells) => Math.max(width, columnsOf(cells[column])), column.length);
    return columns === undefined ? most : Math.min(most, WIDEST[column] ?? most);
  };
  const widths = new Map(COLUMNS.map((column) => [column, natural(column)]));
  const key = widths.get('KEY') ?? 0;
  if (columns === undefined) return widths;
  const left = (): number =>
    columns - 1 - [...widths].reduce((sum, [column, width]) => sum + (column === 'KEY' ? 0 : width + GAP.length), 0);
  for (const column of DISPENSABLE) if (left() < Math.min(key, LEAST_KEY)) widths.delete(column);
  const short = Math.max(SHORT_KEY, left() - REMARK);
  return widths.set('KEY', Math.max(3, Math.min(key, short, left())));
}
