import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { directCancel, parseDirectCancelled } from '../../../../src/remote/batch/direct-cancel.js';
import { directFind, directQuery, parseDirectQuery } from '../../../../src/remote/batch/direct-query.js';
import { directSubmit, parseDirectId } from '../../../../src/remote/batch/direct-start.js';
import { jobScript } from '../../../../src/remote/batch/job-script.js';
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
  async function start(command: string, o: { shebang?: string; token?: string } = {}) {
    const directory = join(base, `d${count++}`);
    const token = o.token ?? `hawser-${process.pid}-${count}`;
    mkdirSync(join(directory, RECORD), { recursive: true });
    const script = jobScript({ directives: [], record: RECORD, token, idVariable: undefined, command });
    writeFileSync(
      join(directory, RECORD, 'script'),
      o.shebang === undefined ? script : script.replace('#!/bin/sh', o.shebang),
    );
    const ran = await runShell(shell, directSubmit({ record: RECORD, token }), directory);
    const id = ran.stdout.trim();
    if (id !== '') begun.push(id);
    const read = (name: string): string => {
      try {
        return readFileSync(join(directory, RECORD, name), 'utf8');
      } catch {
        return '';
      }
    };
    return { ...ran, id, token, read };
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
    expect(() => directCancel('12')).toThrow(OptionError);
    expect(() => directCancel('12:3:b:h; rm')).toThrow(OptionError);
    expect(() => directCancel('12:3:b:h', { grace: -1 })).toThrow(OptionError);
  });
});
