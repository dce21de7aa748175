import type { Context } from '../context.js';
import type { TerminalFlags } from '../options/terminal-options.js';
import type { JobRow } from './job-row.js';
import { type Remarks, tableLines } from './job-table.js';

/** Shows jobs as a table on stdout, cut to the width of the terminal where there is one. */
export function showRows(
  rows: readonly JobRow[],
  remarks: Remarks,
  flags: Pick<TerminalFlags, 'color'>,
  context: Context,
): void {
  const { output } = context;
  const { out: paint } = context.paints(flags);
  const columns = output.isTerminal ? output.columns : undefined;
  output.write(`${tableLines(rows, { paint, now: Date.now(), columns, remarks }).join('\n')}\n`);
}
