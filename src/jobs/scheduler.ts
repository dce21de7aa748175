import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type Abortable, shareListener } from '../core/abort.js';
import { ClosedError } from '../core/errors.js';
import type { Limiter } from '../core/limiter.js';
import { findJob } from './find-job.js';
import { Job, type JobTools, type WaitOptions } from './job.js';
import { type FoundJob, JobIndex, type ScanOptions } from './job-index.js';
import type { JobMachine } from './job-machine.js';
import { planJob } from './job-plan.js';
import type { JobResult } from './job-result.js';
import type { JobSpec } from './job-spec.js';
import type { JobState } from './job-state.js';
import type { Journal } from './journal.js';
import { judge } from './judge.js';
import type { SchedulerDesk } from './scheduler-desk.js';
import type { StatusPoller } from './status-poller.js';
import { Submission, type SubmitOptions } from './submission.js';
import { type SubmitAllOptions, type SubmitOutcome, submitAll } from './submit-all.js';
import { TrackedJob } from './tracked-job.js';
import type { Turns } from './turns.js';

/** What a {@link Scheduler} is made of; `getScheduler` puts it together. */
export interface SchedulerParts {
  readonly machine: JobMachine;
  readonly desk: SchedulerDesk;
  readonly poller: StatusPoller;
  readonly journal: Journal;
  readonly turns: Turns;
  /** How many submissions are under way on the machine at once. */
  readonly submissions: Limiter;
  /** Names the machine among all of its name. */
  readonly place: string;
}

/** Options of {@link Scheduler.run}. */
export interface RunJobOptions extends SubmitOptions, WaitOptions {
  /**
   * The directory of this machine into which its outputs are fetched; `false`: nothing is. Default: the job's own
   * `directory`, from the current one on.
   */
  readonly local?: string | false | undefined;
}

/**
 * Submits jobs to one machine, and finds them again. It has no connection of its own: all schedulers of a process share
 * the sessions of one cache. `getScheduler` makes it.
 *
 * @example
 * const scheduler = getScheduler(await loadMachine('cluster1'));
 * const job = await scheduler.submit({ name: 'si', directory: 'si/relax', command: 'pw.x -in si.in', inputs });
 * const { state, exitStatus } = await job.wait();
 */
export class Scheduler {
  readonly machine: JobMachine;
  readonly #parts: SchedulerParts;
  readonly #index: JobIndex;
  readonly #closing = new AbortController();

