import type { HawserError } from '../../core/hawser-error.js';
import { writeJsonList } from '../terminal/json-list.js';
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
  const failures = [...failed].map(([machine, error]) => ({ machine, error }));
  writeJsonList(output, 'jobs', rows, failures.length === 0 ? {} : { after: { failed: failures } });
}
