import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { sge } from '../../../../src/jobs/kinds/sge.js';
import { answered, failed, QSTAT, QSTAT_J, qacct, queued } from './answers.js';

function jobsOf(answer: ReturnType<typeof sge.readQueue> | undefined): Record<string, unknown> {
  if (answer === undefined || 'failed' in answer) throw new Error(`no jobs: ${JSON.stringify(answer)}`);
  return Object.fromEntries(answer.jobs);
}

describe("Grid Engine's directives", () => {
  it('say what the job asks for, and nothing of what it does not', () => {
    expect(sge.directives(queued())).toEqual([]);
    const resources = {
      nodes: 2,
      tasksPerNode: 4,
      cpusPerTask: 2,
      parallelEnvironment: 'mpi',
      memory: '4G',
      gpus: 1,
      queue: 'all.q@@fast',
      account: 'acme',
    };
    expect(sge.directives(queued({ resources, walltime: 1500 }))).toEqual([
      '#$ -pe mpi 16',
      '#$ -l h_rt=2',
      '#$ -l mem_free=4G',
      '#$ -l gpu=1',
      '#$ -q all.q@@fast',
      '#$ -A acme',
    ]);
  });

  it('refuse what Grid Engine cannot be told', () => {
    expect(() => sge.directives(queued({ resources: { tasks: 2 } }))).toThrow('resources.parallelEnvironment');
    expect(() => sge.directives(queued({ resources: { qos: 'high' } }))).toThrow('resources.qos');
    expect(() => sge.directives(queued({ resources: { queue: 'a b' } }))).toThrow(OptionError);
  });
});

describe("Grid Engine's submit line", () => {
  it.each([
    ['relax', 'relax'],
    ['1st', '_1st'],
    ["it's <b>/50%:@\\*?", 'it_s_b_50_'],
    ['-sync', '_-sync'],
    ['ü', '_'],
    ['x'.repeat(300), 'x'.repeat(64)],
  ])('makes a name of %s that Grid Engine takes', (name, made) => {
    expect(sge.submitLine(queued({ name }))).toContain(` -N ${made} `);
  });

  it.each([
    [undefined, '/bin/sh'],
    ['#!/bin/bash', '/bin/bash'],
    ['#! /bin/bash -l', '/bin/bash'],
    ['#!/usr/bin/env bash', '"$(command -v bash)"'],
  ])('has %s read the script', (shebang, interpreter) => {
    expect(sge.submitLine(queued({ shebang }))).toContain(` -S ${interpreter} .hawser/relax-0123456789/script`);
  });

  it.each([
    '-t',
    '-b',
    '-sync',
    '-now',
    '-N',
    '-o',
    '-wd',
    '-C',
  ])('refuses %s, which is not for others to say', (word) => {
    const submitLine = (): unknown => sge.submitLine(queued({ resources: { extra: ['-R', 'y', word, '1'] } }));
    expect(submitLine).toThrow(OptionError);
    expect(submitLine).toThrow('resources.extra');
  });

  it('waits for other jobs', () => {
    expect(sge.submitLine(queued({ after: ['3', '4'] }))).toContain(' -hold_jid 3,4 ');
    expect(() => sge.submitLine(queued({ after: ['*'] }))).toThrow(OptionError);
  });
});

