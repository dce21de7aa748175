import type { Connection } from '../connection/connection.js';
import { type Abortable, onAbort } from '../core/abort.js';
import { CallScope, checkTimeout } from '../core/deadline.js';
import { AbortError, ClosedError, TimeoutError } from '../core/errors.js';
import { FileError } from '../core/file-error.js';
import { JobError } from '../core/job-error.js';
import type { TransferSummary } from '../core/transfer-summary.js';
import { askShell, type ShellAnswer } from '../remote/batch/ask-shell.js';
import { cancelJob } from '../remote/batch/cancel-job.js';
import { checkOutputs } from './check-spec.js';
import type { JobPlace } from './job-place.js';
import type { JobRecord } from './job-record.js';
import type { JobResult } from './job-result.js';
import { isFinal, type JobState } from './job-state.js';
import type { SchedulerDesk } from './scheduler-desk.js';
import { type OutputOptions, readOutput } from './staging/output.js';
import { type RetrieveOptions, retrieve } from './staging/retrieve.js';
import type { StagingPlace } from './staging/staging-place.js';
import { type TailOutputOptions, tailOutput } from './staging/tail-output.js';
import type { StatusPoller } from './status-poller.js';
import type { TrackedJob } from './tracked-job.js';

/** How long the scheduler may take to end a job, in milliseconds. */
const PATIENCE = 120_000;

/** What a {@link Job} works with; it is its scheduler's. */
export interface JobTools {
  readonly desk: SchedulerDesk;
  readonly poller: StatusPoller;
  /** Fires when the scheduler is closed. */
  readonly closing: AbortSignal;
}

/** Options of {@link Job.wait}. */
export interface WaitOptions extends Abortable {
  /** In milliseconds; the job goes on. Default: none. */
  readonly timeout?: number | undefined;
}

/** Options of {@link Job.retrieve}. */
export type RetrieveJobOptions = Omit<RetrieveOptions, 'inputs'>;

/** A job on a machine, submitted now or long ago. What is known of it is asked of the machine, for all jobs at once. */
export class Job {
  readonly #tools: JobTools;
  readonly #tracked: TrackedJob;
  readonly #record: JobRecord;
  readonly #place: JobPlace;

  /** @internal Schedulers make jobs. */
  constructor(tools: JobTools, tracked: TrackedJob, record: JobRecord, place: JobPlace) {
    this.#tools = tools;
    this.#tracked = tracked;
    this.#record = record;
    this.#place = place;
  }

  /** The scheduler's id; empty while nobody knows it. */
  get id(): string {
    return this.#tracked.id ?? '';
  }

  get key(): string {
    return this.#record.key;
  }

  get name(): string {
    return this.#record.name;
  }

  /** Below the machine's `workdir`. */
  get directory(): string {
    return this.#record.directory;
  }

  /** By which it is found in the queue. */
  get token(): string {
    return this.#record.token;
  }

  /** When it was made: milliseconds since 1970, by the clock of who submitted it. */
  get createdAt(): number {
    return this.#record.createdAt;
  }

  /** The machine's name. */
  get machine(): string {
    return this.#tools.desk.far.name;
  }

  /** How it stood when it was last looked at: nothing is asked. */
  get lastState(): JobState {
    return this.#tracked.state;
  }

  /**
   * How it stands. The machine is asked once for all its jobs, and not more often than the scheduler's options allow: an
   * answer of a moment ago is given again. A scheduler that does not answer changes nothing.
   *
   * @throws what connecting throws; AbortError, ClosedError.
   */
  async status(o: Abortable = {}): Promise<JobState> {
    await this.#while(o, (signal) => this.#tools.poller.look([this.#tracked], { signal }));
    return this.#tracked.state;
  }

  /**
   * Waits until it has ended, well or not: the result says how. Links that are lost and schedulers that do not answer
   * meanwhile are borne with. It keeps the process alive.
   *
   * @throws TimeoutError (`phase` is `'job'`) and AbortError: the job goes on. ClosedError where the scheduler was closed.
   *   What connecting throws where it must not be tried again by itself, such as AuthError.
   */
  async wait(o: WaitOptions = {}): Promise<JobResult> {
    await this.#while(o, (signal) => this.#tools.poller.over(this.#tracked, { signal }));
    return this.#result();
  }