  /** @internal */
  constructor(parts: SchedulerParts) {
    this.machine = parts.machine;
    this.#parts = parts;
    // All who wait listen to it.
    shareListener(this.#closing.signal);
    this.#index = new JobIndex(parts.desk, parts.machine.workdir);
  }

  /** How often the machine is asked while somebody waits for its jobs, in milliseconds. */
  get pollInterval(): number {
    return this.#parts.poller.pace.interval;
  }

  /**
   * Submits a job, and gives it once the scheduler has it. The same key is one job, whoever submits it, and however often:
   * also at once, from several processes, after a lost link, and when this process has been killed meanwhile.
   *
   * @throws OptionError for what cannot be meant; JobError: `refused`, `unknown-submission`, `directory-busy`, `key-taken`; FileError and
   *   TransferError where its files cannot be put in place; what connecting throws; AbortError: it may have been submitted.
   */
  async submit(spec: JobSpec, o: SubmitOptions = {}): Promise<Job> {
    this.#refuseClosed();
    const { desk, machine, poller, turns, submissions, journal, place } = this.#parts;
    const withCommands = (script: string): string => desk.withCommands(script);
    const plan = await planJob(spec, { machine, kind: desk.kind, withCommands }, o);
    const tools = { desk, index: this.#index, journal, place, patience: Math.max(poller.pace.floor, 1) };
    const submission = new Submission(tools, plan, o, randomBytes(6).toString('hex'));
    const inTurn = (): Promise<Awaited<ReturnType<Submission['run']>>> =>
      turns.run(`in ${plan.place.directory}`, () => submissions.run(() => submission.run(o), o), o);
    const { id, record, seen } = await turns.run(plan.place.slug, inTurn, o);
    const tracked = new TrackedJob(
      { key: plan.key, machine: machine.name, record: plan.place.recordPath, token: record.token, id },
      { state: 'queued' },
    );
    tracked.learn(judge(tracked.known, { record: seen, asked: false, queued: undefined }, 0, 0));
    poller.add(tracked);
    return new Job(this.#tools, tracked, record, plan.place);
  }

  /**
   * Submits many jobs, and gives what became of each, in their order. One that fails holds up no other.
   *
   * @throws OptionError for options that cannot be meant.
   */
  async submitAll(specs: readonly JobSpec[], o: SubmitAllOptions = {}): Promise<SubmitOutcome[]> {
    return submitAll(specs, { submit: (spec, more) => this.submit(spec, more) }, o);
  }

  /**
   * A job that was submitted before, by this process or another one: by its key, its directory (the last one in it; below the
   * workdir, or its whole path), or the scheduler's id.
   *
   * @throws JobError (`not-found`, `bad-record`); what connecting throws; AbortError.
   */
  async attach(idOrDirectory: string, o: Abortable = {}): Promise<Job> {
    this.#refuseClosed();
    const found = await findJob(this.#index, this.machine.name, idOrDirectory, o);
    const [job] = await this.#jobsOf([found], o);
    if (job === undefined) throw new TypeError('A job that was found is one job.');
    return job;
  }

  /**
   * All jobs that the machine has on record below its `workdir`, the oldest first; those whose records cannot be read are told
   * to `onUnreadable`.
   *
   * @throws what connecting throws; AbortError.
   */
  async scan(o: ScanOptions = {}): Promise<Job[]> {
    this.#refuseClosed();
    const found = await this.#index.all(o);
    return this.#jobsOf(
      found.toSorted((a, b) => a.record.createdAt - b.record.createdAt),
      o,
    );
  }

  /**
   * Submits a job, waits until it has ended, and fetches its outputs, also where it failed.
   *
   * @throws as {@link submit}, `Job.wait` and `Job.retrieve` do.
   */
  async run(spec: JobSpec, o: RunJobOptions = {}): Promise<JobResult> {
    const { local = resolve(spec.directory), ...rest } = o;
    const job = await this.submit(spec, rest);
    const result = await job.wait(rest);
    if (local === false) return result;
    return { ...result, retrieved: await job.retrieve(local, { signal: o.signal }) };
  }

  /** How jobs stand, by their keys: one question for all of them. Throws as `Job.status` does. */
  async status(jobs: Iterable<Job>, o: Abortable = {}): Promise<Map<string, JobState>> {
    const states = Array.from(jobs, async (job): Promise<[string, JobState]> => [job.key, await job.status(o)]);
    return new Map(await Promise.all(states));
  }

  /** Ends the waits for its jobs with `ClosedError`. The jobs go on, and the sessions stay: they are the cache's. */
  async close(): Promise<void> {
    this.#closing.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #tools(): JobTools {
    const { desk, poller } = this.#parts;
    return { desk, poller, closing: this.#closing.signal };
  }

  /** Jobs that were found, with what their records tell. */
  async #jobsOf(found: readonly FoundJob[], o: Abortable): Promise<Job[]> {
    const { desk, poller, machine } = this.#parts;
    const records = await desk.records(
      found.map(({ place }) => place.recordPath),
      o,
    );
    return found.map(({ place, record }) => {
      const seen = records.get(place.recordPath);
      const { key, token } = record;
      const id = seen?.started?.id ?? seen?.id;
      const tracked = new TrackedJob({ key, token, machine: machine.name, record: place.recordPath, id });
      tracked.learn(judge(tracked.known, { record: seen, asked: false, queued: undefined }, 0, 0));
      poller.add(tracked);
      return new Job(this.#tools, tracked, record, place);
    });
  }

  #refuseClosed(): void {
    if (!this.#closing.signal.aborted) return;
    const { name } = this.machine;
    throw new ClosedError(`The scheduler of ${name} was closed: ask getScheduler for another one.`, { host: name });
  }
}
