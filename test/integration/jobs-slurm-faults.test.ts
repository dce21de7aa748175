import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { diagnostics, type JobEvent } from '../../src/core/diagnostics.js';
import { AbortError } from '../../src/core/errors.js';
import { JobError } from '../../src/core/job-error.js';
import { isFinal } from '../../src/jobs/job-state.js';
import type { Machine } from '../../src/jobs/machine.js';
import { describeReal } from '../rigs/rigs.js';
import { type Slurm, startSlurm } from '../rigs/slurm.js';
import { waitUntil } from '../rigs/wait-until.js';
import { FarJobs, reaches, spec } from './jobs/far-jobs.js';
import { MoodySlurm, type SbatchMood } from './jobs/moody-slurm.js';
import { errorOf } from './ssh/target.js';

const run = promisify(execFile);
const library = pathToFileURL(fileURLToPath(new URL('../../dist/jobs/index.js', import.meta.url))).href;
const submitter = fileURLToPath(new URL('job-submitter.mjs', import.meta.url));
/** In milliseconds; the machine may be busy. */
const PATIENCE = 30_000;

describeReal(['slurm'], 'jobs of a Slurm that is slow, silent, down, or talks rubbish', () => {
  let slurm: Slurm;
  let moody: MoodySlurm;
  let far: FarJobs;
  let machine: Machine;
  beforeAll(async () => {
    // It forgets jobs soon, and its commands give up soon where it is down.
    slurm = await startSlurm({ minJobAge: 2, config: ['MessageTimeout=1'] });
    moody = await MoodySlurm.start();
    far = await FarJobs.on(slurm.sshd, 'slurm');
    machine = far.machine({ envSetup: moody.envSetup });
  });
  afterEach(async () => {
    await moody.sbatch('well');
    await moody.squeue('well');
  });
  afterAll(async () => {
    await far?.[Symbol.asyncDispose]();
    await moody?.[Symbol.asyncDispose]();
    await slurm?.stop();
  });

  /** What somebody does to jobs behind our back. */
  const byHand = async (command: string, ...args: string[]): Promise<string> =>
    (await run(command, args, { env: { ...process.env, SLURM_CONF: slurm.conf } })).stdout;
  const forgotten = async (id: string): Promise<void> => {
    const known = (): Promise<string> => byHand('squeue', '-h', '-t', 'all', '-o', '%i');
    await waitUntil('Slurm to forget a job', async () => !(await known()).split('\n').includes(id), PATIENCE);
  };

  const taken = ['slow', 'chatty', 'silent', 'late-after', 'killed-after'] as const satisfies SbatchMood[];
  it.each(taken)('run once where sbatch takes them and is "%s"', async (mood) => {
    await moody.sbatch(mood);
    const calls = await moody.calls('sbatch');
    // While it waits nothing of its own tells its id.
    const held = spec(mood, { resources: { extra: ['--hold'] } });
    const job = await far.scheduler(machine).submit(held);
    const newcomer = far.newcomer(machine);
    for (const name of [job.id, job.key, mood]) {
      const found = await newcomer.attach(name);
      expect([(await found.status()).state, found.id]).toEqual(['queued', job.id]);
    }
    expect((await newcomer.submit(held)).id).toBe(job.id);
    await byHand('scontrol', 'release', job.id);
    expect(await job.wait()).toMatchObject({ state: 'done', id: job.id });
    expect([(await moody.calls('sbatch')) - calls, await far.runs(mood)]).toEqual([1, 1]);
  });

  it('run once where their client is killed while it searches for them', async () => {
    await moody.sbatch('late-after');
    const calls = await moody.calls('sbatch');
    const held = spec('searched', { key: 'searched', resources: { extra: ['--hold'] } });
    const journal = `${far.here}/searching`;
    const options = { machine: machine.record, journal, spec: held, killAt: 'searching' };
    const child = run(process.execPath, [submitter, library, JSON.stringify(options)]);
    await child.catch(() => undefined);
    expect(child.child.signalCode).toBe('SIGKILL');
    const job = await far.scheduler(machine).submit(held);
    await byHand('scontrol', 'release', job.id);
    expect(await job.wait()).toMatchObject({ state: 'done', id: job.id });
    expect([(await moody.calls('sbatch')) - calls, await far.runs('searched')]).toEqual([1, 1]);
  });

  const untaken = ['nonsense', 'late-before', 'killed-before'] as const satisfies SbatchMood[];
  it.each(untaken)('run once the caller says so where sbatch does not take them and is "%s"', async (mood) => {
    await moody.sbatch(mood);
    const calls = await moody.calls('sbatch');
    const scheduler = far.scheduler(machine);
    expect((await errorOf(scheduler.submit(spec(mood)), JobError)).reason).toBe('unknown-submission');
    await moody.sbatch('well');
    const newcomer = far.newcomer(machine);
    expect((await errorOf(newcomer.submit(spec(mood)), JobError)).reason).toBe('unknown-submission');
    const found = await newcomer.attach(mood);
    expect([found.id, (await found.status()).state]).toEqual(['', 'submit-unknown']);
    expect([(await moody.calls('sbatch')) - calls, await far.runs(mood)]).toEqual([1, 0]);
    const job = await scheduler.submit(spec(mood), { resubmit: true });
    expect((await job.wait()).state).toBe('done');
    expect([(await moody.calls('sbatch')) - calls, await far.runs(mood)]).toEqual([2, 1]);
  });

  const hanging = ['hangs-before', 'hangs-after'] as const satisfies SbatchMood[];
  it.each(hanging)('run once where sbatch "%s", and whoever submitted them has left', async (mood) => {
    await moody.sbatch(mood);
    const calls = await moody.calls('sbatch');
    const leaving = new AbortController();
    const first = errorOf(far.scheduler(machine).submit(spec(mood), { signal: leaving.signal }), AbortError);
    await waitUntil('sbatch to be called', async () => (await moody.calls('sbatch')) > calls, PATIENCE);
    leaving.abort();
    await first;
    const second = far.newcomer(machine).submit(spec(mood));
    if (mood === 'hangs-after') {
      // It has run by now, or will: nobody has to wait for sbatch.
      expect((await (await second).wait()).state).toBe('done');
    }
    await moody.sbatch('well');
    const job = await second;
    expect((await job.wait()).state).toBe('done');
    expect([(await moody.calls('sbatch')) - calls, await far.runs(mood)]).toEqual([1, 1]);
    expect((await far.newcomer(machine).attach(job.id)).key).toBe(job.key);
  });

  it('are found once the queue answers again, where nobody could tell before', async () => {
    await moody.sbatch('late-after');
    await moody.squeue('rubbish');
    const held = spec('unclear', { resources: { extra: ['--hold'] } });
    expect((await errorOf(far.scheduler(machine).submit(held), JobError)).reason).toBe('unknown-submission');
    await moody.squeue('fails');
    expect((await errorOf(far.scheduler(machine).submit(held), JobError)).reason).toBe('unknown-submission');
    const found = await far.newcomer(machine).attach('unclear');
    expect((await found.status()).state).toBe('submit-unknown');
    await moody.squeue('well');
    await reaches(found, 'queued');
    const job = await far.scheduler(machine).submit(held);
    expect([job.id, job.id]).toEqual([found.id, expect.stringMatching(/^\d+$/)]);
    await found.cancel();
    expect((await job.wait()).state).toBe('cancelled');
    expect(await far.runs('unclear')).toBe(0);
  });

  it('stay what they are while the queue fails, talks rubbish or hangs, and end by their own word', async () => {
    const job = await far
      .scheduler(machine)
      .submit(spec('deaf', { command: 'until [ -e stop ]; do sleep 0.05; done' }));
    await reaches(job, 'running');
    for (const mood of ['fails', 'rubbish'] as const) {
      await moody.squeue(mood);
      const asked = await moody.calls('squeue');
      await waitUntil(
        'questions',
        async () => {
          await job.status();
          return (await moody.calls('squeue')) > asked + 3;
        },
        PATIENCE,
      );
      expect(job.lastState.state).toBe('running');
    }
    await moody.squeue('hangs');
    const asked = await moody.calls('squeue');
    const leaving = new AbortController();
    const left = errorOf(job.wait({ signal: leaving.signal }), AbortError);
    await waitUntil('squeue to hang', async () => (await moody.calls('squeue')) > asked, PATIENCE);
    leaving.abort();
    await left;
    await moody.squeue('fails');
    const { fs } = await far.session();
    await fs.writeFile(`${far.workdir}/deaf/stop`, '');
    expect(await job.wait()).toMatchObject({ state: 'done', exitStatus: 0 });
  });

  it('are neither lost nor doubled while slurmctld is down', async () => {
    const scheduler = far.scheduler(machine);
    const job = await scheduler.submit(spec('down', { command: 'until [ -e stop ]; do sleep 0.05; done' }));
    await reaches(job, 'running');
    await slurm.controllerDown();
    try {
      const calls = await moody.calls('sbatch');
      const unknown = errorOf(scheduler.submit(spec('while-down')), JobError);
      for (let i = 0; i < 2; i += 1) expect((await job.status()).state).toBe('running');
      const { reason, why } = await unknown;
      expect([reason, why]).toEqual([
        'unknown-submission',
        expect.stringMatching(/Unable to contact slurm controller/),
      ]);
      expect((await moody.calls('sbatch')) - calls).toBe(1);
      await (await far.session()).fs.writeFile(`${far.workdir}/down/stop`, '');
      expect((await job.wait()).state).toBe('done');
    } finally {
      await slurm.controllerUp();
    }
    const again = await scheduler.submit(spec('while-down'), { resubmit: true });
    expect((await again.wait()).state).toBe('done');
    expect([await far.runs('down'), await far.runs('while-down')]).toEqual([1, 1]);
  });

  it('are done by their own word once Slurm has forgotten them, and lost only after several answers', async () => {
    const scheduler = far.scheduler(machine);
    const done = await scheduler.submit(spec('forgotten'));
    const killed = await scheduler.submit(spec('killed', { command: 'kill -9 $$' }));
    await Promise.all([forgotten(done.id), forgotten(killed.id)]);
    expect(await (await far.newcomer(machine).attach('forgotten')).wait()).toMatchObject({
      state: 'done',
      exitStatus: 0,
    });

    await moody.squeue('fails');
    const found = await far.newcomer(machine).attach('killed');
    for (let i = 0; i < 5; i += 1) expect(isFinal((await found.status()).state)).toBe(false);
    await moody.squeue('well');
    const events: JobEvent[] = [];
    const stop = diagnostics.job.subscribe((event) => events.push(event));
    expect(await found.wait()).toMatchObject({ state: 'lost', ok: false, host: 'compute' });
    stop();
    expect(events.filter(({ step, detail }) => step === 'query' && detail === undefined).length).toBeGreaterThanOrEqual(
      3,
    );
    expect([await far.runs('forgotten'), await far.runs('killed')]).toEqual([1, 1]);
  });
});
