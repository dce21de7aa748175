import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { slurm } from '../../../../src/jobs/kinds/slurm.js';
import { answered, failed, queued, SACCT, SCONTROL, SQUEUE } from './answers.js';

function jobsOf(answer: ReturnType<typeof slurm.readQueue> | undefined): Record<string, unknown> {
  if (answer === undefined || 'failed' in answer) throw new Error(`no jobs: ${JSON.stringify(answer)}`);
  return Object.fromEntries(answer.jobs);
}

describe("Slurm's directives", () => {
  it('say what the job asks for, and nothing of what it does not', () => {
    expect(slurm.directives(queued())).toEqual([]);
    const resources = {
      nodes: 2,
      tasks: 8,
      tasksPerNode: 4,
      cpusPerTask: 3,
      memory: '4G',
      gpus: 1,
      queue: 'main,long',
      account: 'acme',
      qos: 'high',
    };
    expect(slurm.directives(queued({ resources, walltime: 93_784_001 }))).toEqual([
      '#SBATCH --nodes=2',
      '#SBATCH --ntasks=8',
      '#SBATCH --ntasks-per-node=4',
      '#SBATCH --cpus-per-task=3',
      '#SBATCH --mem=4G',
      '#SBATCH --gpus=1',
      '#SBATCH --partition=main,long',
      '#SBATCH --account=acme',
      '#SBATCH --qos=high',
      '#SBATCH --time=1-02:03:05',
    ]);
  });

  it.each([
    ['nodes', 0],
    ['tasks', 1.5],
    ['memory', '4 G'],
    ['queue', 'a\n#SBATCH --exclusive'],
    ['account', '--wrap=x'],
    ['qos', ''],
  ])('refuse a strange %s by its name', (field, value) => {
    const directives = (): unknown => slurm.directives(queued({ resources: { [field]: value } }));
    expect(directives).toThrow(OptionError);
    expect(directives).toThrow(`resources.${field}`);
  });

  it('refuse a walltime that is none', () => {
    expect(() => slurm.directives(queued({ walltime: 0 }))).toThrow(OptionError);
  });
});

