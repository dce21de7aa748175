import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { diagnostics, type JobEvent } from '../../src/core/diagnostics.js';
import { AbortError, ClosedError, TimeoutError } from '../../src/core/errors.js';
import { OptionError } from '../../src/core/hawser-error.js';
import { JobError } from '../../src/core/job-error.js';
import { getScheduler, type SchedulerOptions } from '../../src/jobs/get-scheduler.js';
import type { JobSpec } from '../../src/jobs/job-spec.js';
import { Machine } from '../../src/jobs/machine.js';
import type { Scheduler } from '../../src/jobs/scheduler.js';
import { SessionCache } from '../../src/session/session-cache.js';
import { waitUntil } from '../rigs/wait-until.js';
import { errorOf } from './ssh/target.js';
import { startToy, type Toy } from './toy-scheduler.js';

describe('jobs of a scheduler that does all that schedulers do', () => {
  let toy: Toy;
  let home: string;
  const sessions = new SessionCache();
  let events: JobEvent[] = [];
  let stop: () => void;
  beforeAll(async () => {
    toy = await startToy();
    home = await mkdtemp(join(tmpdir(), 'hawser-jobs-'));
  });
  beforeEach(() => {
    events = [];
    stop = diagnostics.job.subscribe((event) => events.push(event));
  });
  afterEach(async () => {
    stop();
    await toy.mood('well');
    await toy.release();
    await toy.deaf(false);
  });
  afterAll(async () => {
    await sessions.closeAll();
    await toy?.stop();
    await rm(home, { recursive: true, force: true });
  });

  const make = (o: SchedulerOptions = {}): Scheduler =>
    getScheduler(new Machine({ name: 'here', scheduler: toy.name, workdir: join(home, 'work') }), {
      sessions,
      journal: join(home, 'journal'),
      pollInterval: 50,
      pollFloor: 20,
      grace: 0,
      ...o,
    });
  const spec = (directory: string, more: Partial<JobSpec> = {}): JobSpec => ({
    name: directory,
    directory,
    command: 'echo ran >>runs',
    ...more,
  });
  const runsOf = async (directory: string): Promise<number> =>
    (await readFile(join(home, 'work', directory, 'runs'), 'utf8')).split('\n').length - 1;
  /** The name of the record of the only job in a directory. */
  const slugIn = async (directory: string): Promise<string> =>
    (await readdir(join(home, 'work', directory, '.hawser'))).find((name) => !name.startsWith('.')) ?? '';
  const steps = (key: string): string[] => events.filter((event) => event.key === key).map(({ step }) => step);
  const submissionsOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = (await toy.submissions()).length;
    await work();
    return (await toy.submissions()).length - before;
  };

  it('is one for those who ask for it at once, by one scheduler or several', async () => {
    const schedulers = [make(), make(), make({ sessions: new SessionCache() })];
    const count = await submissionsOf(async () => {
      const jobs = await Promise.all(
        [...schedulers, ...schedulers].map((scheduler) => scheduler.submit(spec('at-once', { key: 'at once' }))),
      );
      expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
      await Promise.all(jobs.map((job) => job.wait()));
    });
    expect(count).toBe(1);
    expect(await runsOf('at-once')).toBe(1);
  });

  it('is told by its contents where it has no key: what is changed is another job', async () => {
    const scheduler = make();
    const first = await scheduler.submit(spec('contents', { inputs: { a: '1' } }));
    await first.wait();
    const same = await scheduler.submit(spec('contents', { inputs: { a: '1' } }));
    expect(same.id).toBe(first.id);
    expect(await same.status()).toMatchObject({ state: 'done', exitStatus: 0 });
    const other = await scheduler.submit(spec('contents', { inputs: { a: '2' } }));
    expect(other.key).not.toBe(first.key);
    await other.wait();
    expect(await runsOf('contents')).toBe(2);
    expect((await scheduler.attach('contents')).key).toBe(other.key);
    expect((await scheduler.attach(first.id)).key).toBe(first.key);
  });

  it('keeps its record to itself, and the journal, too', async () => {
    const job = await make().submit(spec('private'));
    const mode = async (...path: string[]): Promise<string> =>
      ((await stat(join(home, ...path))).mode & 0o777).toString(8);
    const slug = await slugIn('private');
    for (const path of [
      'work',
      'work/private',
      'work/private/.hawser',
      `work/private/.hawser/${slug}`,
      'journal/here',
    ]) {
      expect([path, await mode(path)]).toEqual([path, '700']);
    }
    for (const path of ['job.json', 'READY', 'helper', '../.holder']) {
      expect([path, await mode('work/private/.hawser', slug, path)]).toEqual([path, '600']);
    }
    expect(await mode('journal/here', `${slug}.json`)).toBe('600');
    expect(JSON.parse(await readFile(join(home, 'journal/here', `${slug}.json`), 'utf8'))).toMatchObject({
      step: 'submitted',
      id: job.id,
    });
  });

  it('may be put right and submitted again by the same key where the scheduler refused it', async () => {
    const scheduler = make();
    await toy.mood('refuse');
    const refused = await errorOf(scheduler.submit(spec('refused', { key: 'refused' })), JobError);
    expect(refused).toMatchObject({ reason: 'refused', jobKey: 'refused', why: 'no such queue' });
    expect(refused.message).toMatch(/did not take "refused" on here \(key refused\): no such queue/);
    await toy.mood('well');
    const job = await scheduler.submit(spec('refused', { key: 'refused', command: 'echo better >>runs' }));
    expect((await job.wait()).state).toBe('done');
    expect(await runsOf('refused')).toBe(1);
    expect(await readFile(join(home, 'work/refused/runs'), 'utf8')).toBe('better\n');
  });

  it('is refused as often as it takes, also where another client had it refused before', async () => {
    await toy.mood('refuse');
    for (const journal of ['journal', 'journal', 'another', 'another']) {
      const submitting = make({ journal: join(home, journal) }).submit(spec('often', { key: 'often' }));
      expect(await errorOf(submitting, JobError)).toMatchObject({ reason: 'refused' });
    }
    await toy.mood('full-once');
    const count = await submissionsOf(async () => {
      const jobs = await Promise.all(
        ['journal', 'third'].map((journal) =>
          make({ journal: join(home, journal) }).submit(spec('often', { key: 'often' })),
        ),
      );
      expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
      await jobs[0]?.wait();
    });
    expect([count, await runsOf('often')]).toEqual([1, 1]);
  });

  it('comes after others that have ended well, and after no others', async () => {
    const scheduler = make();
    const well = await scheduler.submit(spec('before-well'));
    const badly = await scheduler.submit(spec('before-badly', { command: 'exit 3' }));
    await Promise.all([well.wait(), badly.wait()]);
    const refused = await errorOf(scheduler.submit(spec('after', { after: [well.id, badly.id] })), JobError);
    expect(refused.message).toMatch(/the job \d+, which is to end well first, ended with status 3/);
    expect((await errorOf(scheduler.submit(spec('after', { after: ['4711'] })), JobError)).reason).toBe('not-found');
    expect((await (await scheduler.submit(spec('after', { after: [well.id] }))).wait()).state).toBe('done');
  });

  it('is found by its token where the scheduler took it and said that it timed out', async () => {
    const count = await submissionsOf(async () => {
      await toy.mood('held');
      await toy.mood('unclear-but-took');
      const job = await make().submit(spec('took'));
      expect(job.id).not.toBe('');
      expect(steps(job.key)).toContain('searching');
      await toy.release();
      expect((await job.wait()).state).toBe('done');
    });
    expect(count).toBe(1);
    expect(await runsOf('took')).toBe(1);
  });

  /** Has what submits a job on the machine be killed while the scheduler takes its time. */
  const killHelper = async (directory: string): Promise<void> => {
    await toy.hanging();
    const owner = join(home, 'work', directory, '.hawser', await slugIn(directory), 'submit.lock/owner');
    const [, , pid] = (await readFile(owner, 'utf8')).split(' ');
    process.kill(Number(pid), 'SIGKILL');
  };

  it('is found where what submitted it was killed, and the scheduler took it all the same', async () => {
    await toy.mood('held');
    await toy.mood('hang');
    const scheduler = make();
    const job = spec('orphan', { key: 'orphan' });
    const submitting = errorOf(scheduler.submit(job), JobError);
    await killHelper('orphan');
    expect((await submitting).reason).toBe('unknown-submission');
    const before = (await toy.submissions()).length;
    await toy.mood('well');
    await waitUntil('the scheduler to take it', async () => (await toy.submissions()).length > before);
    const found = await scheduler.submit(job, { resubmit: true });
    await toy.release();
    expect((await found.wait()).state).toBe('done');
    expect([(await toy.submissions()).length - before, await runsOf('orphan')]).toEqual([1, 1]);
  });

  it('runs once where it was submitted twice, since nobody could tell and the caller said so', async () => {
    await toy.mood('held');
    await toy.mood('hang');
    const scheduler = make();
    const job = spec('fenced', { key: 'fenced' });
    const submitting = errorOf(scheduler.submit(job), JobError);
    await killHelper('fenced');
    await submitting;
    await toy.deaf(true);
    const before = (await toy.submissions()).length;
    const again = scheduler.submit(job, { resubmit: true });
    await toy.mood('well');
    const second = await again;
    await waitUntil('both to be taken', async () => (await toy.submissions()).length === before + 2);
    await toy.deaf(false);
    await toy.release();
    expect((await second.wait()).state).toBe('done');
    await waitUntil('both to be gone', async () => (await readdir(join(toy.directory, 'queue'))).length === 0);
    expect(await runsOf('fenced')).toBe(1);
  });

  it('is not submitted again where nobody can tell, unless the caller says so', async () => {
    const scheduler = make();
    await toy.mood('unclear');
    const job = spec('unclear', { key: 'unclear' });
    expect(await errorOf(scheduler.submit(job), JobError)).toMatchObject({ reason: 'unknown-submission' });
    await toy.mood('well');
    const count = await submissionsOf(async () => {
      expect(await errorOf(scheduler.submit(job), JobError)).toMatchObject({ reason: 'unknown-submission' });
      const found = await scheduler.attach('unclear');
      expect([found.id, await found.status()]).toMatchObject(['', { state: 'submit-unknown' }]);
    });
    expect(count).toBe(0);
    const again = await scheduler.submit(job, { resubmit: true });
    expect((await again.wait()).state).toBe('done');
    expect(await runsOf('unclear')).toBe(1);
  }, 60_000);

  it('shares its directory with no other that has not ended', async () => {
    const scheduler = make();
    await toy.mood('held');
    const first = await scheduler.submit(spec('shared', { key: 'one' }));
    const busy = await errorOf(scheduler.submit(spec('shared', { key: 'two' })), JobError);
    expect(busy.message).toMatch(/directory shared on here has the job "shared" in it \(key one\)/);
    expect(busy.reason).toBe('directory-busy');
    await toy.release();
    await first.wait();
    await (await scheduler.submit(spec('shared', { key: 'two' }))).wait();
    expect(await runsOf('shared')).toBe(2);
  });

  it('is in one directory: its key stands for no job in another', async () => {
    const scheduler = make();
    await scheduler.submit(spec('one-place', { key: 'placed' }));
    const error = await errorOf(scheduler.submit(spec('other-place', { key: 'placed' })), JobError);
    expect(error.reason).toBe('key-taken');
    expect(error.message).toMatch(/that of a job in one-place on here, not in other-place/);
  });

  it('stays what it is while its queue does not answer, and its exit status counts all the same', async () => {
    const scheduler = make();
    await toy.mood('held');
    const job = await scheduler.submit(spec('deaf'));
    expect((await job.status()).state).toBe('queued');
    await toy.deaf(true);
    const asked = await toy.queries();
    const waiting = job.wait();
    await waitUntil('some questions', async () => (await toy.queries()) > asked + 4);
    expect(job.lastState.state).toBe('queued');
    await toy.release();
    expect((await waiting).state).toBe('done');
  });

  it('is lost when it has been missing several times, and has left no exit status', async () => {
    await toy.mood('held');
    const job = await make().submit(spec('lost'));
    expect((await job.status()).state).toBe('queued');
    await rm(join(toy.directory, 'queue', job.id));
    const before = await toy.queries();
    expect(await job.wait()).toMatchObject({ state: 'lost', ok: false });
    expect((await toy.queries()) - before).toBeGreaterThanOrEqual(3);
  });

  it('is lost also for those who look once each, as what cron starts does', async () => {
    await toy.mood('held');
    const { key, id } = await make().submit(spec('lost-to-many'));
    const waiting = join(toy.directory, 'queue', id);
    const there = await readFile(waiting);
    const look = async (): Promise<string> => {
      await using sessions = new SessionCache();
      return (await (await make({ sessions }).attach(key)).status()).state;
    };
    await rm(waiting);
    await look();
    await look();
    // It was there all the time: what was counted counts no more.
    await writeFile(waiting, there);
    expect(await look()).toBe('queued');
    await rm(waiting);
    const states = [await look(), await look(), await look(), await look()];
    expect(states.map((state) => state === 'lost')).toEqual([false, false, true, true]);
  });

  it('is cancelled, and says so; the wait for it ends', async () => {
    await toy.mood('held');
    const job = await make().submit(spec('cancelled'));
    const waiting = job.wait();
    await job.cancel();
    expect((await waiting).state).toBe('cancelled');
    await job.cancel();
    expect((await (await make().attach(job.key)).status()).state).toBe('cancelled');
  });

  it('goes on where the wait for it ends: by a signal, by its time, with its scheduler', async () => {
    const scheduler = make();
    await toy.mood('held');
    const job = await scheduler.submit(spec('waited'));
    const abort = new AbortController();
    const [aborted, late, closed] = [
      errorOf(job.wait({ signal: abort.signal }), AbortError),
      errorOf(job.wait({ timeout: 100 }), TimeoutError),
      errorOf(job.wait(), ClosedError),
    ];
    expect((await late).message).toMatch(
      /Timed out after 100 ms of waiting for "waited" on here, which is queued: it goes on/,
    );
    abort.abort();
    await aborted;
    await scheduler.close();
    await closed;
    await errorOf(scheduler.submit(spec('waited')), ClosedError);
    await toy.release();
    expect((await (await make().attach('waited')).wait()).state).toBe('done');
  });

  it('waits until there is room', async () => {
    const scheduler = make();
    await toy.mood('held');
    let most = 0;
    const stopCounting = diagnostics.job.subscribe(() => {
      const count = new Map(events.filter(({ key }) => key?.startsWith('many')).map((event) => [event.key, event]));
      most = Math.max(most, count.size);
    });
    const all = scheduler.submitAll(
      Array.from({ length: 6 }, (_, i) => spec(`many/${i}`, { key: `many ${i}` })),
      { maxQueued: 2 },
    );
    await waitUntil('two to be queued', async () => events.filter(({ step }) => step === 'submitted').length === 2);
    expect(most).toBe(2);
    await toy.release();
    const outcomes = await all;
    stopCounting();
    expect(outcomes.map(({ ok, directory }) => [ok, directory])).toEqual(
      Array.from({ length: 6 }, (_, i) => [true, `many/${i}`]),
    );
    await Promise.all(outcomes.map(({ job }) => job?.wait()));
  });

  it('has a result of its own among many, also where it cannot be submitted', async () => {
    const [bad, good] = await make().submitAll([spec('../out'), spec('well')]);
    expect([bad?.ok, bad?.error, good?.ok]).toEqual([false, expect.any(OptionError), true]);
    await good?.job?.wait();
  });

  it('is called whatever it is called', async () => {
    const name = `it's "odd" $HOME\n;rm -rf / ${'x'.repeat(300)}`;
    const job = await make().submit(spec('odd', { name }));
    expect(job.name).toBe(name);
    expect(await job.wait()).toMatchObject({ state: 'done', name });
  });

  it('is not to be found where there is none', async () => {
    const scheduler = getScheduler(new Machine({ name: 'void', scheduler: toy.name, workdir: join(home, 'void') }), {
      sessions,
    });
    expect(await scheduler.scan()).toEqual([]);
    const error = await errorOf(scheduler.attach('nothing'), JobError);
    expect(error).toMatchObject({ reason: 'not-found' });
    expect(await readdir(home)).not.toContain('void');
  });
});
