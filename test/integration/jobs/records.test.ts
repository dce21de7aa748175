import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { diagnostics } from '../../../src/core/diagnostics.js';
import { JobError } from '../../../src/core/job-error.js';
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
    for (const name of ['good', 'no-json', 'newer', 'no-file', 'astray']) {
      await (await scheduler.submit(jobs.spec(name, { key: name }))).wait();
    }
    await writeFile(join(await jobs.record('no-json'), 'job.json'), '{');
    await writeFile(join(await jobs.record('newer'), 'job.json'), '{ "v": 2 }');
    const file = join(await jobs.record('no-file'), 'job.json');
    await rm(file);
    await mkdir(file);
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
      expect.stringMatching(/^bad-record: .*\/no-file\/.*job\.json on here: EISDIR/),
      expect.stringMatching(/^bad-record: .*\/no-json\/.*job\.json on here: it is no JSON/),
    ]);
    expect(published.toSorted()).toEqual(errors.map(({ message }) => message).toSorted());

    expect(await errorOf(scheduler.attach('no-json'), JobError)).toMatchObject({ reason: 'bad-record' });
    const nowhere = await errorOf(scheduler.attach('4711'), JobError);
    expect(nowhere.reason).toBe('not-found');
    expect(nowhere.message).toMatch(/unless it is one of 4 whose records cannot be read/);
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
});
