import { StringDecoder } from 'node:string_decoder';
import { AbortError } from '../../core/errors.js';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import type { Job } from '../../jobs/job.js';
import { isFinal } from '../../jobs/job-state.js';
import { outputPath } from '../../jobs/staging/output.js';
import type { Context } from '../context.js';
import { Interrupts } from '../terminal/interrupts.js';
import { jsonText } from '../terminal/json.js';
import { JobDesk } from './job-desk.js';
import type { OutputFlags } from './job-flags.js';
import { remarkText } from './job-remark.js';
import { nameOfJob, rowOf } from './job-row.js';

/** What showing output needs. */
interface Showing {
  readonly context: Context;
  readonly signal: AbortSignal;
  /** Whether what would move the cursor is made visible. */
  readonly isSafe: boolean;
}

/**
 * `hawser job output`: what a job has printed, on both of its streams; with `--follow` until it ends.
 *
 * @returns the exit status: with `--follow` 0 only where the job is done.
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found; what connecting throws.
 */
export async function showOutput(name: string, flags: OutputFlags, context: Context): Promise<number> {
  if (flags.follow === true && flags.json === true) {
    throw new OptionError('Expected --follow, which shows lines as they come, or --json, got both.');
  }
  const { output } = context;
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, output);
  output.onClosed = () => stop.abort(new AbortError('Nobody reads the output any more.'));
  await using desk = new JobDesk(flags, context);
  const { signal } = stop;
  const showing = { context, signal, isSafe: output.isTerminal && flags.raw !== true };
  try {
    const job = await desk.job(name, flags, { signal });
    if (flags.follow === true) return await follow(job, showing);
    if (flags.json === true) {
      const text = await job.output({ signal });
      output.write(`${jsonText({ version: 1, ...rowOf(job, job.lastState), output: text })}\n`);
    } else if (!(await copy(desk, job, showing))) {
      output.note(`${nameOfJob(job)} has printed nothing: it is ${(await job.status({ signal })).state}\n`);
    }
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    return interrupts.status ?? 0;
  }
}

/**
 * Shows what there is, a piece at a time, since it may be large; into a pipe go the bytes as they are. Returns whether there is
 * any.
 */
async function copy(desk: JobDesk, job: Job, { context, signal, isSafe }: Showing): Promise<boolean> {
  const { output } = context;
  const { connection, place } = await desk.whereabouts(job, { signal });
  const decoder = new StringDecoder();
  try {
    const bytes: AsyncIterable<Buffer> = connection.fs.createReadStream(outputPath({ record: place.recordPath }), {
      signal,
    });
    for await (const piece of bytes) {
      output.write(isSafe ? visible(decoder.write(piece)) : piece);
      await output.ready();
    }
  } catch (error) {
    if (error instanceof FileError && error.code === 'ENOENT') return false;
    throw error;
  }
  output.write(isSafe ? visible(decoder.end()) : '');
  return true;
}

async function follow(job: Job, { context, signal, isSafe }: Showing): Promise<number> {
  const { output } = context;
  for await (const line of job.tail({ signal })) {
    output.write(`${isSafe ? visible(line) : line}\n`);
    await output.ready();
  }
  const row = rowOf(job, await job.status({ signal }));
  output.note(`${[`${nameOfJob(row)} is ${row.state}`, remarkText(row)].filter((part) => part !== '').join(' · ')}\n`);
  return row.state === 'done' || !isFinal(row.state) ? 0 : 1;
}
