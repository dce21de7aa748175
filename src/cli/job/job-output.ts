import { AbortError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import { isFinal } from '../../jobs/job-state.js';
import type { Context } from '../context.js';
import { Interrupts } from '../terminal/interrupts.js';
import { jsonText } from '../terminal/json.js';
import { JobDesk } from './job-desk.js';
import type { OutputFlags } from './job-flags.js';
import { remarkText } from './job-remark.js';
import { nameOfJob, rowOf } from './job-row.js';

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
  const safe = output.isTerminal && flags.raw !== true ? visible : (text: string): string => text;
  try {
    const job = await desk.job(name, flags, { signal });
    if (flags.follow !== true) {
      const text = await job.output({ signal });
      if (flags.json === true)
        output.write(`${jsonText({ version: 1, ...rowOf(job, job.lastState), output: text })}\n`);
      else output.write(safe(text));
      return 0;
    }
    for await (const line of job.tail({ signal })) {
      output.write(`${safe(line)}\n`);
      await output.ready();
    }
    const row = rowOf(job, await job.status({ signal }));
    const { state } = row;
    output.note(`${[`${nameOfJob(row)} is ${state}`, remarkText(row)].filter((part) => part !== '').join(' · ')}\n`);
    return state === 'done' || !isFinal(state) ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    return interrupts.status ?? 0;
  }
}
