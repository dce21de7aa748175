import { writeJsonList } from '../terminal/json-list.js';
import type { Output } from '../terminal/output.js';
import type { JobRow } from './job-row.js';
import type { Trouble } from './machine-trouble.js';

/** Writes jobs as one JSON document, a job a line; and in `failed` what is missing from them, where anything is, and why. */
export function writeJobs(rows: readonly JobRow[], output: Output, failed: readonly Trouble[] = []): void {
  writeJsonList(output, 'jobs', rows, failed.length === 0 ? {} : { after: { failed } });
}
