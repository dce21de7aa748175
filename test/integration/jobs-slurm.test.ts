import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diagnostics, type JobEvent } from '../../src/core/diagnostics.js';
import { JobError } from '../../src/core/job-error.js';
import type { Job } from '../../src/jobs/job.js';
import { describeReal, startSshd } from '../rigs/rigs.js';
import { type Slurm, startSlurm } from '../rigs/slurm.js';
import { waitUntil } from '../rigs/wait-until.js';
import { FarJobs, jobOf, reaches, spec } from './jobs/far-jobs.js';
import { errorOf } from './ssh/target.js';
import { Visitors } from './visitors.js';

const run = promisify(execFile);
/** In milliseconds; the machine may be busy. */
const PATIENCE = 30_000;

describeReal(['slurm'], 'jobs of a real Slurm', () => {
  let slurm: Slurm;
  let far: FarJobs;
  beforeAll(async () => {
    slurm = await startSlurm();
    far = await FarJobs.on(slurm.sshd, 'slurm');
  });
  afterAll(async () => {
    await far?.[Symbol.asyncDispose]();
    await slurm?.stop();
  });

  /** What somebody does to jobs behind our back. */
  const byHand = async (command: string, ...args: string[]): Promise<string> =>
    (await run(command, args, { env: { ...process.env, SLURM_CONF: slurm.conf } })).stdout;

  it('are fifty of five schedulers over one connection, and each runs once', async () => {
    const visitors = new Visitors(slurm.sshd);
    await visitors.forget();
    const events: JobEvent[] = [];
    const stop = diagnostics.job.subscribe((event) => events.push(event));
    const submitted = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        far.scheduler().submitAll(Array.from({ length: 10 }, (_, j) => spec(`fifty/${i}-${j}`))),
      ),
    );
    const jobs = submitted.flat().map(jobOf);
    const results = await Promise.all(jobs.map((job) => job.wait()));
    stop();
    expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['done']));
    expect(new Set(results.map(({ id }) => id)).size).toBe(50);
    await visitors.expectLogins(1);
    expect(await Promise.all(jobs.map(({ directory }) => far.runs(directory)))).toEqual(jobs.map(() => 1));
    // One question for all of them each time, and not one for each.
    expect(events.filter(({ step }) => step === 'query').length).toBeLessThan(25);
  });

  /** Jobs whose time is up soon; slurmctld looks only twice a minute. The last test sees what becomes of them. */
  let late: readonly Job[];
  it('have a walltime', async () => {
    const scheduler = far.scheduler();
    const deaf = 'trap "" TERM; until [ -e never ]; do sleep 0.5; done';
    late = await Promise.all([
      scheduler.submit(spec('late', { command: 'sleep 1000', walltime: 60_000 })),
      scheduler.submit(spec('late-deaf', { command: deaf, walltime: 60_000 })),
    ]);
    for (const job of late) {
      await reaches(job, 'running');
      expect(await byHand('scontrol', 'show', 'job', job.id)).toContain('TimeLimit=00:01:00');
      await byHand('scontrol', 'update', `JobId=${job.id}`, 'EndTime=now+1');
    }
  });

  it('tell how they stand, in words of theirs and of Slurm', async () => {
    const scheduler = far.scheduler();
    const held = await scheduler.submit(spec('held', { resources: { extra: ['--hold'] } }));
    expect(await held.status()).toMatchObject({ state: 'queued', word: 'PENDING', reason: 'JobHeldUser' });
    const busy = await scheduler.submit(spec('busy', { command: 'until [ -e stop ]; do sleep 0.05; done; exit 3' }));
    await reaches(busy, 'running');
    expect(busy.lastState).toMatchObject({ state: 'running', word: 'RUNNING', queuedAt: expect.any(Number) });
    await reaches(busy, 'running');
    const { fs } = await far.session();
    await fs.writeFile(`${far.workdir}/busy/stop`, '');
    expect(await busy.wait()).toMatchObject({ state: 'failed', exitStatus: 3, ok: false, host: 'compute' });
    expect(await far.runs('held')).toBe(0);
    await byHand('scontrol', 'release', held.id);
    expect(await held.wait()).toMatchObject({ state: 'done', exitStatus: 0, ok: true });
  });

  it('are refused with what Slurm says, or wait for what there may never be, as Slurm has it', async () => {
    const scheduler = far.scheduler();
    const error = await errorOf(scheduler.submit(spec('refused', { resources: { queue: 'none' } })), JobError);
    expect([error.reason, error.why]).toEqual(['refused', expect.stringMatching(/partition/)]);
    const long = await scheduler.submit(spec('long', { walltime: 48 * 3_600_000 }));
    expect(await long.status()).toMatchObject({ state: 'queued', reason: expect.stringMatching(/Partition/) });
    await long.cancel();
    expect((await long.wait()).state).toBe('cancelled');
    expect(await Promise.all(['refused', 'long'].map((one) => far.runs(one)))).toEqual([0, 0]);
  });

  it('run again under the same id where Slurm puts them back, and end when the last run does', async () => {
    const job = await far.scheduler().submit(spec('requeued', { command: '[ "$(wc -l <runs)" -ge 2 ] || sleep 1000' }));
    await waitUntil('its first run', async () => (await far.runs('requeued')) === 1, PATIENCE);
    // Whoever waits does not take the end of the first run for that of the job.
    const waiting = job.wait();
    await byHand('scontrol', 'requeue', job.id);
    expect(await waiting).toMatchObject({ state: 'done', exitStatus: 0, id: job.id });
    expect(await far.runs('requeued')).toBe(2);
  });

  it('wait for others, and are not run where those fail', async () => {
    const scheduler = far.scheduler();
    const good = await scheduler.submit(spec('good', { resources: { extra: ['--hold'] } }));
    const bad = await scheduler.submit(spec('bad', { command: 'exit 3', resources: { extra: ['--hold'] } }));
    const after = await scheduler.submit(spec('after-good', { after: [good.id], command: 'cat ../good/runs' }));
    const never = await scheduler.submit(spec('after-bad', { after: [bad.id, good.id] }));
    expect(await after.status()).toMatchObject({ state: 'queued', reason: 'Dependency' });
    await byHand('scontrol', 'release', `${good.id},${bad.id}`);
    expect(await bad.wait()).toMatchObject({ state: 'failed', exitStatus: 3 });
    expect(await never.wait()).toMatchObject({ state: 'cancelled', reason: 'DependencyNeverSatisfied' });
    expect((await after.wait()).state).toBe('done');
    expect(await after.output()).toBe('ran\n');
    expect(await far.runs('after-bad')).toBe(0);
  });

  it('are cancelled while they wait and while they run, by us and by others', async () => {
    const scheduler = far.scheduler();
    const make = async (name: string, waits: boolean): Promise<Job> =>
      scheduler.submit(spec(name, { command: 'sleep 1000', resources: { extra: waits ? ['--hold'] : [] } }));
    const [waits, runs, theirs] = await Promise.all([make('c1', true), make('c2', false), make('c3', false)]);
    const haveBegun = async (): Promise<boolean> => (await far.runs('c2')) + (await far.runs('c3')) === 2;
    await waitUntil('both to run', haveBegun, PATIENCE);
    await Promise.all([waits.cancel(), runs.cancel(), byHand('scancel', theirs.id)]);
    const states = await Promise.all([waits, runs, theirs].map(async (job) => (await job.wait()).state));
    expect(states).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(await Promise.all(['c1', 'c2', 'c3'].map((one) => far.runs(one)))).toEqual([0, 1, 1]);
    // Whoever cancels what is over changes nothing.
    await runs.cancel();
  });

  const names = {
    spaces: '  a job  with spaces ',
    quotes: `it's "odd" \`id\` $(id) \\ $HOME !! #`,
    lines: 'one\ntwo\r\n#SBATCH --hold\n',
    percent: '100% %j %x %%',
    option: '--hold',
    long: 'x'.repeat(300),
    words: 'Übergang ❤ 化学',
  };
  it('are called whatever they are called', async () => {
    const scheduler = far.scheduler();
    const outcomes = await scheduler.submitAll(
      Object.entries(names).map(([directory, name]) => spec(`names/${directory} %j`, { name })),
    );
    const results = await Promise.all(outcomes.map(async (outcome) => (await jobOf(outcome).wait()).state));
    expect(results).toEqual(Object.values(names).map(() => 'done'));
    const found = await far.newcomer().scan();
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.values(names)));
  });

  it('are found by who comes another day, and give all that they have made', async () => {
    const inputs = { 'in.txt': 'abc\n', 'deep/er/in.txt': 'def\n' };
    const command =
      'cat in.txt deep/er/in.txt >"out put.txt"; for i in 1 2 3; do echo "line $i"; sleep 0.1; done; exit 4';
    const made = spec('found', { command, inputs, key: 'found: today' });
    const { id } = await far.scheduler().submit(made);
    const newcomer = far.newcomer();
    const [byId, byKey, byDirectory] = await Promise.all(
      [id, 'found: today', 'found'].map((one) => newcomer.attach(one)),
    );
    expect([byId?.key, byKey?.id, byDirectory?.id]).toEqual(['found: today', id, id]);
    const lines: string[] = [];
    for await (const line of (byId as Job).tail({ pollInterval: 50 })) lines.push(line);
    expect(lines).toEqual(['line 1', 'line 2', 'line 3']);
    const submittedAgain = await far.newcomer().submit(made);
    expect([submittedAgain.id, submittedAgain.lastState.state]).toEqual([id, 'failed']);
    expect(await submittedAgain.wait()).toMatchObject({ state: 'failed', exitStatus: 4, host: 'compute' });
    expect(await submittedAgain.output()).toBe('line 1\nline 2\nline 3\n');
    const { failed } = await submittedAgain.retrieve(join(far.here, 'found'));
    expect(failed).toEqual([]);
    expect(await readFile(join(far.here, 'found/out put.txt'), 'utf8')).toBe('abc\ndef\n');
    expect(await readFile(join(far.here, 'found/runs'), 'utf8')).toBe('ran\n');
    expect((await newcomer.scan()).find(({ key }) => key === 'found: today')?.id).toBe(id);
  });

  const shells = [
    ['/bin/bash', '.bashrc', "echo 'Welcome!'; echo 'module: 3 loaded' >&2\n"],
    ['/usr/bin/tcsh', '.cshrc', "echo 'Welcome!'\nset noclobber\nalias rm 'rm -i'\n"],
  ] as const;
  const missing = shells.map(([shell]) => shell).filter((shell) => !existsSync(shell));
  if (missing.length > 0) console.warn(`SKIPPED jobs of a real Slurm with the login shell ${missing.join(', ')}`);
  it.each(
    shells.filter(([shell]) => existsSync(shell)),
  )('run where the login shell is %s, and talks', async (shell, file, text) => {
    const home = await mkdtemp(join(tmpdir(), 'hawser-home-'));
    await writeFile(join(home, file), text);
    for (const path of [home, join(home, file)]) await chown(path, (await stat(`/home/${slurm.sshd.user}`)).uid, -1);
    const sftp = 'internal-sftp) exec /usr/lib/openssh/sftp-server ;;';
    await using login = await startSshd({
      keys: ['ed25519'],
      config: {
        SetEnv: `SLURM_CONF=${slurm.conf}`,
        ForceCommand: `export HOME=${home} SHELL=${shell}; cd; case $SSH_ORIGINAL_COMMAND in ${sftp} *) exec ${shell} -c "$SSH_ORIGINAL_COMMAND" ;; esac`,
      },
    });
    await using talking = await FarJobs.on(login, 'slurm');
    const machine = talking.machine({ workdir: "~/runs of !mine, it's" });
    const scheduler = talking.scheduler(machine);
    const job = await scheduler.submit(
      spec('talks', { command: 'cat in.txt >out.txt; echo said', inputs: { 'in.txt': 'abc\n' } }),
    );
    const lines: string[] = [];
    for await (const line of job.tail({ pollInterval: 50 })) lines.push(line);
    expect(await job.wait()).toMatchObject({ state: 'done', exitStatus: 0 });
    expect([lines, await job.output()]).toEqual([['said'], 'said\n']);
    await job.retrieve(join(talking.here, 'got'));
    expect(await readFile(join(talking.here, 'got/out.txt'), 'utf8')).toBe('abc\n');
    expect(await readFile(join(talking.here, 'got/runs'), 'utf8')).toBe('ran\n');
    const waits = await scheduler.submit(spec('waits', { command: 'sleep 1000', resources: { extra: ['--hold'] } }));
    expect((await (await talking.newcomer(machine).attach(waits.id)).status()).state).toBe('queued');
    await waits.cancel();
    expect((await waits.wait()).state).toBe('cancelled');
    await rm(home, { recursive: true, force: true });
  });

  it('are ended when their time is up, whether they listen or not', async () => {
    const results = await Promise.all(late.map((job) => job.wait()));
    expect(results).toMatchObject([
      { state: 'timeout', word: 'TIMEOUT', reason: 'TimeLimit', signal: 'SIGTERM', ok: false },
      { state: 'timeout', word: 'TIMEOUT', ok: false },
    ]);
    expect(results[1]?.exitStatus).toBeUndefined();
  });
});
