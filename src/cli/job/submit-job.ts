import { JobError } from '../../core/job-error.js';
import type { Job } from '../../jobs/job.js';
import type { Context } from '../context.js';
import { formatDuration } from '../options/duration.js';
import { Interrupts } from '../terminal/interrupts.js';
import { jsonText } from '../terminal/json.js';
import { StatusLine } from '../terminal/status-line.js';
import { clipped, oneLine } from '../terminal/text.js';
import { checkDestination, fetchOutputs } from './fetch-outputs.js';
import { JobDesk } from './job-desk.js';
import type { SubmitFlags } from './job-flags.js';
import { JobProgress } from './job-progress.js';
import { jobCommand } from './job-remark.js';
import { rowOf, shortId } from './job-row.js';
import { jobSpecOf } from './job-spec-of.js';

/**
 * `hawser job submit`.
 *
 * @returns the exit status: with `--wait` 0 only where the job is done.
 * @throws OptionError, ParseError for what cannot be meant; JobError for what the scheduler does not take; what connecting
 *   throws.
 */
export async function submitJob(
  machine: string,
  words: readonly string[],
  flags: SubmitFlags,
  context: Context,
): Promise<number> {
  const { output, env } = context;
  const spec = await jobSpecOf(words, flags, env);
  // Not after a day of waiting.
  if (flags.retrieve !== undefined) await checkDestination(flags.retrieve);
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, output);
  await using desk = new JobDesk(flags, context);
  const scheduler = await desk.scheduler(machine);
  using progress = new JobProgress();
  const begun = performance.now();
  let job: Job;
  try {
    using _status = new StatusLine(output, (elapsedMs) =>
      clipped(`${machine}: ${progress.words} · ${formatDuration(elapsedMs)}`, output.columns - 1),
    );
    job = await scheduler.submit(spec, { signal: stop.signal, resubmit: flags.resubmit === true });
  } catch (error) {
    if (interrupts.status !== undefined) {
      output.note('Interrupted: it may have been submitted. The same command tells, and submits nothing twice.\n');
      return interrupts.status;
    }
    if (!(error instanceof JobError) || error.reason !== 'unknown-submission') throw error;
    tellUnknown(error, { machine, flags, context });
    return 1;
  }
  const { state } = job.lastState;
  const session = progress.session(machine);
  const waits = flags.wait === true || flags.retrieve !== undefined;
  if (flags.json !== true)
    output.write(`${output.isTerminal ? oneLine(shortId(job.id)) : job.id}  ${oneLine(job.key)}\n`);
  else if (!waits) output.write(`${jsonText({ version: 1, ...rowOf(job, job.lastState) })}\n`);
  const over = session === undefined ? [] : [`session ${session}`];
  output.note(
    `${[`${state} on ${oneLine(machine)}`, ...over, formatDuration(performance.now() - begun)].join(' · ')}\n`,
  );
  if (!waits) return 0;
  const { awaitJobs } = await import('./await-jobs.js');
  const status = await awaitJobs([job], { flags, context, signal: stop.signal, interrupts });
  if (flags.retrieve === undefined || interrupts.status !== undefined) return status;
  const { ok } = await fetchOutputs(job, flags.retrieve, { context, signal: stop.signal });
  return ok ? status : 1;
}

/** A submission that nobody can tell of: what is not known, and what to do. */
function tellUnknown(
  { why, message, jobKey: key = '' }: JobError,
  { machine, flags, context }: { readonly machine: string; readonly flags: SubmitFlags; readonly context: Context },
): void {
  const { output } = context;
  const reason = oneLine(why ?? message);
  if (flags.json === true) output.write(`${jsonText({ version: 1, machine, key, state: 'submit-unknown', reason })}\n`);
  else if (key !== '') output.write(`–  ${oneLine(key)}\n`);
  output.note(`hawser: Nobody can tell whether the job was submitted to ${oneLine(machine)}: ${reason}\n`);
  output.note('  Nothing is submitted again by itself. The same command looks once more, as does\n');
  output.note(`  → ${jobCommand('resolve', { key, machine })}\n`);
}
