import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JobScriptOptions, jobScript } from '../../../../src/remote/batch/job-script.js';
import { parseRecords } from '../../../../src/remote/batch/parse-records.js';
import { readRecords } from '../../../../src/remote/batch/read-records.js';
import { waitUntil } from '../../../rigs/wait-until.js';
import { runShell, SHELLS } from './shells.js';

let base: string;
let count = 0;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'hawser-job-ended-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A job that runs, its script the leader of a process group as a scheduler makes it, or not. */
class Job {
  readonly directory = join(base, `d${count++}`);
  readonly shell: readonly string[];

  constructor(shell: readonly string[], o: Partial<JobScriptOptions>) {
    this.shell = shell;
    mkdirSync(join(this.directory, 'r'), { recursive: true });
    const plan = {
      directives: [],
      record: 'r',
      token: 't',
      idVariable: 'SOME_ID',
      command: 'true',
      passOnAfter: 60,
      ...o,
    };
    this.stage(jobScript(plan));
  }

  stage(script: string): void {
    writeFileSync(join(this.directory, 'script'), script);
  }

  /** Starts it. It has `ended` when everything that came of it has: all of that holds the fourth stream. */
  start(leads: boolean, id = '17'): { process: ChildProcess; pid: number; ended: Promise<unknown> } {
    const [program = 'sh', ...args] = this.shell;
    const child = spawn(program, [...args, './script'], {
      cwd: this.directory,
      detached: leads,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: { ...process.env, SOME_ID: id },
    });
    if (child.pid === undefined) throw new Error('no process');
    const rest = child.stdio[3];
    if (rest instanceof Readable) rest.resume();
    return {
      process: child,
      pid: child.pid,
      ended: new Promise((resolve) => child.once('close', (status, signal) => resolve(signal ?? status))),
    };
  }

  read(name: string): string {
    const file = join(this.directory, 'r', name);
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : '';
  }

  has(text: string): Promise<void> {
    return waitUntil(`${JSON.stringify(text)} in the output`, () => this.read('output').includes(text));
  }
}

/** Says that it is up, and how often it is told to end. */
const LISTENS = (then: string): string =>
  `sh -c 'trap "echo told; ${then}" TERM; echo up; i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done'`;

describe.each(SHELLS)('a job in %s', (_name, ...shell) => {
  it('that its scheduler ends, writes that and goes on to what comes after', async () => {
    const job = new Job(shell, { command: 'echo up; sleep 60', postpend: 'echo after', passOnAfter: 1 });
    const { pid, ended } = job.start(true);
    await job.has('up');
    process.kill(-pid, 'SIGTERM');
    expect(await ended).toBe(143);
    expect(job.read('exit')).toMatch(/^143 \d+ TERM$/);
    expect(job.read('output')).toContain('after');
  });

  it('begins nothing more of its command', async () => {
    const job = new Job(shell, {
      command: 'echo up; sleep 60; echo more; sleep 60',
      postpend: 'echo after',
      passOnAfter: 1,
    });
    const { pid, ended } = job.start(true);
    await job.has('up');
    process.kill(-pid, 'SIGTERM');
    expect(await ended).toBe(143);
    expect(job.read('output')).not.toContain('more');
    expect(job.read('output')).toContain('after');
  });

  it('that is told to end before its command, does not begin it', async () => {
    const job = new Job(shell, { prepend: 'echo up; sleep 60; echo still', command: 'echo command', passOnAfter: 1 });
    const { pid, ended } = job.start(true);
    await job.has('up');
    process.kill(-pid, 'SIGTERM');
    expect(await ended).toBe(143);
    expect(job.read('output').split('\n')).not.toContain('command');
    expect(job.read('exit')).toMatch(/^143 \d+ TERM$/);
  });

  it('is over only when its command is, and no success after a signal; the command is told once', async () => {
    const job = new Job(shell, { command: LISTENS('sleep 0.3; echo saved; exit 0') });
    const { pid, ended } = job.start(true);
    await job.has('up');
    process.kill(-pid, 'SIGTERM');
    await waitUntil('the status', () => job.read('exit') !== '');
    expect(job.read('output').replace(/^Terminated.*\n?/gm, '')).toBe('up\ntold\nsaved');
    expect(job.read('exit')).toMatch(/^143 \d+ TERM$/);
    await ended;
  });

  it.each([
    true,
    false,
  ])('of which only the script is told to end, passes it on (a group of its own: %s)', async (leads) => {
    const job = new Job(shell, { command: LISTENS('exit 5'), passOnAfter: 0 });
    const { pid, ended } = job.start(leads);
    await job.has('up');
    process.kill(pid, 'SIGTERM');
    await ended;
    expect(job.read('exit')).toMatch(/^5 \d+ TERM$/);
  });

  it('passes on what is only to be known', async () => {
    const job = new Job(shell, {
      command: 'sh -c \'trap "echo heard; exit 0" USR1; echo up; while :; do sleep 0.1; done\'',
    });
    const { pid, ended } = job.start(true);
    await job.has('up');
    process.kill(pid, 'SIGUSR1');
    expect(await ended).toBe(0);
    expect(job.read('output')).toContain('heard');
    expect(job.read('exit')).toMatch(/^0 \d+ -$/);
  });

  it('lets the lines before the command set a trap of their own', async () => {
    const job = new Job(shell, { prepend: "trap 'echo mine' TERM", command: 'echo up; sleep 60', passOnAfter: 1 });
    const { pid, ended } = job.start(true);
    await job.has('up');
    process.kill(-pid, 'SIGTERM');
    expect(await ended).toBe(143);
    expect(job.read('output')).toContain('mine');
  });
});

