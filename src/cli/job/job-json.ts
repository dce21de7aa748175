import type { HawserError } from '../../core/hawser-error.js';
import { jsonText } from '../terminal/json.js';
import type { Output } from '../terminal/output.js';
import type { JobRow } from './job-row.js';

/**
 * Writes jobs as one JSON document, a job a line; and in `failed` the machines that could not be asked, where there are such,
 * and why.
 */
export function writeJobs(
  rows: readonly JobRow[],
  output: Output,
  failed: ReadonlyMap<string, HawserError> = new Map(),
): void {
  output.write('{"version":1,"jobs":[');
  for (const [index, row] of rows.entries()) output.write(`${index === 0 ? '' : ','}\n${jsonText(row)}`);
  const failures = [...failed].map(([machine, error]) => ({ machine, error }));
  output.write(failures.length === 0 ? '\n]}\n' : `\n],"failed":${jsonText(failures)}}\n`);
}
