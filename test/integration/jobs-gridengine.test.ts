import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JobError } from '../../src/core/job-error.js';
import { type GridEngine, startGridEngine } from '../rigs/gridengine.js';
import { describeReal } from '../rigs/rigs.js';
import { waitUntil } from '../rigs/wait-until.js';
import { FarJobs, jobOf, reaches, spec } from './jobs/far-jobs.js';
import { errorOf } from './ssh/target.js';
import { Visitors } from './visitors.js';

describeReal(['gridengine'], 'jobs of a real Grid Engine', () => {
  let grid: GridEngine;
  let far: FarJobs;
  beforeAll(async () => {
    grid = await startGridEngine();
    far = await FarJobs.on(grid.sshd, 'sge');
  });
  afterAll(async () => {
    await far?.[Symbol.asyncDispose]();
    await grid?.stop();
  });

  it('run once each over one connection, whatever they are called and however they end', async () => {
    const visitors = new Visitors(grid.sshd);
    await visitors.forget();
    const names = ['  it\'s "odd" $HOME', '100% %j', 'one\ntwo', '-hold', '7 up', 'x'.repeat(300), 'Übergang'];
    const outcomes = await Promise.all([
      far.scheduler().submitAll(names.map((name, i) => spec(`names/${i}`, { name }))),
      far.scheduler().submitAll([spec('fails', { command: 'exit 3' })]),
    ]);
    const jobs = outcomes.flat().map(jobOf);
    const results = await Promise.all(jobs.map((job) => job.wait()));
    expect(results.map(({ state, exitStatus }) => [state, exitStatus])).toEqual([
      ...names.map(() => ['done', 0]),
      ['failed', 3],
    ]);
    expect(await Promise.all(jobs.map(({ directory }) => far.runs(directory)))).toEqual(jobs.map(() => 1));
    await visitors.expectLogins(1);
  });

  it('tell how they stand, and are found by who comes another day', async () => {
    const held = spec('held', { resources: { extra: ['-h'] }, command: 'echo said; sleep 1000' });
    const { id, key } = await far.scheduler().submit(held);
    const newcomer = far.newcomer();
    for (const name of [id, key, 'held']) {
      const found = await newcomer.attach(name);
      expect([found.id, found.key, await found.status()]).toMatchObject([id, key, { state: 'queued', word: 'hqw' }]);
    }
    expect((await newcomer.scan()).map((job) => job.key)).toContain(key);
    const job = await newcomer.submit(held);
    expect(job.id).toBe(id);
    await (await far.session()).execute(`qrls ${id}`);
    await reaches(job, 'running');
    await waitUntil('its output', async () => (await job.output()) === 'said\n', 30_000);
    await job.cancel();
    expect((await job.wait()).state).toBe('cancelled');
    expect(await far.runs('held')).toBe(1);
  });

  it('wait for others, and are refused with what Grid Engine says', async () => {
    const scheduler = far.scheduler();
    const first = await scheduler.submit(spec('first', { resources: { extra: ['-h'] } }));
    const second = await scheduler.submit(spec('second', { after: [first.id], command: 'cat ../first/runs; exit 3' }));
    const third = await scheduler.submit(spec('third', { after: [first.id, second.id] }));
    expect((await second.status()).state).toBe('queued');
    await (await far.session()).execute(`qrls ${first.id}`);
    expect((await second.wait()).state).toBe('failed');
    expect(await second.output()).toBe('ran\n');
    // Grid Engine starts it all the same.
    expect(await third.wait()).toMatchObject({ state: 'failed', exitStatus: 1 });
    expect(await third.output()).toContain(`the job ${second.id}, which was to end well before this one, ended with`);
    expect(await far.runs('third')).toBe(0);
    const error = await errorOf(scheduler.submit(spec('refused', { resources: { queue: 'nowhere' } })), JobError);
    expect([error.reason, error.why]).toEqual(['refused', expect.stringMatching(/nowhere/)]);
  });

  it('are found by their token where qsub took them and did not say so', async () => {
    const bin = join(far.here, 'bin');
    await mkdir(bin);
    await chmod(far.here, 0o755);
    const late = 'qsub "$@" >/dev/null; echo \'error: commlib error: got read error\' >&2; exit 1';
    await writeFile(join(bin, 'qsub'), `#!/bin/sh\nPATH=\${PATH#*:}\n${late}\n`, { mode: 0o755 });
    const machine = far.machine({ envSetup: `PATH=${bin}:$PATH` });
    const held = spec('late', { resources: { extra: ['-h'] } });
    const job = await far.scheduler(machine).submit(held);
    const newcomer = far.newcomer(machine);
    expect((await newcomer.submit(held)).id).toBe(job.id);
    expect((await newcomer.attach(job.id)).key).toBe(job.key);
    await (await far.session()).execute(`qrls ${job.id}`);
    expect((await job.wait()).state).toBe('done');
    expect(await far.runs('late')).toBe(1);
  });
});
