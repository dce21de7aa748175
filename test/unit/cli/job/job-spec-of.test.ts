import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defineJob } from '../../../../src/cli/job/define-job.js';
import type { SubmitFlags } from '../../../../src/cli/job/job-flags.js';
import { jobSpecOf } from '../../../../src/cli/job/job-spec-of.js';
import { entriesNamed } from '../../../../src/cli/job/journal-jobs.js';
import { makeProgram } from '../../../../src/cli/program.js';
import type { JobSpec } from '../../../../src/jobs/job-spec.js';
import type { JournalEntry } from '../../../../src/jobs/journal.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-cli-job-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** The flags that words mean; what commander refuses is thrown. */
async function flagsOf(...words: readonly string[]): Promise<SubmitFlags> {
  let seen: SubmitFlags | undefined;
  const program = new Command('hawser').exitOverride().configureOutput({ writeErr: () => {} });
  defineJob(program, async (flags) => {
    seen = { ...flags };
  });
  await program.parseAsync(['job', 'submit', 'hpc', ...words, '--', 'true'], { from: 'user' });
  if (seen === undefined) throw new Error('No flags were read.');
  return seen;
}

async function specOf(...words: readonly string[]): Promise<JobSpec> {
  return jobSpecOf(['pw.x', '-in', 'si.in'], await flagsOf(...words), { OMP: '4' });
}

it('reads all that a job is from flags and words', async () => {
  const resources = '--nodes 2 --tasks 64 --tasks-per-node 32 --cpus 2 --memory 4G --gpus 1 --queue q --account a';
  const words = ['--name', 'si', '--directory', 'si/relax', ...resources.split(' '), '--time', '1-12:00:00'];
  const more = [
    '--output',
    '*.out',
    '--output',
    'x/**',
    '--key',
    'k',
    '--env',
    'A=b=c',
    '--env',
    'OMP',
    '--after',
    '1',
  ];
  expect(await specOf(...words, ...more, '--option=--exclusive')).toEqual({
    name: 'si',
    directory: 'si/relax',
    command: 'pw.x -in si.in',
    outputs: ['*.out', 'x/**'],
    key: 'k',
    env: { A: 'b=c', OMP: '4' },
    after: ['1'],
    walltime: 129_600_000,
    resources: {
      nodes: 2,
      tasks: 64,
      tasksPerNode: 32,
      cpusPerTask: 2,
      memory: '4G',
      gpus: 1,
      queue: 'q',
      account: 'a',
      extra: ['--exclusive'],
    },
  });
});

it('takes the name for the directory, and the end of the directory for the name', async () => {
  expect(await specOf('--name', 'si')).toMatchObject({ name: 'si', directory: 'si' });
  expect(await specOf('--directory', 'si/relax/')).toMatchObject({ name: 'relax', directory: 'si/relax/' });
  await expect(specOf()).rejects.toThrow('--name NAME, --directory PATH, or both');
});

it('puts inputs under their own names, or those that they are given', async () => {
  const here = (name: string): string => join(directory, name);
  const [file, tree] = [here('a=b.in'), here('tree')];
  await Promise.all([file, here('si.in')].map((path) => writeFile(path, '')));
  await mkdir(tree);
  const words = ['--input', here('si.in'), '--input', `${tree}/=data/tree`, '--input', file];
  expect(await specOf('--name', 'x', ...words)).toMatchObject({
    inputs: { 'si.in': { local: here('si.in') }, 'data/tree': { local: tree }, 'a=b.in': { local: file } },
  });
  await expect(specOf('--name', 'x', ...words, '--input', `${tree}=si.in`)).rejects.toThrow('"si.in" twice');
  await expect(specOf('--name', 'x', '--input', here('none'))).rejects.toThrow(/^There is no ".*none" here/);
  for (const bad of ['=x', 'x=', '..'])
    await expect(specOf('--name', 'x', '--input', bad)).rejects.toThrow('PATH=NAME');
});

it('refuses times that could be meant in two ways, and what is no number', async () => {
  await expect(flagsOf('--name', 'x', '--time', '30')).rejects.toThrow('such as 90m');
  await expect(flagsOf('--name', 'x', '--nodes', '0')).rejects.toThrow('of 1 or more');
});

it('finds what was submitted from here by key, directory and id, and a process by its number', () => {
  const entry = (more: Partial<JournalEntry>): JournalEntry => ({
    ...{ v: 1, key: 'k', name: 'n', directory: 'd', machine: 'hpc', place: 'p', token: 't', attempt: 1 },
    ...{ step: 'submitted', at: 1, ...more },
  });
  const process = '4711:642:9d38c553:vm';
  const entries = [entry({ key: 'a', directory: 'x/y', id: '1' }), entry({ key: '1', id: process })];
  const found = (name: string): string[] => entriesNamed(name, entries).map(({ key }) => key);
  expect(found('a')).toEqual(['a']);
  expect(found('x//y/')).toEqual(['a']);
  expect(found('4711')).toEqual(['1']);
  expect(found(process)).toEqual(['1']);
  expect(found('1')).toEqual(['1']);
  expect(found('2')).toEqual([]);
});

it('has all of its options on one screen of help', async () => {
  const program = await makeProgram(async () => {}, 'job');
  const submit = program.commands.find((one) => one.name() === 'job')?.commands.find((one) => one.name() === 'submit');
  const seen: string[] = [];
  submit?.configureOutput({ writeOut: (text) => seen.push(text) }).outputHelp();
  const lines = seen.join('').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(40);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  const words = seen.join('').split(/[\s,]+/);
  const shown = submit?.options.filter(({ hidden }) => !hidden).map(({ long }) => long);
  expect(words).toEqual(expect.arrayContaining(shown ?? []));
  expect(shown).toHaveLength(25);
});
