import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diagnostics, type JobEvent } from '../../src/core/diagnostics.js';
import { getScheduler } from '../../src/jobs/get-scheduler.js';
import { JobError } from '../../src/jobs/job-error.js';
import type { JobSpec } from '../../src/jobs/job-spec.js';
import { Machine } from '../../src/jobs/machine.js';
import type { Scheduler } from '../../src/jobs/scheduler.js';
import { SessionCache } from '../../src/session/session-cache.js';
import { describeReal } from '../rigs/rigs.js';
import { type Slurm, startSlurm } from '../rigs/slurm.js';
import { errorOf } from './ssh/target.js';
import { Visitors } from './visitors.js';

describeReal(['slurm'], 'jobs of a real Slurm', () => {
  let slurm: Slurm;
  let journal: string;
  let workdir: string;
  const sessions = new SessionCache();
  beforeAll(async () => {
    [slurm, journal] = await Promise.all([startSlurm(), mkdtemp(join(tmpdir(), 'hawser-journal-'))]);
    workdir = `~/jobs-${journal.slice(-6)}`;
  });
  afterAll(async () => {
    await (await sessions.get(machine().target ?? 'local:')).fs.rm(workdir, { recursive: true, force: true });
    await sessions.closeAll();
    await slurm?.stop();
    await rm(journal, { recursive: true, force: true });
  });

  const machine = (): Machine =>
    new Machine({
      name: 'cluster1',
      scheduler: 'slurm',
      workdir,
      host: slurm.sshd.host,
      port: slurm.sshd.port,
      username: slurm.sshd.user,
      auth: { privateKey: slurm.sshd.identity, knownHosts: slurm.sshd.knownHosts, sshConfig: false, agent: false },
    });
  const make = (): Scheduler =>
    getScheduler(machine(), { sessions, journal, pollInterval: 300, pollFloor: 100, grace: 0 });
  const spec = (directory: string, more: Partial<JobSpec> = {}): JobSpec => ({
    name: directory,
    directory,
    command: 'echo ran >>runs',
    ...more,
  });

  it('are fifty of five schedulers over one connection, and each runs once', async () => {
    const visitors = new Visitors(slurm.sshd);
    await visitors.forget();
    const events: JobEvent[] = [];
    const stop = diagnostics.job.subscribe((event) => events.push(event));
    const schedulers = Array.from({ length: 5 }, make);
    const submitted = await Promise.all(
      schedulers.map((scheduler, i) =>
        scheduler.submitAll(
          Array.from({ length: 10 }, (_, j) => spec(`fifty/${i}-${j}`, { command: 'echo ran | tee -a ../runs' })),
        ),
      ),
    );
    const jobs = submitted.flat().map(({ job, error }) => job ?? Promise.reject(error));
    const results = await Promise.all((await Promise.all(jobs)).map((job) => job.wait()));
    stop();
    expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['done']));
    expect(new Set(results.map(({ id }) => id)).size).toBe(50);
    await visitors.expectLogins(1);
    const session = await sessions.get(machine().target ?? 'local:');
    expect(await session.fs.readFile(`${workdir}/fifty/runs`, 'utf8')).toBe('ran\n'.repeat(50));
    // One question for all of them each time, and not one for each.
    expect(events.filter(({ step }) => step === 'query').length).toBeLessThan(25);
  });

  it('wait for others, and are not run where those fail', async () => {
    const scheduler = make();
    const first = await scheduler.submit(spec('first', { command: 'exit 3' }));
    const second = await scheduler.submit(spec('second', { after: [first.id] }));
    expect(await first.wait()).toMatchObject({ state: 'failed', exitStatus: 3 });
    expect((await second.wait()).state).toBe('cancelled');
  });

  it('are cancelled while they run', async () => {
    const scheduler = make();
    const job = await scheduler.submit(spec('cancelled', { command: 'sleep 1000' }));
    for (let state = ''; state !== 'running'; ) state = (await job.status()).state;
    await job.cancel();
    expect((await job.wait()).state).toBe('cancelled');
  });

  it('are refused with what Slurm says', async () => {
    const error = await errorOf(make().submit(spec('refused', { resources: { queue: 'none' } })), JobError);
    expect([error.reason, error.why]).toEqual(['refused', expect.stringMatching(/partition/)]);
  });
});
