import type { Connection } from '../connection/connection.js';
import type { Abortable } from '../core/abort.js';
import { diagnostics, type JobEvent } from '../core/diagnostics.js';
import { TimeoutError } from '../core/errors.js';
import { JobError } from '../core/job-error.js';
import { askSeveral } from '../remote/batch/ask-several.js';
import { type AskShellOptions, askShell, type ShellAnswer } from '../remote/batch/ask-shell.js';
import { countMisses, forgetMisses, type Misses, parseMisses } from '../remote/batch/count-misses.js';
import { withEnvSetup } from '../remote/batch/env-setup.js';
import type { FarRecord } from '../remote/batch/far-record.js';
import { type FoundId, noteIds } from '../remote/batch/note-id.js';
import { parseRecords } from '../remote/batch/parse-records.js';
import { readRecords } from '../remote/batch/read-records.js';
import type { FarMachine } from './far-machine.js';
import { attemptOf } from './job-key.js';
import type { JobState } from './job-state.js';
import { isMissing, judge, type Sight } from './judge.js';
import type { Answer, QueueAnswer, SchedulerKind } from './kinds/scheduler-kind.js';
import type { TrackedJob } from './tracked-job.js';

/** How long a question to the scheduler may take, in milliseconds: it may be busy, and it may hang. */
const PATIENCE = 120_000;
const HOME = { cwd: '~' } as const;
const NO_ANSWER: Answer = { status: null, stdout: '', stderr: 'it gave no answer' };

/** What a {@link SchedulerDesk} is made for. */
export interface DeskOptions {
  readonly far: FarMachine;
  readonly kind: SchedulerKind;
  /** Shell text that makes the scheduler's commands known. */
  readonly envSetup: string | undefined;
  /** How long a job has to be missing before it may be called lost, in milliseconds. */
  readonly grace: number;
}

/** Where a machine's scheduler, and the records of its jobs, are asked. All that it writes is who was looked for in vain. */
export class SchedulerDesk {
  readonly far: FarMachine;
  readonly kind: SchedulerKind;
  readonly #envSetup: string | undefined;
  readonly #grace: number;

  constructor(o: DeskOptions) {
    this.far = o.far;
    this.kind = o.kind;
    this.#envSetup = o.envSetup;
    this.#grace = o.grace;
  }

  /** Publishes what happens to a job, or to all of them, on `hawser:job`. */
  tell(event: Omit<JobEvent, 'machine'>): void {
    if (diagnostics.job.active) diagnostics.job.publish({ machine: this.far.name, ...event });
  }