describe('an answer of qsub', () => {
  it.each([
    ['3\n', '3'],
    ['4.1-3:1\n', '4'],
    ['Welcome\n3\n', '3'],
  ])('%j has the id', (stdout, id) => {
    expect(sge.readSubmit(answered(stdout))).toEqual({ id });
  });

  it.each([
    failed('Unable to run job: job rejected: only 2 jobs are allowed per user (current job count: 2)\nExiting.', 25),
    failed('Unable to run job: job rejected: only 2 jobs are allowed per cluster (current job count: 2)\nExiting.'),
  ])('%j: it is tried again later', (answer) => {
    expect(sge.readSubmit(answer)).toEqual({ refused: expect.any(String), again: true });
  });

  it.each<[string, number?]>([
    ['Unable to run job: Job was rejected because job requests unknown queue "nope.q"\nExiting.'],
    ['Unable to run job: job rejected: the requested parallel environment "mpi" does not exist\nExiting.'],
    ['Unable to run job: unknown resource "nosuch"\nExiting.'],
    ['Unable to run job: attribute "h_rt" is not a time value\nExiting.'],
    ['Unable to run job: denied: host "login" is no submit host\nExiting.'],
    ['Unable to run job: error: no suitable queues\nExiting.'],
    ['qsub: invalid option argument "-nosuch"', 2],
    ['Unable to read script file because of error: error opening nofile.sh: No such file or directory', 14],
    ['Unable to initialize environment because of error: Cannot get connection to qmaster'],
    ['sh: 1: qsub: not found', 127],
    ['sh: 1: cannot create .hawser/x/output: No space left on device', 73],
  ])('%s: it is refused', (stderr, status) => {
    expect(sge.readSubmit(failed(stderr, status))).toEqual({ refused: expect.any(String), again: false });
  });

  it.each([
    failed('Unable to run job: Error reading answer list from qmaster\nExiting.'),
    failed('Unable to run job: unable to send message to qmaster using port 6444 on host "gehost": got send error.'),
    answered('3\n', { status: 1 }),
    answered('', { status: null }),
    answered(''),
  ])('%j does not tell what became of the job', (answer) => {
    expect(sge.readSubmit(answer)).toEqual({ unclear: expect.stringMatching(/./) });
  });
});

describe('what qstat said', () => {
  it('tells the state of each job, and leaves those away that have ended', () => {
    expect(jobsOf(sge.readQueue(answered(QSTAT)))).toEqual({
      4: { state: 'running', word: 'r', host: 'gehost', startedAt: Date.UTC(2026, 10, 22, 17, 11, 16) },
      '4.2': expect.objectContaining({ state: 'running' }),
      6: { state: 'queued', word: 'hqw', reason: 'it is held', queuedAt: Date.UTC(2026, 10, 22, 17, 11, 16) },
      7: expect.objectContaining({
        state: 'queued',
        word: 'Eqw',
        reason: expect.stringContaining('could not be started'),
      }),
    });
  });

  it.each([
    ['qw', 'queued'],
    ['hqw', 'queued'],
    ['hRwq', 'queued'],
    ['Eqw', 'queued'],
    ['dqw', 'queued'],
    ['r', 'running'],
    ['t', 'running'],
    ['dr', 'running'],
    ['hr', 'running'],
    ['Rr', 'running'],
    ['s', 'running'],
    ['S', 'running'],
    ['T', 'running'],
    ['d', 'unknown'],
    ['x', 'unknown'],
    ['done', 'unknown'],
  ])('%s is %s, and the letters are kept', (letters, state) => {
    const stdout = QSTAT.replace('<state>r</state>', `<state>${letters}</state>`);
    expect(jobsOf(sge.readQueue(answered(stdout)))).toMatchObject({ 4: { state, word: letters } });
  });

  it.each([
    failed('error: commlib error: got select error (Connection refused)'),
    answered(''),
    answered('Welcome'),
    answered(QSTAT.slice(0, -20)),
    answered(QSTAT.replace('<JB_name>arr</JB_name>', '<JB_name>a<b</JB_name>')),
    answered(QSTAT.replace('<JB_job_number>4</JB_job_number>', '')),
    answered(QSTAT.replace('<JB_name>arr</JB_name>', '<JB_job_number>5</JB_job_number>')),
  ])('says nothing at all where a part of it is strange', (answer) => {
    expect(sge.readQueue(answer)).toEqual({ failed: expect.any(String) });
  });

  it('may have something of the cluster before it', () => {
    expect(jobsOf(sge.readQueue(answered(`Welcome\n${QSTAT}`)))).toHaveProperty('4');
  });

  it('finds jobs by their context', () => {
    expect(sge.readFind(answered(QSTAT_J), 'hawser-0123456789-1')).toEqual({ ids: ['8'] });
    expect(sge.readFind(failed('Following jobs do not exist: \n*'), 'x')).toEqual({ ids: [] });
    expect(sge.readFind(failed('error: got select error'), 'x')).toEqual({ failed: 'error: got select error' });
  });
});

