import { stat } from 'node:fs/promises';
import { formatSize } from '../../core/format-size.js';
import { OptionError } from '../../core/hawser-error.js';
import type { TransferSummary } from '../../core/transfer-summary.js';
import type { Job } from '../../jobs/job.js';
import { isFinal } from '../../jobs/job-state.js';
import type { TransferProgress } from '../../remote/transfer/progress.js';
import type { Context } from '../context.js';
import { formatDuration } from '../options/duration.js';
import { barLines } from '../terminal/progress-bars.js';
import { StatusLine } from '../terminal/status-line.js';
import { counted, oneLine } from '../terminal/text.js';
import { nameOfJob, rowOf } from './job-row.js';

/** What came of fetching: a summary, and whether all of it came. */
export interface Fetched {
  readonly summary: TransferSummary;
  readonly ok: boolean;
}

/** Throws OptionError where the outputs of a job cannot go to `to`, which is something else than a directory. */
export async function checkDestination(to: string): Promise<void> {
  const found = await stat(to).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return;
  throw new OptionError(`Expected a directory for what the job has made, and ${JSON.stringify(to)} is none.`);
}

/**
 * Fetches a job's outputs into a directory here, shows how far that is, and what came of it.
 *
 * @throws what `Job.retrieve` throws.
 */
export async function fetchOutputs(
  job: Job,
  to: string,
  { context, signal }: { readonly context: Context; readonly signal: AbortSignal },
): Promise<Fetched> {
  const { output } = context;
  let progress: TransferProgress | undefined;
  const summary = await withStatus(
    output,
    () => barOf(nameOfJob(rowOf(job, job.lastState)), progress, output.columns),
    () =>
      job.retrieve(to, {
        signal,
        onProgress: (now) => {
          progress = now;
        },
      }),
  );
  const { files, bytes, skipped, failed, durationMs } = summary;
  for (const { message } of failed) output.note(`✗ ${oneLine(message)}\n`);
  const parts = [
    `${counted(files, 'file')}, ${formatSize(bytes)} to ${oneLine(to)}`,
    ...(skipped > 0 ? [`${skipped} there already`] : []),
    ...(failed.length > 0 ? [`${counted(failed.length, 'file')} failed`] : []),
    formatDuration(durationMs),
  ];
  output.note(`${parts.join(' · ')}\n`);
  const { state } = job.lastState;
  if (!isFinal(state)) output.note(`The job is ${state}: what it makes from now on is not among them.\n`);
  return { summary, ok: failed.length === 0 };
}

async function withStatus<T>(output: Context['output'], draw: () => string, work: () => Promise<T>): Promise<T> {
  using _status = new StatusLine(output, draw);
  return await work();
}

function barOf(key: string, progress: TransferProgress | undefined, columns: number): string {
  const { bytes = 0, totalBytes, complete = false, files = 0, totalFiles, rate, etaMs } = progress ?? {};
  const total = complete ? totalBytes : undefined;
  const counts = { done: files, total: complete ? totalFiles : undefined };
  return barLines([{ key, done: bytes, total, files: counts, rate, remaining: etaMs }], columns).join('\n');
}