  /** Text that is to find the scheduler's commands. */
  withCommands(script: string): string {
    return withEnvSetup(this.#envSetup, script);
  }

  /** Asks the scheduler something by one of its commands. Throws as `askShell` does. */
  async command(line: string, o: Abortable = {}): Promise<ShellAnswer> {
    return this.far.perform((session) => askShell(session, this.withCommands(line), this.#options(o)), o);
  }

  /** What the records tell, by their paths. Throws as `askShell` does. */
  async records(paths: readonly string[], o: Abortable = {}): Promise<ReadonlyMap<string, FarRecord>> {
    if (paths.length === 0) return new Map();
    const ask = (session: Connection): Promise<ShellAnswer> => askShell(session, readRecords(paths), this.#options(o));
    return parseRecords((await this.far.perform(ask, o)).stdout);
  }

  /** What the record of one job tells. @throws JobError (`bad-record`) where it cannot be read. */
  async record(path: string, o: Abortable = {}): Promise<FarRecord> {
    const record = (await this.records([path], o)).get(path);
    if (record !== undefined && record.trouble === undefined) return record;
    const why = record?.trouble ?? 'the machine did not say what is in it';
    throw new JobError('bad-record', `Cannot read the record ${path} on ${this.far.name}: ${why}.`, {
      host: this.far.name,
    });
  }

  /** The ids of what has a token in the queue; `undefined` where the queue did not answer. */
  async find(token: string, o: Abortable = {}): Promise<readonly string[] | undefined> {
    const found = this.kind.readFind(await this.command(this.kind.findLine(token), o), token);
    return 'ids' in found ? found.ids : undefined;
  }

  /**
   * How jobs of these ids stand by the queue and by the accounting; those that neither knows are left out.
   *
   * @throws JobError (`refused`) where the queue does not answer.
   */
  async states(ids: readonly string[], o: Abortable = {}): Promise<ReadonlyMap<string, JobState>> {
    const { kind } = this;
    const queue = kind.readQueue(await this.command(kind.queueLine(ids), o));
    if ('failed' in queue) {
      const text = `Cannot ask ${this.far.name} about the jobs ${ids.join(', ')}: ${queue.failed}.`;
      throw new JobError('refused', text, { host: this.far.name, why: queue.failed, retryable: true });
    }
    const states = new Map([...queue.jobs].filter(([id]) => ids.includes(id)));
    const missing = ids.filter((id) => !states.has(id));
    const history = await this.#past(missing, o);
    if (history !== undefined && 'jobs' in history) for (const [id, state] of history.jobs) states.set(id, state);
    return states;
  }

  /** Looks once at all these jobs, at their records and in the queue, and has each learn how it stands. */
  async look(jobs: readonly TrackedJob[], o: Abortable = {}): Promise<void> {
    const begun = performance.now();
    const sights = await this.#sights(jobs, o);
    const misses = await this.#write(sights, o);
    for (const [job, sight] of sights) {
      job.seenAt = begun;
      // Of two that were submitted it is the one that runs.
      job.id = sight.record?.started?.id ?? job.id ?? sight.record?.id;
      job.learn(judge(job.known, { ...sight, misses: misses.get(job.record) }, begun, this.#grace));
    }
  }

  /** Writes down that these ids were found in the queue: nobody has to search for them again. */
  async note(ids: readonly FoundId[], o: Abortable = {}): Promise<void> {
    await this.far.perform((session) => askShell(session, noteIds(ids), this.#options(o)), o);
  }

  /**
   * Writes down, for the next who looks, which jobs are missing, and the ids of those that were found by their tokens; and
   * forgets that jobs were missing that were found after all.
   */
  async #write(sights: ReadonlyMap<TrackedJob, Sight>, o: Abortable): Promise<ReadonlyMap<string, Misses>> {
    const missing: string[] = [];
    const back: string[] = [];
    const found: FoundId[] = [];
    for (const [{ known, record, token }, sight] of sights) {
      if (isMissing(known, sight)) missing.push(record);
      else if (sight.record?.missed === true && sight.queued !== undefined) back.push(record);
      const attempt = attemptOf(token);
      const { record: seen, foundAs: id } = sight;
      if (id !== undefined && seen?.id === undefined && attempt > 0) found.push({ record, attempt, id });
    }
    const script = [
      ...(found.length === 0 ? [] : [noteIds(found)]),
      ...(back.length === 0 ? [] : [forgetMisses(back)]),
      ...(missing.length === 0 ? [] : [countMisses(missing)]),
    ].join('');
    if (script === '') return new Map();
    const { stdout } = await this.far.perform((session) => askShell(session, script, this.#options(o)), o);
    return parseMisses(stdout, missing);
  }

  async #sights(jobs: readonly TrackedJob[], o: Abortable): Promise<ReadonlyMap<TrackedJob, Sight>> {
    const named = jobs.filter(({ id }) => id !== undefined);
    const nameless = jobs.filter(({ id }) => id === undefined);
    const { kind } = this;
    const questions = [
      ...(named.length === 0 ? [] : [this.withCommands(kind.queueLine(idsOf(named)))]),
      ...nameless.map(({ token }) => this.withCommands(kind.findLine(token))),
    ];
    const paths = jobs.map(({ record }) => record);
    const { answers, records } = await this.#questions(questions, paths, o);
    const seen = parseRecords(records);
    const queue = named.length === 0 ? undefined : kind.readQueue(answers.shift() ?? NO_ANSWER);
    const missing = named.filter((job) => isUnknown(job, seen.get(job.record), queue));
    const history = await this.#past(idsOf(missing), o);
    this.#tellQuery(jobs.length, queue);
    const sights = new Map<TrackedJob, Sight>();
    for (const job of named) sights.set(job, sightOf(job, seen.get(job.record), queue, history));
    for (const [i, job] of nameless.entries()) {
      const found = kind.readFind(answers[i] ?? NO_ANSWER, job.token);
      const [id] = 'ids' in found ? found.ids : [];
      job.id = id;
      const queued: JobState | undefined = id === undefined ? undefined : { state: 'queued' };
      sights.set(job, { record: seen.get(job.record), asked: false, queued, foundAs: id });
    }
    return sights;
  }

  /**
   * Asks the scheduler all questions, then reads the records, by one command: a job that has left the queue by then has left
   * its exit status, too. A scheduler that hangs is no reason not to read the records.
   */
  async #questions(
    questions: readonly string[],
    paths: readonly string[],
    o: Abortable,
  ): Promise<{ readonly answers: (ShellAnswer | undefined)[]; readonly records: string }> {
    const ask = (scripts: readonly string[]): Promise<readonly (ShellAnswer | undefined)[]> =>
      this.far.perform((session) => askSeveral(session, scripts, this.#options(o)), o);
    const reading = readRecords(paths);
    try {
      const answers = [...(await ask([...questions, reading]))];
      return { records: answers.pop()?.stdout ?? '', answers };
    } catch (error) {
      if (!(error instanceof TimeoutError) || o.signal?.aborted) throw error;
      const [records] = await ask([reading]);
      return { records: records?.stdout ?? '', answers: [] };
    }
  }

  /** What the accounting has of jobs that the queue knows no more. That it does not answer changes nothing. */
  async #past(ids: readonly string[], o: Abortable): Promise<QueueAnswer | undefined> {
    const { kind } = this;
    if (ids.length === 0 || kind.historyLine === undefined || kind.readHistory === undefined) return undefined;
    return kind.readHistory(await this.command(kind.historyLine(ids), o));
  }

  #tellQuery(jobs: number, queue: QueueAnswer | undefined): void {
    const failed = queue !== undefined && 'failed' in queue ? queue.failed : undefined;
    this.tell({ step: 'query', jobs, ...(failed === undefined ? {} : { detail: failed }) });
  }

  #options({ signal }: Abortable): AskShellOptions {
    return { ...HOME, timeout: PATIENCE, signal };
  }
}

function idsOf(jobs: readonly TrackedJob[]): string[] {
  return jobs.map(({ id }) => id).filter((id) => id !== undefined);
}

/** Whether the queue answered, and does not know a job that has not ended by itself. */
function isUnknown(job: TrackedJob, record: FarRecord | undefined, queue: QueueAnswer | undefined): boolean {
  if (queue === undefined || 'failed' in queue || job.id === undefined) return false;
  return (record?.exit === undefined || record.exit.signal !== undefined) && !queue.jobs.has(job.id);
}

function sightOf(
  job: TrackedJob,
  record: FarRecord | undefined,
  queue: QueueAnswer | undefined,
  history: QueueAnswer | undefined,
): Sight {
  const { id } = job;
  if (id === undefined || queue === undefined || 'failed' in queue) return { record, asked: false, queued: undefined };
  const past = history !== undefined && 'jobs' in history ? history.jobs.get(id) : undefined;
  return { record, asked: true, queued: queue.jobs.get(id) ?? past };
}
