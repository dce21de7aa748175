import type { Connection } from '../connection/connection.js';
import { type Abortable, throwIfAborted } from '../core/abort.js';
import { Backoff } from '../core/backoff.js';
import { pause } from '../core/deadline.js';
import type { JobStep } from '../core/diagnostics.js';
import { TimeoutError } from '../core/errors.js';
import { JobError } from '../core/job-error.js';
import { askShell } from '../remote/batch/ask-shell.js';
import { type ClearSubmissionOptions, clearSubmission, parseCleared } from '../remote/batch/clear-submission.js';
import type { FarRecord } from '../remote/batch/far-record.js';
import { parseRecords } from '../remote/batch/parse-records.js';
import { NOT_OWN, NOT_WRITABLE, startSubmission } from '../remote/batch/start-submission.js';
import { DirectoryClaim } from './directory-claim.js';
import type { JobIndex } from './job-index.js';
import { attemptOf } from './job-key.js';
import type { JobPlan } from './job-plan.js';
import type { JobRecord } from './job-record.js';
import type { Journal } from './journal.js';
import { predecessors } from './predecessors.js';
import { refuseOtherWork } from './same-work.js';
import type { SchedulerDesk } from './scheduler-desk.js';
import { stage } from './staging/stage.js';
import { type SubmissionFault, submissionError } from './submission-error.js';
import { SubmissionNotes } from './submission-notes.js';
import { type Verdict, verdictOn } from './verdict.js';

/** What a submission works with. */
export interface SubmissionTools {
  readonly desk: SchedulerDesk;
  readonly index: JobIndex;
  readonly journal: Journal;
  /** Names the machine among all of that name: the journal of another one says nothing. */
  readonly place: string;
  /** How long the scheduler is left alone after it did not know, or had no room, in milliseconds; longer each time. */
  readonly patience: number;
}

/** Options of {@link Submission.run}. */
export interface SubmitOptions extends Abortable {
  /**
   * Submit it again where nobody can tell whether it was, and where it has ended. One that waits or runs is left alone.
   * Default `false`.
   */
  readonly resubmit?: boolean | undefined;
}

/** A job that the scheduler has. */
export interface Submitted {
  readonly id: string;
  readonly record: JobRecord;
  /** What the machine had on record of it then. */
  readonly seen: FarRecord | undefined;
}

/** What says that the job which is on record stands, and that nothing of this one is sent. */
const STANDING: ReadonlySet<Verdict['is']> = new Set(['submitted', 'to-wait', 'unclear']);
/** How long the answer of a helper that lives is waited for, in milliseconds: the scheduler may be busy. */
const PATIENCE = 300_000;
/** How long a helper has to say who it is. */
const FIRST_WORD = 5000;
const STEP = 500;
/** On the machine the answer is waited for so long by one command; the command itself may take longer. */
const START = { wait: 20_000, timeout: 60_000 } as const;
/** How often the queue is asked for a token: what was submitted may come into it late. */
const SEARCHES = 3;
/** How often what submits is started where it leaves no trace. */
const MOST_STARTS = 3;
/** While there are too many jobs: with the usual patience for about half an hour in all. */
const FULL = { attempts: 20, longest: 24 } as const;

/**
 * Submits one job exactly once.
 *
 * The intent is in the local journal before anything is sent. A helper on the machine takes a lock that there is one of,
 * submits, and records the answer; what is believed is the record alone. Whatever of this is cut off, by a lost link or by the
 * end of this process, the next who submits the same key reads the record first and goes on from there. Where neither the record
 * nor the queue tells, nothing is submitted again.
 */
export class Submission {
  readonly #tools: SubmissionTools;
  readonly #plan: JobPlan;
  readonly #signal: AbortSignal | undefined;
  readonly #stager: string;
  readonly #notes: SubmissionNotes;
  readonly #claim: DirectoryClaim;
  /** What the machine has on record of the job. */
  #kept: JobRecord | undefined;
  #attempt = 1;
  #starts = 0;
  /** Whether a helper may be about to submit. */
  #sent = false;

  /** @param stager names this piece of work among all that stage files: digits and letters. */
  constructor(tools: SubmissionTools, plan: JobPlan, { signal }: Abortable, stager: string) {
    this.#tools = tools;
    this.#plan = plan;
    this.#signal = signal;
    this.#stager = stager;
    this.#claim = new DirectoryClaim(tools, plan);
    this.#notes = new SubmissionNotes(tools.journal, plan, tools.desk.far.name, tools.place);
  }

