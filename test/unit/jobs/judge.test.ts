import { describe, expect, it } from 'vitest';
import type { JobState } from '../../../src/jobs/job-state.js';
import { judge, type Knowledge, knowing, type Sight } from '../../../src/jobs/judge.js';
import type { FarRecord } from '../../../src/remote/batch/far-record.js';

const queued: JobState = { state: 'queued' };
const running: JobState = { state: 'running' };
const owner = { host: 'node1', boot: 'b', pid: 1, start: '2' };
const submitted: FarRecord = { missing: false, ready: true, id: '7' };
const started = { ...submitted, started: { ...owner, at: 1000, id: '7' } };
const exit = (status: number, signal?: string): FarRecord => ({
  ...started,
  exit: { status, at: 5000, ...(signal === undefined ? {} : { signal }) },
});
const sight = (record: FarRecord | undefined, inQueue?: JobState | 'deaf'): Sight => ({
  record,
  asked: inQueue !== 'deaf',
  queued: inQueue === 'deaf' ? undefined : inQueue,
});
/** What several looks, one each second, make of what was known. */
const judged = (known: JobState, sights: readonly Sight[], grace = 0): Knowledge =>
  sights.reduce((last, one, i) => judge(last, one, i * 1000, grace), knowing(known));

describe('what is made of a look at a job', () => {
  it('is what the queue says of it, and where it runs', () => {
    expect(judged(queued, [sight(submitted, { state: 'queued', reason: 'Priority' })]).state).toEqual({
      state: 'queued',
      reason: 'Priority',
    });
    expect(judged(queued, [sight(started, running)]).state).toEqual({
      state: 'running',
      host: 'node1',
      startedAt: 1000,
    });
  });

  it('is its exit status, whatever the queue says or does not say', () => {
    const done = { state: 'done', exitStatus: 0, host: 'node1', startedAt: 1000, endedAt: 5000 };
    const gone: JobState = { state: 'lost', word: 'gone', reason: 'its process is gone' };
    for (const inQueue of [running, gone, undefined, 'deaf'] as const) {
      expect(judged(queued, [sight(exit(0), inQueue)]).state).toEqual(done);
    }
    expect(judged(queued, [sight(exit(3), running)]).state).toMatchObject({ state: 'failed', exitStatus: 3 });
  });

  it('is why it was told to end, where the scheduler knows that', () => {
    const timeout: JobState = { state: 'timeout', word: 'TIMEOUT' };
    expect(judged(running, [sight(exit(143, 'SIGTERM'), timeout)]).state).toMatchObject({
      ...timeout,
      signal: 'SIGTERM',
    });
    expect(judged(running, [sight(exit(3), timeout)]).state.state).toBe('failed');
    const cancelled = { ...exit(143, 'SIGTERM'), cancelled: { at: 1 } };
    expect(judged(running, [sight(cancelled, undefined)]).state.state).toBe('cancelled');
  });

  it('is lost where all who looked have missed it often enough, and for long enough', () => {
    const missing = (times: number, ms: number): Sight => ({ ...sight(submitted, undefined), misses: { times, ms } });
    const states = [missing(2, 9000), missing(3, 4000), missing(3, 5000)].map(
      (one) => judged(queued, [one], 5000).state.state,
    );
    expect(states).toEqual(['queued', 'queued', 'lost']);
  });

  it('is what it was while the queue does not answer', () => {
    const deaf = Array.from({ length: 10 }, () => sight(submitted, 'deaf'));
    expect(judged(queued, deaf)).toEqual(knowing(queued));
    expect(judged(queued, [sight(undefined, 'deaf')]).state).toEqual(queued);
  });

  it('is lost when it was missing three times one after another, and for the whole time of grace', () => {
    const missing = sight(submitted, undefined);
    expect(judged(queued, [missing, missing]).state.state).toBe('queued');
    expect(judged(queued, [missing, missing, missing]).state.state).toBe('lost');
    expect(judged(queued, [missing, missing, missing, missing], 4000).state.state).toBe('queued');
    expect(judged(queued, [missing, missing, missing, missing, missing], 4000).state.state).toBe('lost');
    const seenBetween = [missing, missing, sight(submitted, queued), missing, missing];
    expect(judged(queued, seenBetween).state.state).toBe('queued');
    const deafBetween = [missing, missing, sight(submitted, 'deaf'), missing];
    expect(judged(queued, deafBetween).state.state).toBe('lost');
  });

  it('is cancelled when it was to be, and is missing', () => {
    const cancelled = { ...started, cancelled: { at: 1 } };
    expect(judged(running, [sight(cancelled, undefined)]).state.state).toBe('cancelled');
    // Grid Engine kills what it ends, and accounts for a failure.
    expect(judged(running, [sight(cancelled, { state: 'failed', signal: 'SIGKILL' })]).state.state).toBe('cancelled');
  });

  it('is what its exit status says where it ended by itself, though it was to be cancelled', () => {
    const cancelled = { cancelled: { at: 6000 } };
    expect(judged(running, [sight({ ...exit(0), cancelled: { at: 1 } }, running)]).state.state).toBe('done');
    expect(judged(running, [sight({ ...exit(0), ...cancelled }, running)]).state.state).toBe('done');
    expect(judged(running, [sight({ ...exit(3), ...cancelled }, running)]).state.state).toBe('failed');
    // Programs that are told to end do so as they like: Slurm tells the command before its script.
    expect(judged(running, [sight({ ...exit(3), cancelled: { at: 5000 } }, running)]).state.state).toBe('cancelled');
    const byWord: JobState = { state: 'cancelled', word: 'CANCELLED' };
    expect(judged(running, [sight({ ...exit(3), ...cancelled }, byWord)]).state.state).toBe('cancelled');
    const accounted: JobState = { state: 'failed', exitStatus: 3 };
    expect(judged(running, [sight({ ...started, ...cancelled }, accounted)]).state.state).toBe('failed');
  });

  it('waits for the word of who is ending it, and does without where there is none', () => {
    const gone: JobState = { state: 'lost', word: 'gone' };
    const killed: JobState = { state: 'failed', signal: 'SIGKILL' };
    for (const record of [started, exit(143, 'SIGTERM')]) {
      for (const inQueue of [gone, killed, undefined]) {
        const ending = sight({ ...record, cancelling: true }, inQueue);
        expect(judged(running, [ending, ending, ending]).state.state).toBe('running');
        const done = sight({ ...record, cancelled: { at: 1 } }, inQueue);
        expect(judged(running, [ending, done]).state.state).toBe('cancelled');
      }
    }
    expect(judged(running, [sight({ ...exit(3), cancelling: true }, running)]).state.state).toBe('failed');
    expect(judged(running, [sight(exit(143, 'SIGTERM'), undefined)]).state.state).toBe('failed');
  });

  it('is over by its time where that is on record, however much of it is left', () => {
    const timedOut = { at: 4000 };
    const gone: JobState = { state: 'lost', word: 'gone', reason: 'its process is gone' };
    const timeout = { state: 'timeout', reason: 'its walltime was up' };
    for (const inQueue of [gone, undefined]) {
      expect(judged(running, [sight({ ...started, timedOut }, inQueue)]).state).toMatchObject(timeout);
    }
    for (const inQueue of [running, gone, 'deaf'] as const) {
      const told = { ...exit(143, 'SIGTERM'), timedOut };
      expect(judged(running, [sight(told, inQueue)]).state).toMatchObject({ ...timeout, exitStatus: 143 });
      expect(judged(running, [sight({ ...told, cancelled: timedOut }, inQueue)]).state).toMatchObject(timeout);
      const before = { ...told, cancelled: { at: 3000 } };
      expect(judged(running, [sight(before, inQueue)]).state.state).toBe('cancelled');
      expect(judged(running, [sight({ ...exit(0), timedOut }, inQueue)]).state.state).toBe('done');
      expect(judged(running, [sight({ ...exit(3), timedOut }, inQueue)]).state.state).toBe('failed');
    }
    expect(judged(running, [sight({ ...started, timedOut }, running)]).state.state).toBe('running');
  });

  it('goes back to the queue where the scheduler puts it back', () => {
    expect(judged(running, [sight(started, queued)]).state).toEqual(queued);
    expect(judged(running, [sight(exit(143, 'SIGTERM'), queued)]).state).toEqual(queued);
  });

  it('is not over where its run was told to end, until the scheduler has it no more', () => {
    const told = exit(143, 'SIGTERM');
    const completing = { state: 'running', word: 'COMPLETING' } as const;
    expect(judged(running, [sight(told, completing)]).state.state).toBe('running');
    expect(judged(running, [sight(told, 'deaf')]).state.state).toBe('running');
    const later = [sight(told, completing), sight(told, { state: 'timeout', word: 'TIMEOUT' })];
    expect(judged(running, later).state).toMatchObject({ state: 'timeout', word: 'TIMEOUT' });
    expect(judged(running, [sight(told, undefined)]).state).toMatchObject({ state: 'failed', signal: 'SIGTERM' });
  });

  it('is how far the submission has come, while the scheduler has no part in it', () => {
    const record = (more: Partial<FarRecord>): Sight => sight({ missing: false, ready: true, ...more }, 'deaf');
    const lock = { owner, alive: true, begun: true };
    expect(judged(queued, [record({})]).state.state).toBe('staged');
    expect(judged(queued, [record({ lock })]).state.state).toBe('submitting');
    expect(judged(queued, [record({ lock: { ...lock, alive: false } })]).state.state).toBe('submit-unknown');
    const submit = { status: 1, stdout: '', stderr: 'note\nSocket timed out\n' };
    expect(judged(queued, [record({ lock, submit })]).state).toEqual({
      state: 'submit-unknown',
      reason: 'Socket timed out',
    });
    expect(judged(queued, [record({ ready: false })]).state.state).toBe('unknown');
  });

  it('is nothing new where it is over, or where its record could not be read', () => {
    expect(judged({ state: 'failed' }, [sight(submitted, running)]).state.state).toBe('failed');
    const trouble: FarRecord = { missing: false, ready: false, trouble: 'exit: it could not be read' };
    expect(judged(running, [sight(trouble, 'deaf')]).state).toEqual(running);
  });
});
