import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { diagnostics } from '../../../src/core/diagnostics.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { JobError } from '../../../src/core/job-error.js';
import type { JobSpec } from '../../../src/jobs/job-spec.js';
import { errorOf } from '../ssh/target.js';
import { ToyJobs } from './toy-jobs.js';

describe('what a machine has on record of jobs', () => {
  let jobs: ToyJobs;
  beforeAll(async () => {
    jobs = await ToyJobs.start();
  });
  afterEach(async () => {
    await jobs.toy.mood('well');
    await jobs.toy.release();
    await jobs.toy.deaf(false);
  });
  afterAll(() => jobs?.[Symbol.asyncDispose]());

  it('is told of where it cannot be read, and hides no other', async () => {
    const scheduler = jobs.scheduler();
    for (const name of ['good', 'no-json', 'newer', 'no-file', 'pipe', 'astray']) {
      await (await scheduler.submit(jobs.spec(name, { key: name }))).wait();
    }
    await writeFile(join(await jobs.record('no-json'), 'job.json'), '{');
    await writeFile(join(await jobs.record('newer'), 'job.json'), '{ "v": 2 }');
    const file = join(await jobs.record('no-file'), 'job.json');
    await rm(file);
    await mkdir(file);
    const pipe = join(await jobs.record('pipe'), 'job.json');
    await rm(pipe);
    execFileSync('mkfifo', [pipe]);
    const [index = ''] = (await readdir(jobs.workdir)).filter((name) => name.startsWith('.hawser-'));
    const [entry = ''] = (await readdir(join(jobs.workdir, index))).filter((name) => name.startsWith('astray-'));
    await writeFile(join(jobs.workdir, index, entry), '../../etc\n');

    const errors: JobError[] = [];
    const published: string[] = [];
    const stop = diagnostics.job.subscribe(({ step, detail }) => {
      if (step === 'unreadable') published.push(detail ?? '');
    });
    const found = await scheduler.scan({ onUnreadable: (error) => errors.push(error) });
    stop();
    expect(found.map(({ key }) => key)).toEqual(['good']);
    const told = errors.map(({ reason, message }) => `${reason}: ${message}`).toSorted();
    expect(told).toEqual([
      expect.stringMatching(/^bad-record: .*\.hawser-\d+\/astray-\w+ on here: it names no directory of a job/),
      expect.stringMatching(/^bad-record: .*\/newer\/.*job\.json on here: its version is 2, and 1 is known/),
      expect.stringMatching(/^bad-record: .*\/no-file\/.*job\.json on here: it is no regular file/),
      expect.stringMatching(/^bad-record: .*\/no-json\/.*job\.json on here: it is no JSON/),
      expect.stringMatching(/^bad-record: .*\/pipe\/.*job\.json on here: it is no regular file/),
    ]);
    expect(published.toSorted()).toEqual(errors.map(({ message }) => message).toSorted());

    expect(await errorOf(scheduler.attach('no-json'), JobError)).toMatchObject({ reason: 'bad-record' });
    const nowhere = await errorOf(scheduler.attach('4711'), JobError);
    expect(nowhere.reason).toBe('not-found');
    expect(nowhere.message).toMatch(/unless it is one of 5 whose records cannot be read/);
  });

  it('has the id of a job that was found by its token: nobody searches for it again', async () => {
    const searches = async (work: () => Promise<unknown>): Promise<number> => {
      const before = await jobs.toy.queries();
      await work();
      return (await jobs.toy.queries()) - before;
    };
    await jobs.toy.mood('held');
    await jobs.toy.mood('unclear-but-took');
    const spec = jobs.spec('found', { key: 'found' });
    const { id } = await jobs.scheduler('one').submit(spec);
    expect(await searches(async () => expect((await jobs.scheduler('two').submit(spec)).id).toBe(id))).toBe(0);
    expect(await searches(async () => expect((await jobs.scheduler('two').attach('found')).id).toBe(id))).toBe(0);
    expect(await readFile(join(await jobs.record('found'), 'submit.lock/found'), 'utf8')).toBe(`${id}\n`);
  });

  it('has it also where it was found by who only looked', async () => {
    await jobs.toy.mood('held');
    await jobs.toy.mood('unclear-but-took');
    await jobs.toy.deaf(true);
    const spec = jobs.spec('looked', { key: 'looked' });
    expect(await errorOf(jobs.scheduler('one').submit(spec), JobError)).toMatchObject({ reason: 'unknown-submission' });
    await jobs.toy.deaf(false);
    const job = await jobs.scheduler('two').attach('looked');
    expect([job.id, await job.status()]).toMatchObject(['', { state: 'queued' }]);
    expect(job.id).not.toBe('');
    expect((await jobs.scheduler('three').attach('looked')).id).toBe(job.id);
  });

  it('has no word that a job was cancelled where its scheduler was never told', async () => {
    await jobs.toy.mood('held');
    const job = await jobs.scheduler().submit(jobs.spec('dying', { command: 'exit 3' }));
    // Whoever was about to cancel it has died.
    await writeFile(join(await jobs.record('dying'), 'cancelling'), 'elsewhere boot 17 18\n');
    const past = new Date(Date.now() - 3_600_000);
    await utimes(join(await jobs.record('dying'), 'cancelling'), past, past);
    await jobs.toy.release();
    expect(await job.wait()).toMatchObject({ state: 'failed', exitStatus: 3 });
  });

  it('is of the job that a key was chosen for: other work of that key is refused', async () => {
    const key = 'chosen';
    const spec = jobs.spec('chosen', { key, inputs: { a: '1', b: '' }, env: { SECRET: 'x' }, resources: { nodes: 1 } });
    await jobs.toy.mood('held');
    const job = await jobs.scheduler().submit(spec);
    const others: [Partial<JobSpec>, string][] = [
      [{ command: 'echo other >>runs' }, 'command'],
      [{ inputs: { a: '2', b: '' } }, 'inputs'],
      [{ resources: { nodes: 2 }, walltime: 60_000 }, 'resources and walltime'],
      [{ env: { SECRET: 'y' }, inputs: {}, command: 'true' }, 'command, inputs, and env'],
    ];
    for (const [more, what] of others) {
      const error = await errorOf(jobs.scheduler('two').submit({ ...spec, ...more }), JobError);
      expect(error).toMatchObject({ reason: 'key-taken', jobKey: key, why: `not the same ${what}` });
      expect(error.message).toMatch(/that of a job in chosen on here which has not the same .*`attach` finds that one/);
    }
    const other = { ...spec, command: 'echo other >>runs' };
    // One that has not ended is not put aside, and is not this one.
    const running = await errorOf(jobs.scheduler().submit(other, { resubmit: true }), JobError);
    expect(running.reason).toBe('key-taken');
    const same = { ...spec, name: 'another name', outputs: ['runs'], resources: { nodes: 1 } };
    expect((await jobs.scheduler('two').submit(same)).id).toBe(job.id);
    await jobs.toy.release();
    await job.wait();
    expect((await errorOf(jobs.scheduler().submit(other), JobError)).reason).toBe('key-taken');
    const again = await jobs.scheduler().submit(other, { resubmit: true });
    expect([again.id === job.id, (await again.wait()).state]).toEqual([false, 'done']);
    expect(await readFile(join(jobs.workdir, 'chosen/runs'), 'utf8')).toBe('ran\nother\n');
  });

  it('is as good where an earlier version wrote it, which knew only the names of the inputs', async () => {
    const spec = jobs.spec('elder', { key: 'elder', inputs: { a: '1' } });
    const job = await jobs.scheduler().submit(spec);
    const file = join(await jobs.record('elder'), 'job.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"inputsSum":"\w+",/, ''));
    expect((await jobs.scheduler().submit(spec)).id).toBe(job.id);
    const error = await errorOf(jobs.scheduler().submit({ ...spec, inputs: { b: '1' } }), JobError);
    expect(error.why).toBe('not the same inputs');
    await job.wait();
  });

  it('names no outputs outside of its directory, when it is submitted and when they are fetched', async () => {
    const scheduler = jobs.scheduler();
    for (const more of [
      { outputs: ['../astray/*'] },
      { inputs: { '../astray': '' } },
      { inputs: { '/tmp/astray': '' } },
    ]) {
      await errorOf(scheduler.submit(jobs.spec('outside', more)), OptionError);
    }
    await expect(readdir(join(jobs.workdir, 'outside'))).rejects.toThrow('ENOENT');
    const job = await scheduler.submit(jobs.spec('inside'));
    await job.wait();
    const error = await errorOf(job.retrieve(join(jobs.home, 'fetched'), { outputs: ['../*'] }), OptionError);
    expect(error.message).toContain('leads out of it');
  });
});