  /**
   * Has the scheduler end it. Of a job that has ended nothing comes; {@link wait} tells when it has.
   *
   * @throws JobError (`not-cancelled`) where it could not be, or nobody knows its id; what connecting throws.
   */
  async cancel(o: Abortable = {}): Promise<void> {
    const { desk } = this.#tools;
    if (this.#tracked.id === undefined) await this.status(o);
    if (isFinal(this.#tracked.state.state)) return;
    const { id } = this.#tracked;
    if (id === undefined)
      throw this.#notCancelled(`its state is ${this.#tracked.state.state}, and nobody knows its id`);
    const { recordPath } = this.#place;
    const line = desk.withCommands(desk.kind.cancelLine(id));
    const ask = (session: Connection): Promise<ShellAnswer> =>
      askShell(session, cancelJob(recordPath, line), { cwd: '~', timeout: PATIENCE, signal: o.signal });
    const failure = desk.kind.readCancel(await desk.far.perform(ask, o));
    if (failure !== undefined) {
      await desk.far.perform((session) => session.fs.rm(`${recordPath}/cancelled`, { force: true }), o);
      throw this.#notCancelled(failure);
    }
    this.#tracked.seenAt = undefined;
    desk.tell({ step: 'cancelled', key: this.key, id });
  }

  /**
   * Fetches its outputs into a directory of this machine: what the job names as `outputs`, or all but its inputs.
   *
   * @throws OptionError for globs that lead out of its directory; TransferError, FileError, and what connecting throws.
   */
  async retrieve(local: string, o: RetrieveJobOptions = {}): Promise<TransferSummary> {
    checkOutputs(o.outputs);
    const { outputs, inputs } = this.#record;
    const options = { ...(outputs === undefined ? {} : { outputs }), ...o, inputs };
    return this.#inPlace((place) => retrieve(place, local, options), o);
  }

  /** What it has printed by now, both of its streams; nothing where it has not begun. See `OutputOptions` for more. */
  async output(o: OutputOptions & { encoding?: 'utf8' } = {}): Promise<string> {
    return this.#inPlace((place) => readOutput(place, o), o);
  }

  /**
   * The lines that it prints, from its first one on, as they come, until it has ended.
   *
   * @throws as {@link wait} does.
   */
  async *tail(o: Omit<TailOutputOptions, 'ended'> = {}): AsyncGenerator<string, void, undefined> {
    using scope = new CallScope(o.signal);
    const ended = this.wait({ signal: scope.signal });
    // Who leaves the loop waits no more.
    ended.catch(() => {});
    let pieces: AsyncGenerator<readonly string[], void, undefined> | undefined;
    try {
      const first = await this.#inPlace((place) => {
        pieces = tailOutput(place, { ...o, ended });
        return pieces.next();
      }, o);
      for (let next = first; next.done !== true && pieces !== undefined; next = await pieces.next()) {
        for (const line of next.value) {
          if (o.signal?.aborted) break;
          yield line;
        }
      }
    } finally {
      await pieces?.return();
      scope.abort(new AbortError(`Nobody follows the output of "${this.name}" any more.`, { host: this.machine }));
    }
  }

  /** What it is and how it was last seen, as plain data. */
  toJSON(): Record<string, unknown> {
    const { id, key, name, directory, machine, lastState } = this;
    return { id, key, name, directory, machine, ...lastState };
  }

  /** Does something with its files that does no harm when it is done twice, as a link that is lost may need. */
  async #inPlace<T>(work: (place: StagingPlace) => Promise<T>, { signal }: Abortable): Promise<T> {
    const { path, record } = this.#place;
    return this.#tools.desk.far.perform(
      async (connection) => {
        await this.#refuseMissing(connection.fs.exists(path));
        const directory = await connection.directory(path, { mode: 0o700, signal });
        return work({ connection, directory, record });
      },
      { signal, key: this.key },
    );
  }

  /** Asking for a directory would make it. */
  async #refuseMissing(exists: Promise<boolean>): Promise<void> {
    if (await exists) return;
    const { path } = this.#place;
    throw new FileError('ENOENT', {
      syscall: 'open',
      path,
      host: this.machine,
      detail: 'the directory of the job is gone',
    });
  }

  /** Does something that ends with the caller's signal, with his time, and with the scheduler. */
  async #while({ signal, timeout }: WaitOptions, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { closing } = this.#tools;
    const ms = checkTimeout('timeout', timeout);
    using scope = new CallScope(signal, ms, () => this.#timedOut(ms ?? 0));
    const stop = onAbort(closing, () => scope.abort(this.#closed()));
    try {
      await work(scope.signal);
    } finally {
      stop();
    }
  }

  #timedOut(ms: number): TimeoutError {
    const { name, machine, lastState } = this;
    const text = `Timed out after ${ms} ms of waiting for "${name}" on ${machine}, which is ${lastState.state}: it goes on.`;
    return new TimeoutError(text, { phase: 'job', ms, host: machine });
  }

  #closed(): ClosedError {
    return new ClosedError(`The scheduler of ${this.machine} was closed: "${this.name}" goes on.`, {
      host: this.machine,
    });
  }

  #notCancelled(why: string): JobError {
    const text = `Cannot cancel "${this.name}" on ${this.machine} (key ${this.key}): ${why}.`;
    return new JobError('not-cancelled', text, { host: this.machine, jobKey: this.key, why });
  }

  #result(): JobResult {
    const { id, key, name, directory, machine } = this;
    const { state } = this.#tracked;
    const { startedAt, endedAt } = state;
    const known = startedAt !== undefined && endedAt !== undefined;
    const durationMs = known ? { durationMs: endedAt - startedAt } : {};
    return { ...state, id, key, name, directory, machine, ok: state.state === 'done', ...durationMs };
  }
}
