import type { Connection } from '../../connection/connection.js';
import type { Abortable } from '../../core/abort.js';
import { OptionError } from '../../core/hawser-error.js';
import { JobError } from '../../core/job-error.js';
import { getScheduler } from '../../jobs/get-scheduler.js';
import type { Job } from '../../jobs/job.js';
import { type JobPlace, jobPlace } from '../../jobs/job-place.js';
import type { JournalEntry } from '../../jobs/journal.js';
import type { Scheduler } from '../../jobs/scheduler.js';
import type { Context } from '../context.js';
import { MachineSessions } from '../options/machine-sessions.js';
import { openMachine } from '../options/open-machine.js';
import type { JobFlags, KnownJobFlags } from './job-flags.js';
import { entriesNamed, journalJobs, machinesOf, mayBeSubmitted } from './journal-jobs.js';

/** The schedulers of one command: each is made once, and all share the sessions, which end with the command. */
export class JobDesk implements AsyncDisposable {
  readonly #flags: JobFlags;
  readonly #context: Context;
  readonly #sessions: MachineSessions;
  readonly #schedulers = new Map<string, Promise<Scheduler>>();
  #journal: Promise<readonly JournalEntry[]> | undefined;

  constructor(flags: JobFlags, context: Context) {
    this.#flags = flags;
    this.#context = context;
    this.#sessions = new MachineSessions(flags.session, context.output);
  }

  /** The environment of the process. */
  get env(): Context['env'] {
    return this.#context.env;
  }

  /** What was submitted from here, the last one first. */
  journal(): Promise<readonly JournalEntry[]> {
    this.#journal ??= journalJobs(this.#context.env);
    return this.#journal;
  }

  /** The scheduler of a machine. Throws as `openMachine` and `getScheduler` do. */
  scheduler(machine: string): Promise<Scheduler> {
    const known = this.#schedulers.get(machine);
    if (known !== undefined) return known;
    const made = this.#open(machine);
    this.#schedulers.set(machine, made);
    return made;
  }

  /**
   * The jobs of these names, each once. Where no machine is named, the journal tells which one it is.
   *
   * @throws JobError (`not-found`); OptionError for a name that means jobs on several machines; what connecting throws.
   */
  async jobs(names: readonly string[], { machine }: KnownJobFlags, o: Abortable = {}): Promise<readonly Job[]> {
    const found = await Promise.all(
      names.map(async (name) => {
        const place = await this.#placeOf(name, machine);
        return this.#attach(place, o);
      }),
    );
    return [...new Map(found.map((job) => [`${job.machine} ${job.key}`, job])).values()];
  }

  /** The job of a name, as {@link jobs}. */
  async job(name: string, flags: KnownJobFlags, o: Abortable = {}): Promise<Job> {
    const [job] = await this.jobs([name], flags, o);
    if (job === undefined) throw new TypeError('A job that was found is one job.');
    return job;
  }

  /** Where a job is: its machine's session, and its place there. Throws what connecting throws. */
  async whereabouts(
    { machine, directory, key }: Pick<Job, 'machine' | 'directory' | 'key'>,
    o: Abortable,
  ): Promise<{ readonly connection: Connection; readonly place: JobPlace; readonly key: string }> {
    const { target, workdir } = (await this.scheduler(machine)).machine;
    return {
      connection: await this.#sessions.get(target ?? 'local:', o),
      place: jobPlace(workdir, directory, key),
      key,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const schedulers = await Promise.allSettled(this.#schedulers.values());
    await Promise.all(schedulers.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
    await this.#sessions[Symbol.asyncDispose]();
  }

  async #open(name: string): Promise<Scheduler> {
    const { interval, pollFloor } = this.#flags;
    const machine = await openMachine(name, this.#flags, this.#context);
    if (machine.target !== undefined) await this.#sessions.look(machine.target);
    return getScheduler(machine, {
      sessions: this.#sessions,
      pollInterval: pollFloor ?? interval,
      pollFloor,
    });
  }

  async #attach({ machine, name }: { machine: string; name: string }, o: Abortable): Promise<Job> {
    const scheduler = await this.scheduler(machine);
    try {
      return await scheduler.attach(name, o);
    } catch (error) {
      const known = (await this.journal()).find((entry) => entry.machine === machine && entry.key === name);
      if (!(error instanceof JobError) || error.reason !== 'not-found' || known === undefined) throw error;
      const { text, host } = { text: JSON.stringify(name), host: machine };
      throw new JobError(
        'not-found',
        mayBeSubmitted(known)
          ? `The job ${text} was about to be submitted to ${host} from here, and the machine has no record of it: nobody can ` +
              `tell whether it was. Look for ${known.token} in its queue; where it is not, submit it again with --resubmit.`
          : `The machine ${host} has no record any more of the job ${text}, which was submitted from here.`,
        { host, jobKey: name, cause: error },
      );
    }
  }

  /** The machine that a job is on, and what it is called there: by its key where only this client knows the other name. */
  async #placeOf(name: string, machine: string | undefined): Promise<{ machine: string; name: string }> {
    const entries = await this.journal();
    const known = entriesNamed(name, entries).filter((entry) => machine === undefined || entry.machine === machine);
    const machines = machinesOf(known);
    if (machines.length > 1) {
      throw new OptionError(
        `${JSON.stringify(name)} is a job on ${machines.join(' and on ')}: say which one with -m MACHINE.`,
      );
    }
    const [entry] = known;
    if (entry !== undefined) return { machine: entry.machine, name: entry.directory === name ? name : entry.key };
    if (machine !== undefined) return { machine, name };
    const called = entries.find((one) => one.name === name);
    throw new JobError(
      'not-found',
      `No job of the id, key or directory ${JSON.stringify(name)} was submitted from here. ${
        called === undefined
          ? 'Say where it is with -m MACHINE; hawser job list MACHINE lists those that are there.'
          : `The last one of that name has the key ${JSON.stringify(called.key)}, on ${called.machine}.`
      }`,
    );
  }
}
