import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileError } from '../../../src/core/file-error.js';
import { jobPlace } from '../../../src/jobs/job-place.js';
import { recallSpec } from '../../../src/jobs/resolve-submission.js';
import { errorOf } from '../ssh/target.js';
import { ToyJobs } from './toy-jobs.js';

let jobs: ToyJobs;
beforeAll(async () => {
  jobs = await ToyJobs.start();
});
afterAll(() => jobs?.[Symbol.asyncDispose]());

it('fetches no input of a job that is to be submitted again before it knows that all are there', async () => {
  const spec = jobs.spec('many', { key: 'many', inputs: { 'a.in': 'a', 'sub/b.in': 'b' } });
  await (await jobs.scheduler().submit(spec)).wait();
  const connection = await jobs.sessions.get('local:');
  const job = { connection, place: jobPlace(jobs.workdir, 'many', 'many'), key: 'many' };
  const into = join(jobs.home, 'into');
  await mkdir(into);
  expect(await recallSpec(job, into)).toMatchObject({
    ...spec,
    inputs: { 'sub/b.in': { local: join(into, 'sub/b.in') } },
  });
  await rm(into, { recursive: true });
  await mkdir(into);
  await rm(join(jobs.workdir, 'many/sub/b.in'));
  expect(await errorOf(recallSpec(job, into), FileError)).toMatchObject({ code: 'ENOENT' });
  expect(await readdir(into)).toEqual([]);
});
