import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getScheduler, type SchedulerOptions } from '../../../src/jobs/get-scheduler.js';
import type { JobSpec } from '../../../src/jobs/job-spec.js';
import { Machine } from '../../../src/jobs/machine.js';
import type { Scheduler } from '../../../src/jobs/scheduler.js';
import { SessionCache } from '../../../src/session/session-cache.js';
import { startToy, type Toy } from '../toy-scheduler.js';

/** Jobs of the toy scheduler on this machine. */
export class ToyJobs implements AsyncDisposable {
  readonly toy: Toy;
  readonly home: string;
  readonly workdir: string;
  readonly sessions: SessionCache = new SessionCache();

  static async start(): Promise<ToyJobs> {
    return new ToyJobs(await startToy(), await mkdtemp(join(tmpdir(), 'hawser-jobs-')));
  }

  private constructor(toy: Toy, home: string) {
    this.toy = toy;
    this.home = home;
    this.workdir = join(home, 'work');
  }

  /** One more scheduler; those of two clients have nothing in common but the machine. */
  scheduler(client: string = 'one', o: SchedulerOptions = {}): Scheduler {
    return getScheduler(new Machine({ name: 'here', scheduler: this.toy.name, workdir: this.workdir }), {
      sessions: this.sessions,
      journal: join(this.home, `journal-${client}`),
      pollInterval: 50,
      pollFloor: 20,
      grace: 0,
      ...o,
    });
  }

  /** A job that writes down each time it runs. */
  spec(directory: string, more: Partial<JobSpec> = {}): JobSpec {
    return { name: directory, directory, command: 'echo ran >>runs', ...more };
  }

  /** The record of the only job in a directory. */
  async record(directory: string): Promise<string> {
    const records = join(this.workdir, directory, '.hawser');
    const slug = (await readdir(records)).find((name) => !name.startsWith('.')) ?? '';
    return join(records, slug);
  }

  async runs(directory: string): Promise<number> {
    const text = await readFile(join(this.workdir, directory, 'runs'), 'utf8').catch(() => '');
    return text.split('\n').length - 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sessions.closeAll();
    await this.toy.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}