  /**
   * Submits it, or finds that it was.
   *
   * @throws JobError (`refused`, `unknown-submission`, `directory-busy`, `key-taken`, `bad-record`); what connecting and staging
   *   throw; AbortError: it may have been submitted, and the same key tells.
   */
  async run(o: SubmitOptions = {}): Promise<Submitted> {
    try {
      return await this.#run(o);
    } catch (error) {
      if (!this.#sent) await this.#claim.release();
      throw error;
    } finally {
      this.#claim.end();
    }
  }

  async #run(o: SubmitOptions): Promise<Submitted> {
    const { desk, index, patience } = this.#tools;
    const { place, key } = this.#plan;
    const past = await this.#notes.past();
    this.#attempt = past?.attempt ?? 1;
    if (past === undefined) await this.#notes.write('intent', this.#attempt);
    this.#tell('intent');
    await index.claim(place, key, this.#abortable);
    let record = await desk.record(place.recordPath, this.#abortable);
    if (!record.missing) await this.#recall(record);
    if (record.missing && past !== undefined && past.step !== 'intent' && past.step !== 'refused') {
      const found = await this.#search(past.token);
      if (found !== undefined) return this.#submitted(found, undefined);
      if (o.resubmit !== true) throw await this.#unknown(`its record ${place.recordPath} is gone from the machine`);
      this.#attempt += 1;
    } else if (o.resubmit === true) {
      record = await this.#makeWay(record);
    }
    const backoff = new Backoff({ attempts: FULL.attempts, delay: patience, maxDelay: FULL.longest * patience });
    let since = performance.now();
    for (;;) {
      throwIfAborted(this.#signal, `submitting "${this.#plan.spec.name}"`, desk.far.name);
      const waited = performance.now() - since;
      const verdict = verdictOn(record, desk.kind, { firstWord: waited > FIRST_WORD, answer: waited > PATIENCE });
      if (this.#starts === 0 && STANDING.has(verdict.is)) this.#refuseOtherWork();
      switch (verdict.is) {
        case 'submitted':
          this.#tell('answered', verdict.id);
          return this.#submitted(verdict.id, record);
        case 'to-start':
          since = performance.now();
          record = await this.#start();
          break;
        case 'to-wait':
          await pause(STEP, this.#signal);
          record = await desk.record(place.recordPath, this.#abortable);
          break;
        case 'to-clear':
          record = await this.#clear({ unlessBegun: true });
          break;
        case 'full': {
          const wait = backoff.next();
          if (wait === undefined) throw await this.#refused(verdict.why);
          await pause(wait, this.#signal);
          record = await this.#clear({});
          this.#starts = 0;
          break;
        }
        case 'refused':
          throw await this.#refused(verdict.why);
        case 'unclear': {
          const found = await this.#search(this.#plan.token(this.#attempt));
          if (found !== undefined) return this.#submitted(found, undefined);
          throw await this.#unknown(verdict.why);
        }
      }
    }
  }

  get #abortable(): Abortable {
    return { signal: this.#signal };
  }

  /** Stages the job, has its helper started, and gives the record as it is then. */
  async #start(): Promise<FarRecord> {
    const { desk } = this.#tools;
    const { place } = this.#plan;
    this.#starts += 1;
    if (this.#starts > MOST_STARTS) {
      throw this.#error(
        'bad-record',
        `what submits jobs there was started, and has left no trace in ${place.recordPath}`,
      );
    }
    const claim = await this.#claim.take(this.#abortable);
    const after = await predecessors(this.#plan.spec.after ?? [], this.#tools, this.#abortable);
    const files = this.#plan.files(this.#attempt, after);
    const staged = await desk.far.perform(
      async (connection) =>
        stage({ connection, directory: await this.#directory(connection), record: place.record }, files, {
          signal: this.#signal,
          stager: this.#stager,
          claim,
        }),
      this.#abortable,
    );
    // Somebody else has been quicker.
    if (staged.state !== 'staged') {
      const record = await desk.record(place.recordPath, this.#abortable);
      await this.#recall(record);
      if (staged.state === 'submitted') this.#refuseOtherWork();
      return record;
    }
    this.#tell('staged');
    await this.#notes.write('starting', this.#attempt);
    this.#tell('starting');
    try {
      return await this.#sendStart(claim);
    } catch (error) {
      if (this.#signal?.aborted || error instanceof JobError) throw error;
      // The command was cut off by its time, which says nothing.
      if (error instanceof TimeoutError) return desk.record(place.recordPath, this.#abortable);
      throw await this.#unknown(error instanceof Error ? error.message : String(error), error);
    }
  }

  async #sendStart(claim: string): Promise<FarRecord> {
    const { desk } = this.#tools;
    const { place } = this.#plan;
    const start = startSubmission(place.record, { wait: START.wait, claim });
    this.#sent = true;
    const answer = await desk.far.perform(
      async (connection) =>
        askShell(await this.#directory(connection), start, { timeout: START.timeout, signal: this.#signal }),
      this.#abortable,
    );
    this.#tell('started');
    this.#sent = answer.status !== NOT_WRITABLE && answer.status !== NOT_OWN;
    if (answer.status === NOT_WRITABLE) {
      throw this.#error('refused', `nothing can be written to ${place.recordPath}: the disk may be full`);
    }
    if (answer.status === NOT_OWN) throw this.#error('refused', `nothing was run: ${answer.stderr.trim()}`);
    return parseRecords(answer.stdout).get(place.record) ?? desk.record(place.recordPath, this.#abortable);
  }

  async #directory(connection: Connection): Promise<Awaited<ReturnType<Connection['directory']>>> {
    return connection.directory(this.#plan.place.path, { mode: 0o700, signal: this.#signal });
  }

  /** Puts the present attempt aside, so that there may be another one. Gives the record as it is then. */
  async #clear(o: ClearSubmissionOptions): Promise<FarRecord> {
    const { desk } = this.#tools;
    const { place } = this.#plan;
    const script = clearSubmission(place.recordPath, this.#attempt, o);
    const answer = await desk.far.perform((session) => askShell(session, script, { cwd: '~' }), this.#abortable);
    const cleared = parseCleared(answer.stdout);
    if (answer.status !== 0 || cleared === undefined) {
      throw this.#error('bad-record', `the last attempt could not be put aside: ${answer.stderr.trim()}`);
    }
    const record = await desk.record(place.recordPath, this.#abortable);
    if (cleared === 'cleared') this.#sent = false;
    if (cleared !== 'begun') await this.#recall(record);
    return record;
  }

  /** Learns what the machine has on record of the job, and which attempt it is at. */
  async #recall(record: FarRecord): Promise<void> {
    const { kept, attempt } = await this.#tools.index.known(this.#plan.place, record, this.#abortable);
    this.#kept = kept;
    this.#attempt = attempt;
  }

  /** Throws JobError where what is on record is something else: it would pass for this job. */
  #refuseOtherWork(): void {
    if (this.#kept !== undefined) refuseOtherWork(this.#plan, this.#kept, this.#tools.desk.far.name);
  }

  /** The caller wants it to be submitted again. */
  async #makeWay(record: FarRecord): Promise<FarRecord> {
    const { index } = this.#tools;
    const { place, key } = this.#plan;
    if (record.missing || record.lock === undefined) return record;
    const id = record.started?.id ?? record.id;
    const state = await index.stateOf({ key, record: place.recordPath, token: this.#plan.token(this.#attempt), id });
    if (state === 'over') return this.#clear({ run: true });
    return state === 'unknown' ? this.#clear({}) : record;
  }

  /** The id of what has a token; `undefined` where the queue knows none, or says nothing. */
  async #search(token: string): Promise<string | undefined> {
    const { desk, patience } = this.#tools;
    const { place } = this.#plan;
    this.#tell('searching');
    for (let searches = 0; searches < SEARCHES; searches += 1) {
      if (searches > 0) await pause(patience, this.#signal);
      throwIfAborted(this.#signal, `looking for "${this.#plan.spec.name}"`, desk.far.name);
      const [found] = (await desk.find(token, this.#abortable)) ?? [];
      if (found !== undefined) {
        await desk.note([{ record: place.recordPath, attempt: attemptOf(token), id: found }], this.#abortable);
        return found;
      }
      // It may have run meanwhile, and be out of the queue.
      const { started } = await desk.record(place.recordPath, this.#abortable);
      if (started !== undefined) return started.id;
    }
    return undefined;
  }

  async #submitted(id: string, seen: FarRecord | undefined): Promise<Submitted> {
    await this.#notes.write('submitted', this.#attempt, id);
    this.#tell('submitted', id);
    return { id, seen, record: this.#plan.record(this.#attempt) };
  }

  /** The scheduler said no. Its lock is put aside, so that the job may be put right and submitted by the same key. */
  async #refused(why: string): Promise<JobError> {
    await this.#clear({});
    await this.#notes.write('refused', this.#attempt);
    this.#tell('refused', undefined, why);
    return this.#error('refused', why);
  }

  async #unknown(why: string, cause?: unknown): Promise<JobError> {
    await this.#notes.write('submit-unknown', this.#attempt);
    this.#tell('submit-unknown', undefined, why);
    return this.#error('unknown-submission', why, cause);
  }

  #error(reason: SubmissionFault, why: string, cause?: unknown): JobError {
    const { far, kind } = this.#tools.desk;
    const { spec, key } = this.#plan;
    return submissionError(reason, why, { name: spec.name, key, machine: far.name, kind: kind.name, cause });
  }

  #tell(step: JobStep, id?: string, detail?: string): void {
    this.#tools.desk.tell({
      step,
      key: this.#plan.key,
      attempt: this.#attempt,
      ...(id === undefined ? {} : { id }),
      ...(detail === undefined ? {} : { detail }),
    });
  }
}
