import { TimeoutError } from '../../core/errors.js';
import { HawserError } from '../../core/hawser-error.js';
import type { Job } from '../../jobs/job.js';
import { isFinal } from '../../jobs/job-state.js';
import type { Context } from '../context.js';
import { formatDuration } from '../options/duration.js';
import type { Interrupts } from '../terminal/interrupts.js';
import { StatusLine } from '../terminal/status-line.js';
import { clipped, oneLine } from '../terminal/text.js';
import type { WaitFlags } from './job-flags.js';
import { writeJobs } from './job-json.js';
import { JobProgress } from './job-progress.js';
import { jobCommand } from './job-remark.js';
import { type JobRow, nameOfJob, rowOf } from './job-row.js';
import { showRows } from './show-rows.js';

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
 */
export async function awaitJobs(jobs: readonly Job[], o: AwaitOptions): Promise<number> {
  const { flags, context, signal, interrupts } = o;
  const { output } = context;
  const ended = await untilAll(jobs, o);
  const rows = jobs.map((job) => rowOf(job, job.lastState));
  if (flags.json === true) writeJobs(rows, output);
  else if (!signal.aborted || rows.some(({ state }) => isFinal(state))) showRows(rows, 'whole', flags, context);
  if (!ended) tellGoingOn(rows, flags, o);
  return interrupts.status ?? (rows.every(({ state }) => state === 'done') ? 0 : 1);
}

/** Whether all have ended. A machine that cannot be asked any more is told of at once: the others may take long. */
async function untilAll(jobs: readonly Job[], { flags, context, signal }: AwaitOptions): Promise<boolean> {
  const { timeout } = flags;
  const { output } = context;
  const told = new Set<string>();
  using progress = new JobProgress();
  using _status = new StatusLine(output, (elapsedMs) =>
    clipped(
      waitingLine(jobs, elapsedMs, (name) => progress.silence(name, flags.interval)),
      output.columns - 1,
    ),
  );
  const ended = await Promise.all(
    jobs.map(async (job) => {
      try {
        await job.wait({ signal, timeout });
        return true;
      } catch (error) {
        const isLate = error instanceof TimeoutError && error.phase === 'job';
        if (signal.aborted || isLate) return false;
        if (!(error instanceof HawserError)) throw error;
        if (!told.has(error.message)) output.note(`hawser: ${oneLine(error.message)}\n`);
        told.add(error.message);
        return false;
      }
    }),
  );
  return ended.every((one) => one);
}

function waitingLine(
  jobs: readonly Job[],
  elapsedMs: number,
  silence: (machine: string) => number | undefined,
): string {
  const left = jobs.filter(({ lastState }) => !isFinal(lastState.state));
  const [only] = jobs;
  const what =
    jobs.length === 1 && only !== undefined
      ? [nameOfJob(only), only.lastState.state, oneLine(only.machine)]
      : [`${left.length} of ${jobs.length} jobs under way`];
  const silent = [...new Set(left.map(({ machine }) => machine))].flatMap((name) => {
    const ms = silence(name);
    return ms === undefined ? [] : [`${oneLine(name)} does not answer, for ${wholeSeconds(ms)} now`];
  });
  return [...what, `waiting for ${wholeSeconds(elapsedMs)}`, ...silent].join(' · ');
}

function wholeSeconds(ms: number): string {
  return formatDuration(Math.max(1000, Math.floor(ms / 1000) * 1000)).replace('.0 s', ' s');
}

function tellGoingOn(rows: readonly JobRow[], { timeout }: WaitFlags, { context, interrupts }: AwaitOptions): void {
  const late = timeout === undefined ? [] : [`Not ended after ${formatDuration(timeout)}`];
  const [why = 'Not waited for to the end'] = interrupts.status === undefined ? late : ['Interrupted'];
  const [first, ...others] = rows.filter(({ state }) => !isFinal(state));
  if (first === undefined) return;
  const what = others.length === 0 ? 'the job goes on' : `${others.length + 1} jobs go on`;
  context.output.note(`${why}: ${what}. To wait again: ${jobCommand('wait', first)}\n`);
}
