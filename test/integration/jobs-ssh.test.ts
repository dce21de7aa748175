import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diagnostics, type JobEvent, type JobStep } from '../../src/core/diagnostics.js';
import type { MachineAuth } from '../../src/inventory/machines/machine-record.js';
import { getScheduler, type SchedulerOptions } from '../../src/jobs/get-scheduler.js';
import type { Job } from '../../src/jobs/job.js';
import type { JobSpec } from '../../src/jobs/job-spec.js';
import { Machine } from '../../src/jobs/machine.js';
import type { Scheduler } from '../../src/jobs/scheduler.js';
import { SessionCache } from '../../src/session/session-cache.js';
import {
  describeReal,
  type LatencyProxy,
  type Sshd,
  startDropbear,
  startLatencyProxy,
  startSshd,
  waitUntil,
} from '../rigs/rigs.js';
import { FarJobs, spec as jobSpec } from './jobs/far-jobs.js';
import { startToy, type Toy } from './toy-scheduler.js';
import { Visitors } from './visitors.js';

const SUBMIT_STEPS = [
  'intent',
  'session',
  'staged',
  'starting',
  'started',
  'searching',
  'answered',
  'submitted',
] as const;

describeReal(['sshd'], 'jobs over SSH', () => {
  let server: Sshd;
  let proxy: LatencyProxy;
  let visitors: Visitors;
  let toy: Toy;
  let journal: string;
  let workdir: string;
  let sessions: SessionCache;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
    visitors = new Visitors(server);
    [proxy, toy, journal] = await Promise.all([
      startLatencyProxy(server.port),
      startToy(),
      mkdtemp(join(tmpdir(), 'hawser-journal-')),
    ]);
    sessions = new SessionCache({ reconnect: { delay: 10, maxDelay: 50 } });
    workdir = `~/jobs-${journal.slice(-6)}`;
  });
  afterAll(async () => {
    await (await sessions.get(machine().target ?? 'local:')).fs.rm(workdir, { recursive: true, force: true });
    await sessions?.closeAll();
    await Promise.all([proxy?.stop(), toy?.stop(), rm(journal, { recursive: true, force: true })]);
    await server?.stop();
  });

  const machine = (port = server.port, more: MachineAuth = {}): Machine =>
    new Machine({
      name: 'cluster1',
      scheduler: toy.name,
      workdir,
      host: server.host,
      port,
      username: server.user,
      auth: {
        privateKey: server.identity,
        knownHosts: server.knownHosts,
        // The proxy's port is in no file.
        ...(port === server.port ? {} : { hostKey: 'insecure-accept-any' }),
        sshConfig: false,
        agent: false,
        ...more,
      },
    });
  const make = (o: SchedulerOptions & { port?: number } = {}): Scheduler =>
    getScheduler(machine(o.port), { sessions, journal, pollInterval: 50, pollFloor: 20, grace: 0, ...o });
  const spec = (name: string, more: Partial<JobSpec> = {}): JobSpec => ({
    name,
    directory: name,
    command: 'echo ran >>runs',
    ...more,
  });
  const runsOf = async (name: string): Promise<number> => {
    const session = await sessions.get(machine().target ?? 'local:');
    return (await session.fs.readFile(`${workdir}/${name}/runs`, 'utf8')).split('\n').filter((line) => line !== '')
      .length;
  };
  const heard = async (work: () => Promise<unknown>): Promise<JobEvent[]> => {
    const events: JobEvent[] = [];
    const stop = diagnostics.job.subscribe((event) => events.push(event));
    await work().finally(stop);
    return events;
  };

  it('are fifty of five schedulers over one connection', async () => {
    await visitors.forget();
    const schedulers = Array.from({ length: 5 }, () => make());
    const before = await toy.queries();
    let jobs: Job[] = [];
    const events = await heard(async () => {
      jobs = await Promise.all(
        Array.from({ length: 50 }, (_, i) => schedulers[i % 5]?.submit(spec(`fifty/${i}`)) ?? Promise.reject()),
      );
      const results = await Promise.all(jobs.map((job) => job.wait()));
      expect(results.map(({ state }) => state)).toEqual(jobs.map(() => 'done'));
    });
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(50);
    await visitors.expectLogins(1);
    expect(sessions.size).toBe(1);
    const told = events.filter(({ step }) => step === 'session').map(({ detail }) => detail?.split(' ')[0]);
    expect(told.filter((word) => word === 'created')).toHaveLength(1);
    expect((await toy.queries()) - before).toBeLessThan(50);
  });

  it.each(SUBMIT_STEPS)('run once where the link is cut at the step "%s"', async (step: JobStep) => {
    const scheduler = make({ port: proxy.port });
    // Where the answer tells, nothing is searched for.
    if (step === 'searching') await toy.mood('held').then(() => toy.mood('unclear-but-took'));
    const cuts: Promise<void>[] = [];
    const stop = diagnostics.job.subscribe((event) => {
      if (event.step === step && cuts.length === 0) cuts.push(proxy.cut());
    });
    const job = await scheduler.submit(spec(`cut-${step}`)).finally(stop);
    await toy.release();
    await toy.mood('well');
    expect(cuts).toHaveLength(1);
    await cuts[0];
    expect(await job.wait()).toMatchObject({ state: 'done', exitStatus: 0 });
    expect(await runsOf(`cut-${step}`)).toBe(1);
    expect((await scheduler.attach(job.key)).id).toBe(job.id);
    expect((await scheduler.submit(spec(`cut-${step}`))).id).toBe(job.id);
  });

  it('share no directory, also where two clients submit in it at the same instant', async () => {
    await using another = new SessionCache();
    const clients = [make(), make({ sessions: another, journal: `${journal}/another` })];
    await toy.mood('held');
    const pair = async (directory: string): Promise<void> => {
      const outcomes = await Promise.allSettled(
        clients.map((scheduler, i) =>
          scheduler.submit(spec(`${directory}-${i}`, { directory, key: `${directory}-${i}` })),
        ),
      );
      const [winner] = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const losers = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(losers).toMatchObject([{ reason: 'directory-busy', jobKey: winner?.key }]);
    };
    const names = Array.from({ length: 6 }, (_, i) => `pair-${i}`);
    await Promise.all(names.map(pair)).finally(() => toy.release());
    await toy.mood('well');
    const jobs = await Promise.all(names.map((name) => clients[0]?.attach(name)));
    await Promise.all(jobs.map((job) => job?.wait()));
    expect(await Promise.all(names.map(runsOf))).toEqual(names.map(() => 1));
  });

  it.each([
    'session',
    'staged',
    'starting',
  ] as const)('run once where the line stalls at the step "%s"', async (step: JobStep) => {
    await using own = new SessionCache();
    const auth = { connectTimeout: 5000, keepAlive: { interval: 100, countMax: 2 } };
    const scheduler = getScheduler(machine(proxy.port, auth), {
      sessions: own,
      journal,
      pollInterval: 50,
      pollFloor: 20,
      grace: 0,
    });
    let stalls = 0;
    const lost: string[] = [];
    own.on('lost', (_, { code }) => {
      lost.push(code);
      void proxy.resume();
    });
    const stop = diagnostics.job.subscribe((event) => {
      if (event.step !== step || stalls > 0) return;
      stalls += 1;
      void proxy.stall();
    });
    const job = await scheduler.submit(spec(`stall-${step}`)).finally(stop);
    await proxy.resume();
    expect(await job.wait()).toMatchObject({ state: 'done', exitStatus: 0 });
    expect(lost[0]).toBe('ERR_HAWSER_DISCONNECTED');
    expect(await runsOf(`stall-${step}`)).toBe(1);
    expect((await make().attach(job.key)).id).toBe(job.id);
    expect((await make().submit(spec(`stall-${step}`))).id).toBe(job.id);
  });

  it('are waited for over links that are cut, and followed over those', async () => {
    const scheduler = make({ port: proxy.port });
    await toy.mood('held');
    const job = await scheduler.submit(spec('waited', { command: 'echo one; echo two' }));
    const waiting = job.wait();
    const following = linesOf(job.tail({ pollInterval: 20 }));
    following.catch(() => {});
    for (let cuts = 0; cuts < 3; cuts += 1) {
      const asked = await toy.queries();
      await waitUntil('the next question', async () => (await toy.queries()) > asked);
      await proxy.cut();
    }
    expect(job.lastState.state).toBe('queued');
    await toy.release();
    await toy.mood('well');
    expect((await waiting).state).toBe('done');
    expect(await following).toEqual(['one', 'two']);
  });

  it('run once wherever the link is cut, a hundred times', async () => {
    const scheduler = make({ port: proxy.port });
    // Who has lost patience submits it again: it is the same job.
    const submit = (job: JobSpec): Promise<Job> => scheduler.submit(job).catch(() => submit(job));
    const submitted = Promise.all(Array.from({ length: 30 }, (_, i) => submit(spec(`often/${i}`))));
    for (let cuts = 0; cuts < 100; cuts += 1) {
      await sleep(Math.random() * 100);
      await proxy.cut();
    }
    const jobs = await submitted;
    const results = await Promise.all(jobs.map((job) => job.wait()));
    expect(results.map(({ state }) => state)).toEqual(jobs.map(() => 'done'));
    expect(await Promise.all(jobs.map((_, i) => runsOf(`often/${i}`)))).toEqual(jobs.map(() => 1));
  });
});

describeReal(['dropbear'], 'a job through Dropbear', () => {
  it('is submitted, waited for, followed and retrieved', async () => {
    await using server = await startDropbear({ keys: ['ed25519'] });
    await using far = await FarJobs.on(server, 'direct');
    const scheduler = far.scheduler();
    // More than its window holds.
    const text = 'a line of the input\n'.repeat(20_000);
    const more = { inputs: { 'in.txt': text }, command: 'tr a-z A-Z <in.txt >out.txt; echo said' };
    const job = await scheduler.submit(jobSpec('through', more));
    expect(await linesOf(job.tail({ pollInterval: 50 }))).toEqual(['said']);
    expect(await job.wait()).toMatchObject({ state: 'done', exitStatus: 0 });
    expect((await far.newcomer().attach('through')).id).toBe(job.id);
    expect((await scheduler.submit(jobSpec('through', more))).id).toBe(job.id);
    await job.retrieve(join(far.here, 'got'));
    expect(await readFile(join(far.here, 'got/out.txt'), 'utf8')).toBe(text.toUpperCase());
    expect(await far.runs('through')).toBe(1);
  });
});

async function linesOf(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}
