import { writeFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { diagnostics } from '../../../src/core/diagnostics.js';
import { JobError } from '../../../src/core/job-error.js';
import type { JobSpec } from '../../../src/jobs/job-spec.js';
import type { Scheduler } from '../../../src/jobs/scheduler.js';
import { SessionCache } from '../../../src/session/session-cache.js';
import { errorOf } from '../ssh/target.js';
import { ToyJobs } from './toy-jobs.js';

const PAIRS = 30;
const AT_ONCE = 5;

describe('the directory of a job', () => {
  let jobs: ToyJobs;
  const caches = [new SessionCache(), new SessionCache()];
  beforeAll(async () => {
    jobs = await ToyJobs.start();
  });
  afterEach(async () => {
    await jobs.toy.mood('well');
    await jobs.toy.release();
  });
  afterAll(async () => {
    await Promise.all(caches.map((cache) => cache.closeAll()));
    await jobs?.[Symbol.asyncDispose]();
  });

  /** Schedulers of two clients, which have nothing in common but the machine. */
  const clients = (): Scheduler[] => caches.map((sessions, i) => jobs.scheduler(`client-${i}`, { sessions }));
  const spec = (directory: string, key: string, more: Partial<JobSpec> = {}): JobSpec =>
    jobs.spec(directory, { key, name: key, ...more });

  it('has one of two jobs that are submitted in it at the same instant, and the other is told which', async () => {
    await jobs.toy.mood('held');
    const pair = async (directory: string): Promise<void> => {
      const inputs = (content: string): Record<string, string> => ({ input: content, 'in/it': content });
      const outcomes = await Promise.allSettled(
        clients().map((scheduler, i) =>
          scheduler.submit(
            spec(directory, `${directory}-${i}`, { inputs: inputs(`${i}`), command: 'cat input in/it' }),
          ),
        ),
      );
      const winners = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const losers = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      const [winner] = winners;
      expect([directory, winners.length, losers]).toEqual([directory, 1, [expect.any(JobError)]]);
      expect(losers[0]).toMatchObject({ reason: 'directory-busy', jobKey: winner?.key });
      expect(losers[0].message).toContain(`has the job "${winner?.key}" in it`);
      const own = winner?.key.at(-1) ?? '';
      const read = (name: string): Promise<string> => readFile(join(jobs.workdir, directory, name), 'utf8');
      expect([await read('input'), await read('in/it')]).toEqual([own, own]);
    };
    const names = Array.from({ length: PAIRS }, (_, i) => `pair-${i}`);
    for (let i = 0; i < PAIRS; i += AT_ONCE) await Promise.all(names.slice(i, i + AT_ONCE).map(pair));
  }, 120_000);

  it('has one of two also where both come when the last one is over', async () => {
    const [one, two] = clients() as [Scheduler, Scheduler];
    await (await one.submit(spec('next', 'first'))).wait();
    await jobs.toy.mood('held');
    const outcomes = await Promise.allSettled([one.submit(spec('next', 'second')), two.submit(spec('next', 'third'))]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await jobs.toy.release();
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.wait();
    expect(await jobs.runs('next')).toBe(2);
  });

  it('is free for the next one, and for the same one again, once a job is over', async () => {
    const [one, two] = clients() as [Scheduler, Scheduler];
    const ids: string[] = [];
    const run = async (scheduler: Scheduler, key: string, resubmit = false): Promise<void> => {
      const job = await scheduler.submit(spec('in-turn', key), { resubmit });
      expect((await job.wait()).state).toBe('done');
      ids.push(job.id);
    };
    await run(one, 'turn-a');
    await run(two, 'turn-b');
    await run(one, 'turn-a', true);
    await run(two, 'turn-c');
    await run(two, 'turn-b', true);
    await run(two, 'turn-b');
    expect(new Set(ids).size).toBe(5);
    expect(await jobs.runs('in-turn')).toBe(5);
  });

  it('is free where the job was refused, and where its submission failed before it was sent', async () => {
    const [one, two] = clients() as [Scheduler, Scheduler];
    await jobs.toy.mood('refuse');
    await errorOf(one.submit(spec('refused', 'refused-a')), JobError);
    await jobs.toy.mood('well');
    await (await two.submit(spec('refused', 'refused-b'))).wait();
    await errorOf(one.submit(spec('failed', 'failed-a', { after: ['4711'] })), JobError);
    await (await two.submit(spec('failed', 'failed-b'))).wait();
    expect([await jobs.runs('refused'), await jobs.runs('failed')]).toEqual([1, 1]);
  });

  it('is kept for who is at it, and taken from who is gone', async () => {
    const [, two] = clients() as [Scheduler, Scheduler];
    await (await two.submit(spec('kept', 'over'))).wait();
    const holder = join(jobs.workdir, 'kept/.hawser/.holder');
    const held = await readFile(holder, 'utf8');
    // As if another machine's client were sending the files of another job.
    const foreign = held
      .replace(/^\S+ \S+ \S+/, '0123456789abcdef.1 sent-0123456789 ffffffff')
      .replace(/\n.*/, `\n${JSON.stringify({ key: 'the key', name: 'it is "sent"' })}`);
    await writeFile(holder, foreign);
    const busy = await errorOf(two.submit(spec('kept', 'kept-next')), JobError);
    expect(busy).toMatchObject({ reason: 'directory-busy', jobKey: 'the key' });
    expect(busy.message).toMatch(/has the job "it is \\"sent\\"" in it \(key the key\), which is being submitted/);
    // Its client was of this machine, and is no more.
    const [, , client = ''] = held.split(' ');
    await writeFile(holder, foreign.replace(/ffffffff \d+/, `${client} 99999999`));
    await (await two.submit(spec('kept', 'kept-next'))).wait();
    expect(await jobs.runs('kept')).toBe(2);
  });

  it('is not stuck where an earlier version has left no word of who has it', async () => {
    const [one, two] = clients() as [Scheduler, Scheduler];
    const holder = join(jobs.workdir, 'earlier/.hawser/.holder');
    await jobs.toy.mood('held');
    const job = await one.submit(spec('earlier', 'earlier-a'));
    await rm(holder);
    const busy = await errorOf(two.submit(spec('earlier', 'earlier-b')), JobError);
    expect([busy.reason, busy.jobKey]).toEqual(['directory-busy', 'earlier-a']);
    await jobs.toy.release();
    await job.wait();
    await rm(holder, { force: true });
    await (await two.submit(spec('earlier', 'earlier-b'))).wait();
    expect(await jobs.runs('earlier')).toBe(2);
  });

  it('is lost to who is slow where another has taken it meanwhile: nothing is submitted', async () => {
    const scheduler = jobs.scheduler();
    const holder = join(jobs.workdir, 'slow/.hawser/.holder');
    const before = (await jobs.toy.submissions()).length;
    const stop = diagnostics.job.subscribe(({ key, step }) => {
      if (key !== 'slow' || step !== 'staged') return;
      writeFileSync(holder, '0123456789abcdef.1 quick-0123456789 ffffffff 1\n{"key":"quick","name":"quick"}\n');
    });
    const error = await errorOf(scheduler.submit(spec('slow', 'slow')), JobError);
    stop();
    expect(error).toMatchObject({ reason: 'directory-busy', jobKey: 'quick' });
    expect((await jobs.toy.submissions()).length).toBe(before);
    await rm(holder);
    await (await scheduler.submit(spec('slow', 'slow'))).wait();
    expect(await jobs.runs('slow')).toBe(1);
  });
});
