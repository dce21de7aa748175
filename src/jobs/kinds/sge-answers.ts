import { defined } from '../../core/defined.js';
import { visible } from '../../core/visible.js';
import type { JobState } from '../job-state.js';
import { foremost } from './foremost.js';
import { saying } from './saying.js';
import type { Answer, QueueAnswer } from './scheduler-kind.js';
import { sgeReason, sgeState } from './sge-states.js';
import { signalName } from './signal-names.js';
import { type Element, parseXml } from './xml.js';

/** Reads the answer of a `qstat -xml` whose times are in UTC. */
export function readQstat(answer: Answer): QueueAnswer {
  if (answer.status !== 0) return { failed: saying(answer) };
  // A wrapper of the cluster's own may have said something before.
  const from = answer.stdout.search(/<\?xml|<job_info/);
  const document = from === -1 ? undefined : parseXml(answer.stdout.slice(from));
  if (document?.name !== 'job_info') {
    return { failed: `it printed what is no list of jobs: ${saying({ ...answer, stderr: '' })}` };
  }
  const jobs = new Map<string, JobState>();
  for (const job of jobLists(document)) {
    const id = textOf(job, 'JB_job_number');
    const letters = textOf(job, 'state');
    if (id === undefined || !/^\d+$/.test(id) || letters === undefined) {
      return { failed: 'it printed a job without its number or its state' };
    }
    // A zombie has ended: the accounting tells how.
    if (letters === 'z') continue;
    const state = sgeState(letters);
    const add = (key: string): unknown => jobs.set(key, foremost(jobs.get(key), queued(job, letters, state)));
    add(id);
    const task = textOf(job, 'tasks');
    if (task !== undefined && /^\d+$/.test(task)) add(`${id}.${task}`);
  }
  return { jobs };
}

function queued(job: Element, word: string, state: JobState['state']): JobState {
  return {
    state,
    ...defined({
      word: visible(word),
      reason: sgeReason(word),
      host: hostOf(textOf(job, 'queue_name')),
      queuedAt: time(textOf(job, 'JB_submission_time')),
      startedAt: time(textOf(job, 'JAT_start_time')),
    }),
  };
}

/** A queue on a host, such as `all.q@node1`. */
function hostOf(queue: string | undefined): string | undefined {
  const host = queue?.split('@')[1];
  return host === undefined || host === '' ? undefined : visible(host);
}

function* jobLists(element: Element): Generator<Element> {
  for (const child of element.children) {
    if (child.name === 'job_list') yield child;
    else yield* jobLists(child);
  }
}

/** The text of the only child of that name: two of them would be somebody's trick. */
function textOf(element: Element, name: string): string | undefined {
  const [child, ...others] = element.children.filter((one) => one.name === name);
  return others.length === 0 ? child?.text.trim() : undefined;
}

/** What keeps qacct from telling anything of a job, and is no failure. */
const UNKNOWN = /^error: job id \S+ not found$|\/accounting: No such file|^no jobs running since startup$|^$/;

/** Numbers of `failed` for which the job goes back into the queue: migrating, rescheduling (sge_status(5)). */
const BACK_IN_QUEUE: ReadonlySet<number> = new Set([24, 25]);

/** Reads what several qacct(1) tell, whose times are in UTC. Of a job that ran more than once the last run counts. */
export function readQacct(answer: Answer): QueueAnswer {
  const complaint = answer.stderr.split('\n').find((line) => !UNKNOWN.test(line.trim()));
  if (complaint !== undefined || answer.status === null) return { failed: saying(answer) };
  const runs = new Map<string, { readonly id: string; readonly state: JobState | undefined }>();
  for (const text of answer.stdout.split(/^=+$/m)) {
    const fields = new Map(
      text.split('\n').map((line) => [line.split(/\s/, 1)[0] ?? '', line.replace(/^\S+\s*/, '').trim()]),
    );
    const id = fields.get('jobnumber');
    if (id === undefined || !/^\d+$/.test(id)) continue;
    const task = fields.get('taskid');
    const part = task !== undefined && /^\d+$/.test(task) ? `${id}.${task}` : id;
    runs.set(part, { id, state: ended(fields) });
  }
  const jobs = new Map<string, JobState>();
  for (const [part, { id, state }] of runs) {
    if (state === undefined) continue;
    if (part !== id) jobs.set(part, state);
    jobs.set(id, foremost(jobs.get(id), state));
  }
  return { jobs };
}

/** How a run ended; `undefined` where it did not, or where the accounting does not tell. */
function ended(fields: ReadonlyMap<string, string>): JobState | undefined {
  const failed = number(/^(\d+)/.exec(fields.get('failed') ?? '')?.[1]);
  const status = number(/^(\d+)/.exec(fields.get('exit_status') ?? '')?.[1]);
  if (failed === undefined || status === undefined || BACK_IN_QUEUE.has(failed)) return undefined;
  // A status above 128 is that of a shell: the job was ended by a signal.
  const signal = status > 128 ? signalName(status - 128) : undefined;
  const limit = number(/\bh_rt=(\d+)\b/.exec(fields.get('category') ?? '')?.[1]);
  const took = number(/^(\d+)/.exec(fields.get('ru_wallclock') ?? '')?.[1]);
  const isLate = failed !== 0 && limit !== undefined && took !== undefined && took >= limit;
  const startedAt = time(fields.get('start_time'));
  const state = failed === 0 && status === 0 && startedAt !== undefined ? 'done' : isLate ? 'timeout' : 'failed';
  const host = fields.get('hostname');
  return {
    state,
    ...defined({
      reason: failed === 0 ? undefined : visible(fields.get('failed')?.replace(/^\d+\s*:\s*/, '') ?? ''),
      exitStatus: startedAt === undefined || signal !== undefined ? undefined : status,
      signal,
      host: host === undefined ? undefined : visible(host),
      queuedAt: time(fields.get('qsub_time')),
      startedAt,
      endedAt: time(fields.get('end_time')),
    }),
  };
}

/** Reads the ids of those jobs whose context has the token, out of what `qstat -j '*'` tells of all. */
export function readContexts(answer: Answer, token: string): { ids: readonly string[] } | { failed: string } {
  const isEmpty = /^Following jobs do not exist: *$/m.test(`${answer.stdout}\n${answer.stderr}`);
  if (isEmpty) return { ids: [] };
  if (answer.status !== 0) return { failed: saying(answer) };
  const ids = new Set<string>();
  let id: string | undefined;
  for (const line of answer.stdout.split('\n')) {
    id = /^job_number: +(\d+)\s*$/.exec(line)?.[1] ?? id;
    const context = /^context: +(.*)$/.exec(line)?.[1]?.split(',') ?? [];
    if (id !== undefined && context.some((pair) => pair.trim() === `hawser=${token}`)) ids.add(id);
  }
  return { ids: [...ids] };
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** A date without a zone, `2026-11-22T17:11:16` or `Sun Nov 22 17:11:16 2026`, which is in UTC. */
function time(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT[\d:]{8}$|^\w{3} \w{3} +\d+ [\d:]{8} \d{4}$/.test(text))
    return undefined;
  const at = Date.parse(text.includes('T') && text[4] === '-' ? `${text}Z` : `${text} UTC`);
  return Number.isFinite(at) && at > 0 ? at : undefined;
}
