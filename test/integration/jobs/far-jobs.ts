import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Connection } from '../../../src/connection/connection.js';
import type { MachineFields } from '../../../src/inventory/machines/machine-record.js';
import { getScheduler, type SchedulerOptions } from '../../../src/jobs/get-scheduler.js';
import type { Job } from '../../../src/jobs/job.js';
import type { JobSpec } from '../../../src/jobs/job-spec.js';
import type { JobStateName } from '../../../src/jobs/job-state.js';
import { Machine } from '../../../src/jobs/machine.js';
import type { Scheduler } from '../../../src/jobs/scheduler.js';
import type { SubmitOutcome } from '../../../src/jobs/submit-all.js';
import { SessionCache } from '../../../src/session/session-cache.js';
import type { SshServer } from '../../rigs/ssh-server.js';
import { waitUntil } from '../../rigs/wait-until.js';

/** How often the tests' schedulers ask. Nobody waits for those of a cluster here. */
const PACE = { pollInterval: 250, pollFloor: 100, grace: 0 } as const;

/** Jobs on a machine that is reached by SSH, in a working directory of a test's own. */
export class FarJobs implements AsyncDisposable {
  /** A directory of this machine, for journals and results. */
  readonly here: string;
  readonly workdir: string;
  readonly sessions: SessionCache = new SessionCache();
  readonly #server: SshServer;
  readonly #scheduler: string;
  readonly #others: SessionCache[] = [];

  /** For a scheduler on a machine. */
  static async on(server: SshServer, scheduler: string): Promise<FarJobs> {
    return new FarJobs(server, scheduler, await mkdtemp(join(tmpdir(), 'hawser-jobs-')));
  }

  private constructor(server: SshServer, scheduler: string, here: string) {
    this.#server = server;
    this.#scheduler = scheduler;
    this.here = here;
    this.workdir = `~/${basename(here)}`;
  }

  machine(more: Partial<MachineFields> = {}): Machine {
    const { host, port, user, identity, knownHosts } = this.#server;
    return new Machine({
      name: 'cluster1',
      scheduler: this.#scheduler,
      workdir: this.workdir,
      host,
      port,
      username: user,
      auth: { privateKey: identity, knownHosts, sshConfig: false, agent: false },
      ...more,
    });
  }

  /** One more scheduler of this process. */
  scheduler(machine: Machine = this.machine(), o: SchedulerOptions = {}): Scheduler {
    return getScheduler(machine, { sessions: this.sessions, journal: join(this.here, 'journal'), ...PACE, ...o });
  }

  /** The scheduler of somebody who comes another day, from another machine: with no session, and no journal. */
  newcomer(machine: Machine = this.machine()): Scheduler {
    const sessions = new SessionCache();
    this.#others.push(sessions);
    const journal = join(this.here, `journal-${this.#others.length}`);
    return getScheduler(machine, { sessions, journal, ...PACE });
  }

  session(): Promise<Connection> {
    return this.sessions.get(this.machine().target ?? 'local:');
  }

  /** How often the command of {@link spec} has run in a directory. */
  async runs(directory: string): Promise<number> {
    const { fs } = await this.session();
    const file = `${this.workdir}/${directory}/runs`;
    return (await fs.exists(file)) ? (await fs.readFile(file, 'utf8')).split('\n').length - 1 : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.session()).fs.rm(this.workdir, { recursive: true, force: true });
    await Promise.all([this.sessions, ...this.#others].map((cache) => cache.closeAll()));
    await rm(this.here, { recursive: true, force: true });
  }
}

/** A job that writes down each time it runs. */
export function spec(directory: string, more: Partial<JobSpec> = {}): JobSpec {
  const { command = 'true' } = more;
  return { name: directory, directory, ...more, command: `echo ran >>runs; ${command}` };
}

/** Waits until a job is in a state. */
export async function reaches(job: Job, name: JobStateName): Promise<void> {
  await waitUntil(`"${job.name}" to be ${name}`, async () => (await job.status()).state === name, 30_000);
}

/** The job of an outcome that has one. */
export function jobOf({ job, error }: SubmitOutcome): Job {
  if (job === undefined) throw error ?? new Error('An outcome without a job has an error.');
  return job;
}
