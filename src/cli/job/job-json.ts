import { jsonText } from '../terminal/json.js';
import type { Output } from '../terminal/output.js';
import type { JobRow } from './job-row.js';

/** Writes jobs as one JSON document, a job a line. */
export function writeJobs(rows: readonly JobRow[], output: Output): void {
  output.write('{"version":1,"jobs":[');
  for (const [index, row] of rows.entries()) output.write(`${index === 0 ? '' : ','}\n${jsonText(row)}`);
  output.write('\n]}\n');
}
