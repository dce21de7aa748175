import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/connection/connection.js';
import type { JobStep } from '../../src/core/diagnostics.js';
import type { MachineFields } from '../../src/inventory/machines/machine-record.js';
import { getScheduler } from '../../src/jobs/get-scheduler.js';
import type { JobSpec } from '../../src/jobs/job-spec.js';
import { Machine } from '../../src/jobs/machine.js';
import type { Scheduler } from '../../src/jobs/scheduler.js';
import { SessionCache } from '../../src/session/session-cache.js';
import { describeReal, remoteProcesses, type Sshd, startSshd, waitUntil } from '../rigs/rigs.js';

const run = promisify(execFile);
const library = pathToFileURL(fileURLToPath(new URL('../../dist/jobs/index.js', import.meta.url))).href;
const submitter = fileURLToPath(new URL('job-submitter.mjs', import.meta.url));

describeReal(['sshd'], 'jobs without a scheduler', () => {
  let server: Sshd;
  let home: string;
  let remote: string;
  const sessions = new SessionCache();
  beforeAll(async () => {
    [server, home] = await Promise.all([startSshd({ keys: ['ed25519'] }), mkdtemp(join(tmpdir(), 'hawser-jobs-'))]);
    remote = `~/jobs-${home.slice(-6)}`;
  });
  afterAll(async () => {
    await (await session('remote')).fs.rm(remote, { recursive: true, force: true });
    await sessions.closeAll();
    await server?.stop();
    await rm(home, { recursive: true, force: true });
  });

  type Where = 'local' | 'remote';
  const fields = (where: Where): MachineFields =>
    where === 'local'
      ? { name: 'here', workdir: join(home, 'work') }
      : {
          name: 'there',
          workdir: remote,
          host: server.host,
          port: server.port,
          username: server.user,
          auth: { privateKey: server.identity, knownHosts: server.knownHosts, sshConfig: false, agent: false },
        };
  const make = (where: Where): Scheduler =>
    getScheduler(new Machine(fields(where)), {
      sessions,
      journal: join(home, 'journal'),
      pollInterval: 50,
      pollFloor: 20,
    });
  const session = (where: Where): Promise<Connection> => sessions.get(new Machine(fields(where)).target ?? 'local:');
  const spec = (directory: string, more: Partial<JobSpec> = {}): JobSpec => ({
    name: directory,
    directory,
    command: 'echo ran >>runs',
    ...more,
  });
  const linesOf = async (where: Where, file: string): Promise<string[]> => {
    const text = await (await session(where)).fs.readFile(`${new Machine(fields(where)).workdir}/${file}`, 'utf8');
    return text.split('\n').slice(0, -1);
  };
  /** Submits from a process of its own; `undefined` where that was killed. */
  const submitElsewhere = async (where: Where, job: JobSpec, killAt?: JobStep): Promise<{ id: string } | undefined> => {
    const options = { machine: fields(where), journal: join(home, 'journal'), spec: job, killAt };
    const child = run(process.execPath, [submitter, library, JSON.stringify(options)]);
    try {
      return JSON.parse((await child).stdout);
    } catch (error) {
      if (child.child.signalCode === 'SIGKILL') return undefined;
      throw error;
    }
  };

  for (const where of ['local', 'remote'] as const) {
    it(`run, and bring back what they made (${where})`, async () => {
      const result = await make(where).run(
        spec('flow', {
          command: 'tr a-z A-Z <in.txt >out.txt; echo said; echo warned >&2; exit 3',
          inputs: { 'in.txt': 'text' },
          outputs: ['out.*'],
          env: { UNUSED: '1' },
        }),
        { local: join(home, 'got', where) },
      );
      expect(result).toMatchObject({ state: 'failed', ok: false, exitStatus: 3, retrieved: { files: 1 } });
      const job = await make(where).attach('flow');
      expect((await job.output()).split('\n').toSorted()).toEqual(['', 'said', 'warned']);
      const lines: string[] = [];
      for await (const line of job.tail()) lines.push(line);
      expect(lines.toSorted()).toEqual(['said', 'warned']);
    });

    it(`are ended with all that they began (${where})`, async () => {
      const job = await make(where).submit(spec('ended', { command: 'echo up; sleep 1000.5 & sleep 1000.5' }));
      await waitUntil('its output', async () => (await job.output()) !== '');
      expect((await job.status()).state).toBe('running');
      const waiting = job.wait();
      await job.cancel();
      expect(await waiting).toMatchObject({ state: 'cancelled', ok: false });
      await waitUntil('its processes to end', async () => (await remoteProcesses('sleep 1000.5')).length === 0);
    });

    it(`are ended when their time is up, for whoever looks later (${where})`, async () => {
      const { id } = await make(where).submit(
        spec('late', { command: 'sleep 1000.25 & sleep 1000.25', walltime: 500 }),
      );
      const result = await (await make(where).attach('late')).wait();
      const timeout = { state: 'timeout', reason: 'its walltime was up', signal: 'SIGTERM' };
      expect(result).toMatchObject({ ...timeout, ok: false, id });
      expect(await (await make(where).attach(id)).status()).toMatchObject(timeout);
      await waitUntil('its processes to end', async () => (await remoteProcesses('sleep 1000.25')).length === 0);
      await waitUntil('who watched to go', async () => (await remoteProcesses(id)).length === 0);
    });

    it(`are found by the whole path of their directory (${where})`, async () => {
      const scheduler = make(where);
      const job = await scheduler.submit(spec('found/here'));
      await job.wait();
      const { fs, os } = await session(where);
      const { workdir } = new Machine(fields(where));
      const home = await os.homedir();
      const whole = workdir.replace(/^~/, home);
      const link = `${whole}-link`;
      await fs.symlink(whole, link);
      try {
        const paths = [`${workdir}/found/here`, `${whole}/found/../found/here/`, `${link}/found/here`];
        for (const path of paths) expect((await scheduler.attach(path)).id).toBe(job.id);
        for (const path of ['/', `${whole}x/found/here`, `${whole}/found`, whole, '~', `${link}/../found/here`]) {
          await expect(scheduler.attach(path)).rejects.toMatchObject({ reason: 'not-found' });
        }
      } finally {
        await fs.unlink(link);
      }
    });

    it(`come after others that end well (${where})`, async () => {
      const scheduler = make(where);
      const wait = 'until [ -e go ]; do sleep 0.05; done';
      const first = await scheduler.submit(spec('first', { command: `${wait}; echo first >runs` }));
      const bad = await scheduler.submit(spec('bad', { command: `cd ../first; ${wait}; exit 3` }));
      const next = await scheduler.submit(spec('next', { after: [first.id], command: 'cat ../first/runs' }));
      const never = await scheduler.submit(spec('never', { after: [first.id, bad.id] }));
      await waitUntil('it to wait', async () => (await next.status()).state === 'queued');
      await (await session(where)).fs.writeFile(`${new Machine(fields(where)).workdir}/first/go`, '');
      expect((await next.wait()).state).toBe('done');
      expect(await next.output()).toBe('first\n');
      expect(await never.wait()).toMatchObject({ state: 'failed', exitStatus: 1 });
      expect(await never.output()).toContain(`the job ${bad.id}, which was to end well`);
      const stranger = spec('stranger', { after: [next.id.replace(/^\d+/, '1')] });
      await expect(scheduler.submit(stranger)).rejects.toMatchObject({ reason: 'refused' });
    });

    it(`are one for two processes at once, and for this one (${where})`, async () => {
      const job = spec('twice', { key: `twice ${where}` });
      const [a, b, c] = await Promise.all([
        submitElsewhere(where, job),
        submitElsewhere(where, job),
        make(where).submit(job),
      ]);
      expect([a?.id, b?.id]).toEqual([c.id, c.id]);
      expect((await c.wait()).state).toBe('done');
      expect(await linesOf(where, 'twice/runs')).toEqual(['ran']);
    });
  }

  it.each([
    'intent',
    'session',
    'staged',
    'starting',
    'started',
    'answered',
    'submitted',
  ] as const)('run once where their client is killed at the step "%s"', async (step) => {
    const job = spec(`killed-${step}`, { key: `killed ${step}` });
    expect(await submitElsewhere('remote', job, step)).toBeUndefined();
    const again = await make('remote').submit(job);
    expect((await again.wait()).state).toBe('done');
    expect(await linesOf('remote', `killed-${step}/runs`)).toEqual(['ran']);
    expect((await make('remote').scan()).filter(({ key }) => key === job.key).map(({ id }) => id)).toEqual([again.id]);
  });
});
