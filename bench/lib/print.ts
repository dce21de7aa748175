import type { Comparison, Measure, Verdict } from './comparison.js';
import type { Spread } from './median.js';

/** A comparison as a table for people: each side's median, with the least and the most, then what was to be reached. */
export function table(comparison: Comparison): string {
  const { measures, standings, verdicts, rounds } = comparison;
  const head = ['', ...measures.map(({ title }) => title)];
  const body = standings.map((standing) => {
    if ('missing' in standing) return [standing.name, `SKIPPED: ${standing.missing}`];
    return [standing.name, ...measures.map((measure) => cell(standing.costs[measure.name], measure))];
  });
  const targets = verdicts.map((verdict) => verdictRow(verdict, measures));
  return [
    `${comparison.title} (median of ${rounds}, least-most)`,
    ...aligned([head, ...body]),
    ...(targets.length === 0 ? [] : ['', ...aligned(targets)]),
  ].join('\n');
}

function cell(cost: Spread | undefined, { unit }: Measure): string {
  if (cost === undefined) return '-';
  return `${digits(cost.median)} ${unit} (${digits(cost.least)}-${digits(cost.most)})`;
}

function verdictRow({ measure, ours, against, most, reached, met }: Verdict, measures: readonly Measure[]): string[] {
  const { title = measure, unit = '' } = measures.find(({ name }) => name === measure) ?? {};
  const suffix = against === undefined ? ` ${unit}` : 'x';
  const what = against === undefined ? `${title} of ${ours}` : `${title}, ${ours} / ${against}`;
  const asked = most === undefined ? '' : `<= ${most}${suffix}`;
  if (reached === undefined) return [what, 'NOT MEASURED', asked, 'a side is missing'];
  return [what, `${digits(reached)}${suffix}`, asked, met === undefined ? '' : met ? 'reached' : 'NOT REACHED'];
}

/** Three digits that mean something. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : value.toFixed(size >= 1 ? 2 : 3);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    // A cell at the end of its row may be as long as it likes.
    for (const [i, text] of row.slice(0, -1).entries()) widths[i] = Math.max(widths[i] ?? 0, text.length);
  }
  return rows.map((row) => `  ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}
