import { describe, expect, it } from 'vitest';
import { AbortError, AuthError, DisconnectedError } from '../../../src/core/errors.js';
import { knowing } from '../../../src/jobs/judge.js';
import { StatusPoller } from '../../../src/jobs/status-poller.js';
import { TrackedJob } from '../../../src/jobs/tracked-job.js';

const track = (key: string): TrackedJob => new TrackedJob({ key, machine: 'm', record: key, token: key, id: key });
const PACE = { interval: 20, floor: 5 } as const;

/** A poller whose machine answers as it is told; the questions that it was asked, by the keys of their jobs. */
function make(
  answer: (job: TrackedJob, question: number) => void = () => {},
  pace: { interval: number; floor: number } = PACE,
): { poller: StatusPoller; questions: string[][] } {
  const questions: string[][] = [];
  const poller = new StatusPoller('m', pace, async (jobs) => {
    questions.push(jobs.map(({ key }) => key));
    const begun = performance.now();
    for (const job of jobs) {
      job.seenAt = begun;
      answer(job, questions.length);
    }
  });
  return { poller, questions };
}

const end = (job: TrackedJob): void => job.learn(knowing({ state: 'done' }));

describe('a poller', () => {
  it('asks once for all who ask at once, and for all jobs that it knows', async () => {
    const { poller, questions } = make();
    const jobs = ['a', 'b', 'c'].map(track);
    for (const job of jobs) poller.add(job);
    await Promise.all(jobs.slice(1).map((job) => poller.look([job])));
    expect(questions).toEqual([['a', 'b', 'c']]);
  });

  it('gives an answer of a moment ago again', async () => {
    const { poller, questions } = make(() => {}, { interval: 10_000, floor: 10_000 });
    const job = track('a');
    poller.add(job);
    await poller.look([job]);
    await poller.look([job]);
    expect(questions).toHaveLength(1);
  });

  it('asks until each job that is waited for is over, and of those that are no more', async () => {
    const { poller, questions } = make((job, question) =>
      question >= (job.key === 'a' ? 2 : 4) ? end(job) : undefined,
    );
    const jobs = ['a', 'b'].map(track);
    for (const job of jobs) poller.add(job);
    await Promise.all(jobs.map((job) => poller.over(job)));
    expect(questions).toEqual([['a', 'b'], ['a', 'b'], ['b'], ['b']]);
  });

  it('goes on asking where a question fails for now, and gives up where it must not be tried again', async () => {
    const lost = make((job, question) => {
      if (question < 3) throw new DisconnectedError('lost');
      end(job);
    });
    const job = track('a');
    lost.poller.add(job);
    await lost.poller.over(job);
    expect(lost.questions).toHaveLength(3);
    const refused = make(() => {
      throw new AuthError('no', []);
    });
    const other = track('b');
    refused.poller.add(other);
    await expect(refused.poller.over(other)).rejects.toThrow(AuthError);
    expect(refused.questions).toHaveLength(1);
  });

  it('asks nothing for those who have left, and ends a question that nobody waits for', async () => {
    const abort = new AbortController();
    let given: AbortSignal | undefined;
    const poller = new StatusPoller('m', PACE, (_, signal) => {
      given = signal;
      abort.abort();
      return new Promise(() => {});
    });
    const job = track('a');
    poller.add(job);
    await expect(poller.over(job, { signal: abort.signal })).rejects.toThrow(AbortError);
    expect(given?.aborted).toBe(true);
    await expect(poller.look([job], { signal: abort.signal })).rejects.toThrow(AbortError);
  });
});