describe('a job script that is killed', () => {
  const plan = {
    directives: [],
    record: 'r',
    token: 't',
    idVariable: 'SOME_ID',
    envSetup: 'A=1',
    env: { B: '2' },
    prepend: 'C=3',
    command: 'echo $SOME_ID >>runs',
    postpend: ':',
  };
  const runs = (job: Job): string[] => {
    const file = join(job.directory, 'runs');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  const record = async (job: Job) =>
    parseRecords((await runShell(['sh'], readRecords(['r']), job.directory)).stdout).get('r');

  /** What has to hold after it: of all others none runs, and the same one may run again, when it is requeued. */
  async function check(job: Job, isRequeued = true): Promise<void> {
    const left = await record(job);
    expect(left?.trouble).toBeUndefined();
    if (left?.exit !== undefined) expect(left.exit.status).toBe(0);
    const before = runs(job);
    expect(before.length).toBeLessThanOrEqual(1);
    const isClaimed = existsSync(join(job.directory, 'r', 'run.lock'));
    job.stage(jobScript(plan));
    await job.start(true, '18').ended;
    if (isClaimed) expect(runs(job)).toEqual(before);
    else expect(runs(job)).toEqual(['18']);
    if (isRequeued && job.read('run.lock/owner') === '17') {
      await job.start(true, '17').ended;
      expect(runs(job)).toEqual([...before, '17']);
      expect((await record(job))?.exit).toMatchObject({ status: 0 });
    }
  }

  it('before any of its lines, is never run by another, and leaves whole records', async () => {
    const lines = jobScript(plan).split('\n');
    let tried = 0;
    let isInFunction = false;
    for (const [i, line] of lines.entries()) {
      isInFunction = line.endsWith('() {') || (isInFunction && line !== '}');
      if (i < lines.indexOf('hawser_look $$') || isInFunction) continue;
      const killed = [...lines.slice(0, i), 'kill -9 $$', ...lines.slice(i)].join('\n');
      const job = new Job(['sh'], plan);
      job.stage(killed);
      if ((await job.start(true).ended) === 'SIGKILL') tried += 1;
      await check(job, i % 4 === 0);
    }
    expect(tried).toBeGreaterThan(30);
  });

  it('at any moment, with others beside it, never runs twice', async () => {
    for (let i = 0; i < 20; i += 1) {
      const job = new Job(['sh'], plan);
      await Promise.all(
        ['17', '19', '20'].map(async (id) => {
          const { process: child, pid, ended } = job.start(true, id);
          await sleep(Math.random() * 40);
          if (child.exitCode === null) process.kill(-pid, 'SIGKILL');
          await ended;
        }),
      );
      await check(job);
    }
  });
});