describe('what qacct said', () => {
  it('tells how a job ended', () => {
    const stdout = [
      qacct(1),
      qacct(2, { exit_status: '3                   ' }),
      qacct(3, { failed: '100 : assumedly after job', exit_status: '143                  (Terminated)' }),
      qacct(4, {
        failed: '37  : qmaster enforced h_rt, h_cpu, or h_vmem limit',
        exit_status: '137                  (Killed)',
        ru_wallclock: '61s',
      }),
      qacct(5, { failed: '28  : changing into working directory', start_time: '-/-', end_time: '-/-' }),
      qacct(6, { failed: '25  : rescheduling' }),
      qacct(7, { taskid: '1' }),
      qacct(7, { taskid: '2', exit_status: '1' }),
      qacct(8, { start_time: '-/-', end_time: '-/-' }),
    ].join('');
    expect(jobsOf(sge.readHistory?.(answered(stdout, { stderr: 'error: job id 99 not found\n', status: 1 })))).toEqual({
      1: {
        state: 'done',
        exitStatus: 0,
        host: 'gehost',
        queuedAt: Date.UTC(2026, 10, 22, 17, 11, 16),
        startedAt: Date.UTC(2026, 10, 22, 17, 11, 17),
        endedAt: Date.UTC(2026, 10, 22, 17, 11, 19),
      },
      2: expect.objectContaining({ state: 'failed', exitStatus: 3 }),
      3: expect.objectContaining({ state: 'failed', signal: 'SIGTERM', reason: 'assumedly after job' }),
      4: expect.objectContaining({ state: 'timeout', signal: 'SIGKILL' }),
      5: expect.objectContaining({ state: 'failed', reason: 'changing into working directory' }),
      7: expect.objectContaining({ state: 'failed', exitStatus: 1 }),
      '7.1': expect.objectContaining({ state: 'done' }),
      '7.2': expect.objectContaining({ state: 'failed' }),
      8: expect.objectContaining({ state: 'failed' }),
    });
  });

  it('counts the last of several runs', () => {
    const stdout = `${qacct(1, { failed: '25  : rescheduling' })}${qacct(1)}`;
    expect(jobsOf(sge.readHistory?.(answered(stdout)))).toMatchObject({ 1: { state: 'done' } });
    const again = `${qacct(1)}${qacct(1, { failed: '25  : rescheduling' })}`;
    expect(jobsOf(sge.readHistory?.(answered(again)))).toEqual({});
  });

  it('knows nothing where there is no accounting yet, and says where it could not be read', () => {
    const none =
      '/var/lib/gridengine/default/common/accounting: No such file or directory\nno jobs running since startup';
    expect(jobsOf(sge.readHistory?.(failed(none)))).toEqual({});
    expect(sge.readHistory?.(failed('accounting: Permission denied'))).toEqual({
      failed: 'accounting: Permission denied',
    });
  });
});

describe('cancelling in Grid Engine', () => {
  it('goes well for a job that is over', () => {
    expect(sge.readCancel(answered('hawser1 has deleted job 10'))).toBeUndefined();
    expect(sge.readCancel(answered('denied: job "10" does not exist', { status: 1 }))).toBeUndefined();
  });

  it('tells why it could not be done', () => {
    const denied = 'hawser1 - you do not have the necessary privileges to delete the job "10"';
    expect(sge.readCancel(failed(denied))).toBe(denied);
    expect(sge.cancelLine('4.2')).toBe('qdel 4 -t 2');
    expect(() => sge.cancelLine('-u root')).toThrow(OptionError);
  });
});

describe("Grid Engine's probe", () => {
  it('tells the version where qmaster answers', () => {
    expect(sge.readProbe(answered('SGE 8.1.9\n'))).toEqual({ version: 'SGE 8.1.9' });
    const down = answered('SGE 8.1.9\n', { status: 1, stderr: 'error: unable to contact qmaster' });
    expect(sge.readProbe(down)).toEqual({ missing: 'error: unable to contact qmaster' });
    const missing = answered('sh: 1: qstat: not found\n', { status: 127, stderr: 'sh: 1: qstat: not found' });
    expect(sge.readProbe(missing)).toEqual({ missing: 'sh: 1: qstat: not found' });
  });
});