describe("Slurm's submit line", () => {
  it('quotes names and further options, and lets its own options win', () => {
    const line = slurm.submitLine(
      queued({ name: "it's $(x)", resources: { extra: ['--exclusive', '--mail-user=a b'] } }),
    );
    expect(line).toMatch(/; sbatch --exclusive '--mail-user=a b' --parsable '--job-name=it'\\''s \$\(x\)' /);
    expect(line).toContain("'--comment=hawser-0123456789-1' '--open-mode=append'");
    expect(line).toMatch(/ \.hawser\/relax-0123456789\/script$/);
  });

  it.each([
    '--array=1-3',
    '-a1-3',
    '--wrap',
    '--wait',
    '-W',
    '--test-only',
  ])('refuses %s, which is not one job', (word) => {
    const submitLine = (): unknown => slurm.submitLine(queued({ resources: { extra: ['--exclusive', word] } }));
    expect(submitLine).toThrow(OptionError);
    expect(submitLine).toThrow('resources.extra');
  });

  it.each([
    '--wait-all-nodes=1',
    '-N2',
    '--exclusive',
    '-p',
    'array',
    '--mem=4G',
    '-t1',
    '--hold',
    '-H',
    '--constraint=a',
  ])('takes %s', (word) => {
    expect(slurm.submitLine(queued({ resources: { extra: [word] } }))).toContain(word);
  });

  it('waits for jobs that have to end well', () => {
    expect(slurm.submitLine(queued({ after: ['3', '4_2'] }))).toContain(
      " '--dependency=afterok:3:4_2' '--kill-on-invalid-dep=yes' ",
    );
    expect(() => slurm.submitLine(queued({ after: ['3;rm'] }))).toThrow(OptionError);
  });
});

describe('what squeue said', () => {
  it('tells the state of each job, and of arrays as a whole and by their tasks', () => {
    const jobs = jobsOf(slurm.readQueue(answered(SQUEUE)));
    expect(jobs).toMatchObject({
      1: { state: 'done', word: 'COMPLETED', host: 'node1', queuedAt: 1795368997000, endedAt: 1795368999000 },
      2: { state: 'failed', reason: 'NonZeroExitCode' },
      4: { state: 'cancelled' },
      5: { state: 'failed' },
      '5_1': { state: 'done' },
      6: { state: 'cancelled', reason: 'DependencyNeverSatisfied' },
      7: { state: 'queued', reason: 'BeginTime' },
      9: { state: 'queued', reason: 'JobHeldUser' },
      10: { state: 'running', host: 'node2', startedAt: 1795369000000 },
    });
    expect(jobs[7]).not.toHaveProperty('startedAt'); // squeue guesses when it may start
    expect(jobs[7]).not.toHaveProperty('host');
    expect(jobs[10]).not.toHaveProperty('endedAt');
  });

  it('does not say that an array is done: tasks that have ended may be forgotten already', () => {
    const jobs = jobsOf(slurm.readQueue(answered('5_7|COMPLETED|1|2|3|node1|None\n')));
    expect(jobs).toEqual({ '5_7': expect.objectContaining({ state: 'done' }) });
    expect(jobsOf(slurm.readHistory?.(answered('5_7|COMPLETED|0:0|1|2|3|node1\n')))).toMatchObject({
      5: { state: 'done' },
    });
  });

  it.each([
    ['PENDING', 'queued'],
    ['CONFIGURING', 'queued'],
    ['REQUEUED', 'queued'],
    ['REQUEUE_HOLD', 'queued'],
    ['REQUEUE_FED', 'queued'],
    ['SPECIAL_EXIT', 'queued'],
    ['RESV_DEL_HOLD', 'queued'],
    ['RUNNING', 'running'],
    ['COMPLETING', 'running'],
    ['SUSPENDED', 'running'],
    ['STOPPED', 'running'],
    ['SIGNALING', 'running'],
    ['STAGE_OUT', 'running'],
    ['RESIZING', 'running'],
    ['COMPLETED', 'done'],
    ['FAILED', 'failed'],
    ['NODE_FAIL', 'failed'],
    ['BOOT_FAIL', 'failed'],
    ['OUT_OF_MEMORY', 'failed'],
    ['PREEMPTED', 'failed'],
    ['CANCELLED', 'cancelled'],
    ['TIMEOUT', 'timeout'],
    ['DEADLINE', 'timeout'],
    ['REVOKED', 'unknown'],
    ['SOMETHING_NEW', 'unknown'],
    ['constructor', 'unknown'],
  ])('%s is %s, and the word is kept', (word, state) => {
    expect(jobsOf(slurm.readQueue(answered(`7|${word}|1|2|3|node1|None\n`)))).toMatchObject({ 7: { state, word } });
  });

  it.each([
    failed('slurm_load_jobs error: Unable to contact slurm controller (connect failure)'),
    answered(SQUEUE, { status: null }),
    answered(`Welcome to the cluster!\n${SQUEUE}`),
    answered(`${SQUEUE}11|RUN`),
  ])('says nothing at all where a part of it is strange', (answer) => {
    expect(slurm.readQueue(answer)).toEqual({ failed: expect.any(String) });
  });

  it('is an empty queue where it is empty', () => {
    expect(jobsOf(slurm.readQueue(answered('CLUSTER: hawser\n\n')))).toEqual({});
  });

  it('finds jobs by their comment, whatever stands around the token', () => {
    const stdout = '3|hawser-0123456789-1\n4|site:hawser-0123456789-1|x\n5|hawser-0123456789-10\n6|(null)\n7_[1-2]|\n';
    expect(slurm.readFind(answered(stdout), 'hawser-0123456789-1')).toEqual({ ids: ['3', '4'] });
    expect(slurm.readFind(failed('Socket timed out'), 'x')).toEqual({ failed: 'Socket timed out' });
  });
});

describe('what Slurm remembers', () => {
  it('is told by sacct, with status and signal', () => {
    expect(jobsOf(slurm.readHistory?.(answered(SACCT)))).toMatchObject({
      1: { state: 'done', exitStatus: 0, host: 'node1' },
      2: { state: 'failed', exitStatus: 3 },
      3: { state: 'failed', signal: 'SIGSEGV' },
      4: { state: 'cancelled', word: 'CANCELLED by 1001' },
      5: { state: 'failed', exitStatus: 1 },
      9: { state: 'queued' },
    });
  });

  it('is no success where sacct has another status than 0 for it', () => {
    expect(jobsOf(slurm.readHistory?.(answered('1|COMPLETED|1:0|1|2|3|node1\n')))).toMatchObject({
      1: { state: 'failed', exitStatus: 1 },
    });
  });

  it('is told by scontrol where there is no accounting, and no name of a job can say otherwise', () => {
    const stderr = 'Slurm accounting storage is disabled\nslurm_load_jobs error: Invalid job id specified\n';
    expect(jobsOf(slurm.readHistory?.(answered(SCONTROL, { stderr, status: 1 })))).toEqual({
      3: {
        state: 'cancelled',
        word: 'CANCELLED',
        signal: 'SIGTERM',
        host: 'node1',
        queuedAt: 1795304466000,
        startedAt: 1795304467000,
        endedAt: 1795304468000,
      },
      1: expect.objectContaining({ state: 'done', exitStatus: 0 }),
    });
  });

  it('says nothing where the accounting or slurmctld was not reached', () => {
    const stderr = 'sacct: error: slurm_persist_conn_open: failed to open persistent connection to host:db:6819\n';
    expect(slurm.readHistory?.(answered('scontrol:\n', { stderr, status: 1 }))).toEqual({ failed: stderr.trim() });
    expect(slurm.readHistory?.(answered(SACCT, { status: null }))).toEqual({ failed: expect.any(String) });
  });

  it('is not asked for what is no id', () => {
    expect(slurm.historyLine?.(['$(x)', ''])).toBe(':');
    expect(slurm.historyLine?.(['$(x)', '4_1'])).toContain('-j 4_1 ');
  });
});

describe('cancelling in Slurm', () => {
  it('goes well for a job that is over', () => {
    expect(slurm.readCancel(answered(''))).toBeUndefined();
    const over = 'scancel: error: Kill job error on job id 1: Job/step already completing or completed';
    expect(slurm.readCancel(failed(over))).toBeUndefined();
  });

  it('tells why it could not be done', () => {
    const down = 'scancel: error: Kill job error on job id 1: Unable to contact slurm controller (connect failure)';
    expect(slurm.readCancel(failed(down, 8))).toBe(down);
    expect(() => slurm.cancelLine('-u root')).toThrow(OptionError);
  });
});

describe("Slurm's probe", () => {
  it('tells the version where slurmctld answers', () => {
    const up = answered('slurm-wlm 22.05.8\nSlurmctld(primary) at vm is UP\n');
    expect(slurm.readProbe(up)).toEqual({ version: 'slurm-wlm 22.05.8' });
    const down = answered('slurm-wlm 22.05.8\nSlurmctld(primary) at vm is DOWN\n', { status: 1 });
    expect(slurm.readProbe(down)).toEqual({ missing: 'slurm-wlm 22.05.8 / Slurmctld(primary) at vm is DOWN' });
    expect(slurm.readProbe(failed('sh: 1: sbatch: not found', 127))).toEqual({ missing: 'sh: 1: sbatch: not found' });
  });
});
