import { TimeoutError } from '../../core/errors.js';
import type { Job } from '../../jobs/job.js';
import { isFinal } from '../../jobs/job-state.js';
import type { Context } from '../context.js';
import { formatDuration } from '../options/duration.js';
import type { Interrupts } from '../terminal/interrupts.js';
import { StatusLine } from '../terminal/status-line.js';
import { clipped, oneLine } from '../terminal/text.js';
import type { WaitFlags } from './job-flags.js';
import { writeJobs } from './job-json.js';
import { jobCommand } from './job-remark.js';
import { type JobRow, nameOfJob, rowOf } from './job-row.js';
import { tableLines } from './job-table.js';

/** What waiting needs. */
export interface AwaitOptions {
  readonly flags: WaitFlags;
  readonly context: Context;
  readonly signal: AbortSignal;
  readonly interrupts: Pick<Interrupts, 'status'>;
}

/**
 * Waits until all jobs have ended, shows how, and gives the exit status: 0 where all are done. To be interrupted, and
 * `--timeout`, end the waiting, not the jobs.
 *
 * @throws what connecting throws where it must not be tried again.
 */
export async function awaitJobs(jobs: readonly Job[], o: AwaitOptions): Promise<number> {
  const { flags, context, signal, interrupts } = o;
  const { output } = context;
  const ended = await untilAll(jobs, o);
  const rows = jobs.map((job) => rowOf(job, job.lastState));
  if (flags.json === true) writeJobs(rows, output);
  else if (!signal.aborted || rows.some(({ state }) => isFinal(state))) {
    const columns = output.isTerminal ? output.columns : undefined;
    const lines = tableLines(rows, { paint: context.paints(flags).out, now: Date.now(), columns, remarks: 'whole' });
    output.write(`${lines.join('\n')}\n`);
  }
  if (!ended) tellGoingOn(rows, flags, o);
  return interrupts.status ?? (rows.every(({ state }) => state === 'done') ? 0 : 1);
}

/** Whether all have ended. */
async function untilAll(jobs: readonly Job[], { flags, context, signal }: AwaitOptions): Promise<boolean> {
  const { timeout } = flags;
  const { output } = context;
  using _status = new StatusLine(output, (elapsedMs) => clipped(waitingLine(jobs, elapsedMs), output.columns - 1));
  const results = await Promise.allSettled(
    jobs.map((job) => job.wait({ signal, ...(timeout === undefined ? {} : { timeout }) })),
  );
  let all = true;
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    const { reason } = result;
    const isLate = reason instanceof TimeoutError && reason.phase === 'job';
    if (!signal.aborted && !isLate) throw reason;
    all = false;
  }
  return all;
}

function waitingLine(jobs: readonly Job[], elapsedMs: number): string {
  const waiting = `waiting for ${formatDuration(Math.floor(elapsedMs / 1000) * 1000)}`;
  const [only] = jobs;
  if (jobs.length === 1 && only !== undefined) {
    const row = rowOf(only, only.lastState);
    return [nameOfJob(row), row.state, oneLine(row.machine), waiting].join(' · ');
  }
  const left = jobs.filter(({ lastState }) => !isFinal(lastState.state)).length;
  return [`${left} of ${jobs.length} jobs under way`, waiting].join(' · ');
}

function tellGoingOn(rows: readonly JobRow[], { timeout }: WaitFlags, { context, interrupts }: AwaitOptions): void {
  const why = interrupts.status === undefined ? `Not ended after ${formatDuration(timeout ?? 0)}` : 'Interrupted';
  const [first, ...others] = rows.filter(({ state }) => !isFinal(state));
  if (first === undefined) return;
  const what = others.length === 0 ? 'the job goes on' : `${others.length + 1} jobs go on`;
  context.output.note(`${why}: ${what}. To wait again: ${jobCommand('wait', first)}\n`);
}
