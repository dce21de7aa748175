import { expect, it } from 'vitest';
import { JobProgress } from '../../../../src/cli/job/job-progress.js';
import { diagnostics } from '../../../../src/core/diagnostics.js';

it('knows what is being done, for which job, and over which session', () => {
  using progress = new JobProgress();
  const { job } = diagnostics;
  expect([progress.words, progress.key, progress.session('hpc')]).toEqual(['', undefined, undefined]);
  job.publish({ step: 'intent', machine: 'hpc', key: 'si-1' });
  job.publish({ step: 'session', machine: 'hpc', detail: 'created me@hpc:22\u001b' });
  job.publish({ step: 'session', machine: 'hpc', detail: 'reused me@hpc:22' });
  job.publish({ step: 'searching', machine: 'hpc', key: 'si-1' });
  job.publish({ step: 'state', machine: 'hpc', key: 'si-1', detail: 'queued' });
  expect([progress.words, progress.key, progress.session('hpc')]).toEqual([
    'no answer: looking into the queue',
    'si-1',
    'created me@hpc:22\\x1b',
  ]);
  expect(progress.silence('hpc')).toBeUndefined();
});

it('hears nothing any more once it is disposed', () => {
  const progress = new JobProgress();
  progress[Symbol.dispose]();
  diagnostics.job.publish({ step: 'staged', machine: 'hpc', key: 'si-1' });
  expect(progress.words).toBe('');
});
