import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { directCancel, parseDirectCancelled } from '../../../../src/remote/batch/direct-cancel.js';
import { parseDirectId } from '../../../../src/remote/batch/direct-id.js';
import { directFind, directQuery, parseDirectQuery } from '../../../../src/remote/batch/direct-query.js';
import { directSubmit } from '../../../../src/remote/batch/direct-start.js';
import { WATCH } from '../../../../src/remote/batch/direct-watch.js';
import { jobScript } from '../../../../src/remote/batch/job-script.js';
import { parseRecords } from '../../../../src/remote/batch/parse-records.js';
import { readRecords } from '../../../../src/remote/batch/read-records.js';
import { remoteProcesses } from '../../../rigs/leaks.js';
import { waitUntil } from '../../../rigs/wait-until.js';
import { runShell, SHELLS } from './shells.js';

const RECORD = ' -r\n\'"c';
let base: string;
let count = 0;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'hawser-direct-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe.each(SHELLS)('jobs without a scheduler in %s', (_name, ...shell) => {
  const begun: string[] = [];
  afterEach(async () => {
    for (const id of begun.splice(0)) await runShell(shell, directCancel(id, { grace: 0 }), base);
  });

  /** Starts a job, and gives its id and a reader of its record. */
  async function start(
    command: string,
    o: { shebang?: string; token?: string; limit?: number; after?: ReadonlyMap<string, string> } = {},
  ) {
    const directory = join(base, `d${count++}`);
    // As it is by the time that a job is submitted.
    mkdirSync(join(directory, RECORD, 'submit.lock'), { recursive: true });
    const token = o.token ?? `hawser-${process.pid}-${count}`;
    mkdirSync(join(directory, RECORD), { recursive: true });
    const script = jobScript({ directives: [], record: RECORD, token, idVariable: undefined, command, after: o.after });
    writeFileSync(
      join(directory, RECORD, 'script'),
      o.shebang === undefined ? script : script.replace('#!/bin/sh', o.shebang),
    );
    const ran = await runShell(
      shell,
      directSubmit({ record: RECORD, token, limit: o.limit, after: o.after }),
      directory,
    );
    const id = ran.stdout.trim();
    if (id !== '') begun.push(id);
    const read = (name: string): string => {
      try {
        return readFileSync(join(directory, RECORD, name), 'utf8');
      } catch {
        return '';
      }
    };
    return { ...ran, id, token, read, directory };
  }

  const query = async (...ids: string[]) => parseDirectQuery((await runShell(shell, directQuery(ids), base)).stdout);
  const cancel = async (id: string, grace = 5000) =>
    parseDirectCancelled((await runShell(shell, directCancel(id, { grace }), base)).stdout);

  it('gives an id at once, keeps the output, and is known to itself by the same id', async () => {
    const job = await start('echo hello; exit 3');
    expect(job).toMatchObject({ status: 0, stderr: '' });
    await waitUntil('the exit status', () => job.read('exit') !== '');
    expect(job.read('exit')).toMatch(/^3 /);
    expect(job.read('output')).toBe('hello\n');
    expect(job.read('started').trim().split(' ')[5]).toBe(job.id);
    await waitUntil('the end', async () => (await query(job.id)).get(job.id) === 'gone');
    expect(await cancel(job.id)).toBe('gone');
  });

  it('tells many apart, and takes no other process, boot or node for the job', async () => {
    const job = await start('sleep 60');
    const { pid, start: began, boot, host } = parseDirectId(job.id) ?? { pid: 0, start: '', boot: '', host: '' };
    const reused = `${pid}:${began}9:${boot}:${host}`;
    const earlier = `${pid}:${began}:0-0:${host}`;
    const other = `${pid}:${began}:${boot}:other.example`;
    const unsure = `${pid}:-:${boot}:${host}`;
    expect(await query(job.id, reused, earlier, other, unsure, 'no id', 'x; echo no:1:2:3')).toEqual(
      new Map([
        [job.id, 'running'],
        [reused, 'gone'],
        [earlier, 'gone'],
        [other, 'elsewhere'],
        [unsure, 'unclear'],
      ]),
    );
    expect(await cancel(reused)).toBe('gone');
    expect(await cancel(earlier)).toBe('gone');
    expect(await cancel(other)).toBe('elsewhere');
    expect(await cancel(unsure)).toBe('unclear');
    expect((await query(job.id)).get(job.id)).toBe('running');
  });

  it('ends with its whole group, and leaves a status', async () => {
    const job = await start('sleep 60 & sleep 60');
    await waitUntil('the start', () => job.read('run.lock/step').startsWith('command'));
    expect(await cancel(job.id)).toBe('ended');
    expect(job.read('exit')).toMatch(/^143 \d+ TERM/);
    expect((await query(job.id)).get(job.id)).toBe('gone');
  });

  it('ends what does not listen, and what has left its session', async () => {
    const job = await start('trap "" TERM; (exec setsid sleep 60 &); echo up; while :; do sleep 1; done');
    await waitUntil('the start', () => job.read('output') === 'up\n');
    expect(await cancel(job.id, 200)).toBe('killed');
    expect((await query(job.id)).get(job.id)).toBe('gone');
  });

  it('still runs while anything of it does, and is ended then too', async () => {
    const job = await start('echo up; kill -9 $$; sleep 60');
    await waitUntil('the start', () => job.read('output').includes('up\n'));
    const { pid } = parseDirectId(job.id) ?? { pid: 0 };
    await waitUntil('the end of the script', () => {
      try {
        return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
      } catch {
        return true;
      }
    });
    expect((await query(job.id)).get(job.id)).toBe('running');
    expect(await cancel(job.id)).toBe('ended');
    expect((await query(job.id)).get(job.id)).toBe('gone');
    expect(job.read('exit')).toBe('');
  });

  it('is found by its token', async () => {
    const job = await start('sleep 60');
    expect((await runShell(shell, directFind(job.token), base)).stdout).toBe(`${job.id}\n`);
    expect((await runShell(shell, directFind(job.token.slice(0, -1)), base)).stdout).toBe('');
  });

  it('waits for those that it comes after, can be found and ended meanwhile, and runs if they ended well', async () => {
    const go = join(base, `go${count}`);
    const wait = `until [ -e '${go}' ]; do sleep 0.05; done`;
    const [well, badly] = await Promise.all([start(`${wait}; echo first >>'${go}.ran'`), start(`${wait}; exit 3`)]);
    const recordOf = ({ id, directory }: typeof well) => [id, join(directory, RECORD)] as const;
    const run = `echo second >>'${go}.ran'`;
    const next = await start(run, { after: new Map([recordOf(well)]), limit: 1000 });
    const never = await start(run, { after: new Map([recordOf(well), recordOf(badly)]) });
    const ended = await start(run, { after: new Map([recordOf(well)]) });
    await waitUntil('who waits', async () =>
      [...(await query(next.id, never.id, ended.id)).values()].every((one) => one === 'waiting'),
    );
    expect((await query(well.id)).get(well.id)).toBe('running');
    expect((await runShell(shell, directFind(next.token), base)).stdout).toBe(`${next.id}\n`);
    expect(await cancel(ended.id)).toBe('ended');
    expect(next.read('started')).toBe('');
    // Its time does not begin before it does.
    expect(await remoteProcesses(next.id)).toEqual([]);
    writeFileSync(go, '');
    await waitUntil('the end of both', () => next.read('exit') !== '' && never.read('exit') !== '');
    expect([next, never, ended].map(({ read }) => read('exit').split(' ')[0])).toEqual(['0', '1', '']);
    expect(readFileSync(`${go}.ran`, 'utf8')).toBe('first\nsecond\n');
    expect(next.read('started').trim().split(' ')[5]).toBe(next.id);
    expect(never.read('output')).toContain(
      `the job ${badly.id}, which was to end well before this one, ended with status 3`,
    );
  });

  it('is ended when its time is up, as a whole and alone, which is on record before', async () => {
    const jobs = await Promise.all([
      start('(exec setsid sleep 60 &); sleep 60'),
      start('trap "" TERM; while :; do sleep 1; done'),
      start('kill -9 $$; sleep 60'),
    ]);
    const other = await start('sleep 60');
    for (const { read } of jobs) await waitUntil('the start', () => read('run.lock/step').startsWith('command'));
    const watch = (id: string, directory: string) =>
      runShell([...shell, '-c', WATCH, 'hawser', id, `${directory}/${RECORD}`, '1', '3'], '', base);
    const { pid, start: began, boot, host } = parseDirectId(other.id) ?? { pid: 0, start: '', boot: '', host: '' };
    const watched = await Promise.all([
      ...jobs.map(({ id, directory }) => watch(id, directory)),
      // Of another process, another boot, another node, and of one of which nobody knows when it began.
      ...[`${pid}:${began}9:${boot}:${host}`, `${pid}:${began}:0-0:${host}`].map((id) => watch(id, other.directory)),
      ...[`${pid}:${began}:${boot}:elsewhere`, `${pid}:-:${boot}:${host}`].map((id) => watch(id, other.directory)),
    ]);
    for (const ran of watched) expect(ran).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const ids = jobs.map(({ id }) => id);
    expect(await query(...ids, other.id)).toEqual(
      new Map([...ids.map((id) => [id, 'gone'] as const), [other.id, 'running']]),
    );
    expect(jobs.map(({ read }) => read('exit').split(' ')[0])).toEqual(['143', '', '']);
    for (const { directory, read } of jobs) {
      const told = parseRecords((await runShell(shell, readRecords([RECORD]), directory)).stdout).get(RECORD);
      expect(told?.timedOut?.at).toBe(Number(read('timeout')) * 1000);
      expect(told?.trouble).toBeUndefined();
    }
    expect(readdirSync(join(other.directory, RECORD)).filter((name) => name.startsWith('timeout'))).toEqual([]);
  });

  it('is watched by what holds nothing, and goes with the job', async () => {
    const go = join(base, `go${count}`);
    const job = await start(`until [ -e '${go}' ]; do sleep 0.05; done`, { limit: 1000 });
    // For moments it has shells below it, which look as it does.
    await waitUntil('one process to watch', async () => (await remoteProcesses(job.id)).length === 1);
    const [watcher] = await remoteProcesses(job.id);
    if (watcher === undefined) throw new Error('nobody watches the job');
    const of = `/proc/${watcher.pid}`;
    expect(readFileSync(`${of}/environ`, 'utf8')).not.toMatch(/HAWSER_(?:RUN|JOB_ID|TOKEN)=/);
    expect(
      readFileSync(`${of}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')[3],
    ).toBe(String(watcher.pid));
    // The shell that began it is over, and what it had its streams from saw their end.
    expect([0, 1, 2].map((fd) => readlinkSync(`${of}/fd/${fd}`))).toEqual(Array(3).fill('/dev/null'));
    writeFileSync(go, '');
    await waitUntil('the end of who watches', async () => (await remoteProcesses(job.id)).length === 0);
    expect(job.read('exit')).toMatch(/^0 /);
    expect(readdirSync(join(job.directory, RECORD)).filter((name) => name.startsWith('timeout'))).toEqual([]);
  });

  it('says why it could not be started, and then has no id', async () => {
    const job = await start('true', { shebang: '#!/no/such/shell -l' });
    expect(job).toMatchObject({ status: 127, stdout: '', stderr: expect.stringContaining('/no/such/shell') });
  });

  it('runs the interpreter with its options', async () => {
    const job = await start('echo "$-"', { shebang: '#!/usr/bin/env -S sh -u' });
    await waitUntil('the exit status', () => job.read('exit') !== '');
    expect(job.read('output')).toContain('u');
  });
});

describe('the text for jobs without a scheduler', () => {
  it('says that it is unclear, where a machine does not tell when a process began', async (context) => {
    const host = (await runShell(['sh'], 'uname -n', base)).stdout.trim();
    const ids = [`${process.pid}:5:-:${host}`, `4194303:5:-:${host}`] as const;
    const { stdout, stderr } = await runShell(
      ['unshare', '-m', 'sh'],
      `mount -t tmpfs none /proc || exit\n${directQuery(ids)}`,
      base,
    );
    if (stdout === '') {
      console.warn(`SKIPPED jobs on a machine without /proc: ${stderr}`);
      return context.skip();
    }
    expect(parseDirectQuery(stdout)).toEqual(
      new Map([
        [ids[0], 'unclear'],
        [ids[1], 'gone'],
      ]),
    );
  });

  it('refuses tokens, ids and times that are none', () => {
    expect(() => directSubmit({ record: 'r', token: 'a b' })).toThrow(OptionError);
    expect(() => directSubmit({ record: 'r', token: 'a', limit: 0.5 })).toThrow(OptionError);
    expect(() => directCancel('12')).toThrow(OptionError);
    expect(() => directCancel('12:3:b:h; rm')).toThrow(OptionError);
    expect(() => directCancel('12:3:b:h', { grace: -1 })).toThrow(OptionError);
  });
});
