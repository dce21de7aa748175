import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionError } from '../../core/hawser-error.js';
import type { Job } from '../../jobs/job.js';
import type { JobStateName } from '../../jobs/job-state.js';
import type { Context } from '../context.js';
import { Interrupts } from '../terminal/interrupts.js';
import { jsonText } from '../terminal/json.js';
import { oneLine } from '../terminal/text.js';
import { JobDesk } from './job-desk.js';
import type { ResolveFlags } from './job-flags.js';
import { jobCommand } from './job-remark.js';
import { type JobRow, rowOf } from './job-row.js';
import { noteSubmitted } from './journal-jobs.js';
import { showRows } from './show-rows.js';

/**
 * `hawser job resolve`: of a job of which nobody can tell whether it was submitted, looks once more; where that does not
 * help, takes the word of who has looked into the queue himself. Of any other job it changes nothing.
 *
 * @returns the exit status: 1 where it is not known still.
 * @throws OptionError, ParseError for what cannot be meant; JobError for a job that is not found, and one that is refused; what
 *   connecting throws.
 */
export async function resolveJob(key: string, flags: ResolveFlags, context: Context): Promise<number> {
  if (flags.again === true && flags.submitted !== undefined) {
    throw new OptionError('Expected --submitted ID, where the scheduler has the job, or --again, where not, got both.');
  }
  const stop = new AbortController();
  using _interrupts = Interrupts.abort(stop, context.output);
  await using desk = new JobDesk(flags, context);
  const { signal } = stop;
  const job = await desk.job(key, flags, { signal });
  const { state } = await job.status({ signal });
  if (state !== 'submit-unknown') {
    show(rowOf(job, job.lastState), flags, context);
    if (flags.json !== true) context.output.note(`There is nothing to resolve: ${whyNot(state)}.\n`);
    return 0;
  }
  if (flags.submitted === undefined && flags.again !== true) {
    show(rowOf(job, job.lastState), flags, context);
    tellWays(job, context);
    return 1;
  }
  const resolved =
    flags.submitted === undefined
      ? await submitAgain(desk, job, signal)
      : await told(desk, job, flags.submitted, signal);
  const row = rowOf(resolved, await resolved.status({ signal }));
  show(row, flags, context);
  return row.state === 'submit-unknown' ? 1 : 0;
}

function whyNot(state: JobStateName): string {
  if (state === 'staged') return 'it has not been submitted yet';
  return state === 'submitting' ? 'it is being submitted now' : 'its scheduler has it, or had it';
}

function show(row: JobRow, flags: ResolveFlags, context: Context): void {
  if (flags.json === true) {
    context.output.write(`${jsonText({ version: 1, ...row })}\n`);
    return;
  }
  // What a remark would advise is being done, or is said in full.
  showRows([row], row.state === 'submit-unknown' ? 'none' : 'whole', flags, context);
}

function tellWays(job: Job, { output }: Context): void {
  const { reason } = job.lastState;
  const command = jobCommand('resolve', job);
  const why = reason === undefined ? '' : `: ${oneLine(reason)}`;
  output.note(
    `Nobody can tell whether it was submitted${why}. Look for ${oneLine(job.name)} (${oneLine(job.token)}) in ` +
      `the queue of ${oneLine(job.machine)}.\n` +
      `  it is there:  → ${command} --submitted ID\n` +
      `  it is not:    → ${command} --again\n`,
  );
}

/**
 * Somebody has seen it in the queue. What is no id of that scheduler's is refused, and what is another job of ours: a slip
 * would have the wrong one ended later.
 */
async function told(desk: JobDesk, job: Job, id: string, signal: AbortSignal): Promise<Job> {
  const { machine, key } = job;
  const scheduler = await desk.scheduler(machine);
  const { schedulerKind } = await import('../../jobs/kinds/registry.js');
  const answer = schedulerKind(scheduler.machine.scheduler).readSubmit({ status: 0, stdout: `${id}\n`, stderr: '' });
  if (!('id' in answer) || answer.id !== id) {
    const { scheduler: kind } = scheduler.machine;
    throw new OptionError(
      `Expected --submitted to be an id of ${kind} on ${machine}, whole, got ${JSON.stringify(id)}.`,
    );
  }
  const other = (await scheduler.scan({ signal })).find((one) => one.id === id && one.key !== key);
  if (other !== undefined) {
    throw new OptionError(`${id} is the job ${JSON.stringify(other.key)} on ${machine}, not ${JSON.stringify(key)}.`);
  }
  const { recordSubmission } = await import('../../jobs/resolve-submission.js');
  await recordSubmission({ ...(await desk.whereabouts(job, { signal })), signal }, id);
  const known = (await desk.journal()).find((entry) => entry.machine === machine && entry.key === key);
  if (known !== undefined) await noteSubmitted(known, id, desk.env);
  return scheduler.attach(key, { signal });
}

async function submitAgain(desk: JobDesk, job: Job, signal: AbortSignal): Promise<Job> {
  const { recallSpec } = await import('../../jobs/resolve-submission.js');
  const into = await mkdtemp(join(tmpdir(), 'hawser-job-'));
  try {
    const spec = await recallSpec({ ...(await desk.whereabouts(job, { signal })), signal }, into);
    return await (await desk.scheduler(job.machine)).submit(spec, { signal, resubmit: true });
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}
