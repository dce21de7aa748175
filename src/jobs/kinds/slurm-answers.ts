import { defined } from '../../core/defined.js';
import { visible } from '../../core/visible.js';
import { isFinal, type JobState } from '../job-state.js';
import { foremost } from './foremost.js';
import { saying } from './saying.js';
import type { Answer, QueueAnswer } from './scheduler-kind.js';
import { signalName } from './signal-names.js';
import { slurmState } from './slurm-states.js';

/** A job, a task of an array (`4_2`), several that wait (`4_[1-9%2]`), or a part of a heterogeneous job (`12+0`). */
const ID = /^(\d+)(?:[_+](\d+)|_\[[^\]]*\]?)?$/;

/** Clusters of a federation are headlines, even where none were asked for. */
const HEADLINE = /^CLUSTER: /;

interface Row {
  /** The job, whichever part of it this is. */
  readonly job: string;
  /** The part, where it is one of its own. */
  readonly part: string | undefined;
  readonly fields: readonly string[];
}

/** Reads the answer of a squeue(1) that was asked for `%i|%T|%V|%S|%e|%B|%r`, with times in seconds since 1970. */
export function readSqueue(answer: Answer): QueueAnswer {
  const rows = rowsOf(answer, 7);
  if (typeof rows === 'string') return { failed: rows };
  const jobs = statesOf(
    rows,
    ([word = '', queued, started, ended, host, ...reason]) =>
      stateOf({ word, queued, started, ended, host, reason: reason.join('|') }),
    { forgets: true },
  );
  return { jobs };
}

/** Reads the ids of those jobs whose comment has the token out of the answer of a squeue(1) that was asked for `%i|%k`. */
export function readComments(answer: Answer, token: string): { ids: readonly string[] } | { failed: string } {
  const rows = rowsOf(answer, 2);
  if (typeof rows === 'string') return { failed: rows };
  const ours = rows.filter(({ fields }) =>
    fields
      .join('|')
      .split(/[^\w-]+/)
      .includes(token),
  );
  return { ids: [...new Set(ours.map(({ job }) => job))] };
}

/**
 * Reads the accounting of sacct(1), asked for `JobID,State,ExitCode,Submit,Start,End,NodeList`, or after a line `scontrol:`
 * what slurmctld remembers, as several `scontrol show job` print it.
 */
export function readSlurmHistory(answer: Answer, scontrol: string): QueueAnswer {
  const at = `\n${answer.stdout}`.indexOf(`\n${scontrol}\n`);
  if (at !== -1) return readScontrol({ ...answer, stdout: answer.stdout.slice(at + scontrol.length) });
  const rows = rowsOf(answer, 7);
  if (typeof rows === 'string') return { failed: rows };
  return {
    jobs: statesOf(rows, ([word = '', exit, queued, started, ended, host]) =>
      stateOf({ word, exit, queued, started, ended, host }),
    ),
  };
}

/** What keeps sacct and scontrol from telling anything of a job, and is no failure. */
const HARMLESS = /accounting storage is disabled|Invalid job id specified|sacct: (?:command )?not found|^\s*$/;

function readScontrol(answer: Answer): QueueAnswer {
  const complaint = answer.stderr.split('\n').find((line) => !HARMLESS.test(line));
  if (complaint !== undefined) return { failed: saying({ ...answer, stderr: complaint }) };
  const jobs = new Map<string, JobState>();
  // Every job begins at the left margin; its name stands there too, and cannot begin a line.
  for (const text of answer.stdout.split(/^(?=JobId=)/m)) {
    const id = /^JobId=(\d+)(?=\s)/.exec(text)?.[1];
    const [, word = '', reason] = /^ +JobState=(\S+) Reason=(\S+)/m.exec(text) ?? [];
    if (id === undefined || word === '') continue;
    // What people choose, such as the directory, stands after all that is looked for.
    const words = text.split('\n').flatMap((line) => (line.startsWith(' ') ? line.trim().split(' ') : []));
    const field = (name: string): string | undefined =>
      words.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
    const [queued, started, ended] = ['SubmitTime', 'StartTime', 'EndTime'].map(field);
    jobs.set(id, stateOf({ word, reason, exit: field('ExitCode'), queued, started, ended, host: field('BatchHost') }));
  }
  return { jobs };
}

/** The rows of a table, or why there are none: one strange row means that the absence of another says nothing. */
function rowsOf(answer: Answer, columns: number): readonly Row[] | string {
  if (answer.status !== 0) return saying(answer);
  const rows: Row[] = [];
  for (const line of answer.stdout.split('\n')) {
    if (line.trim() === '' || HEADLINE.test(line)) continue;
    const [id = '', ...fields] = line.split('|');
    const [, job, part] = ID.exec(id.trim()) ?? [];
    if (job === undefined || fields.length < columns - 1)
      return `it printed what is no row: ${saying({ ...answer, stdout: line, stderr: '' })}`;
    rows.push({ job, part: part === undefined ? undefined : id.trim(), fields });
  }
  return rows;
}

/**
 * The states of parts, and of each job as a whole. `forgets`: of an array there may be parts without a row, so that it is not
 * known whether the whole is done.
 */
function statesOf(
  rows: readonly Row[],
  read: (fields: readonly string[]) => JobState,
  { forgets = false }: { readonly forgets?: boolean } = {},
): Map<string, JobState> {
  const jobs = new Map<string, JobState>();
  for (const { job, part, fields } of rows) {
    const state = read(fields);
    if (part !== undefined) jobs.set(part, state);
    if (part !== undefined && forgets && state.state === 'done') continue;
    jobs.set(job, foremost(jobs.get(job), state));
  }
  return jobs;
}

interface Told {
  readonly word: string;
  readonly reason?: string | undefined;
  /** The status and the signal, such as `3:0`. */
  readonly exit?: string | undefined;
  readonly queued: string | undefined;
  readonly started: string | undefined;
  readonly ended: string | undefined;
  readonly host: string | undefined;
}

function stateOf(told: Told): JobState {
  // sacct says who cancelled it: "CANCELLED by 1002".
  const word = told.word.trim();
  const [, status, signal] = /^(\d{1,3}):(\d{1,3})$/.exec(told.exit ?? '') ?? [];
  const said = slurmState(word.replace(/ by \d+$/, ''));
  const failed = Number(status ?? 0) !== 0 || Number(signal ?? 0) !== 0;
  const state = said === 'done' && failed ? 'failed' : said;
  const begun = state !== 'queued' && state !== 'unknown';
  const over = isFinal(state);
  const signalled = over && signal !== undefined ? signalName(Number(signal)) : undefined;
  return {
    state,
    ...defined({
      word: text(word),
      reason: text(told.reason),
      exitStatus: over && status !== undefined && signalled === undefined ? Number(status) : undefined,
      signal: signalled,
      host: begun ? text(told.host) : undefined,
      queuedAt: time(told.queued),
      // Of a job that waits it is when it may start, and of one that runs when it has to end.
      startedAt: begun ? time(told.started) : undefined,
      endedAt: over ? time(told.ended) : undefined,
    }),
  };
}

/** A text that says something, made safe to show. */
function text(value: string | undefined): string | undefined {
  const safe = visible(value?.trim() ?? '');
  return /^(?:|None|n\/a|\(null\)|None assigned)$/i.test(safe) ? undefined : safe;
}

/** Seconds since 1970 as milliseconds. */
function time(value: string | undefined): number | undefined {
  return /^[1-9]\d{0,11}$/.test(value ?? '') ? Number(value) * 1000 : undefined;
}
