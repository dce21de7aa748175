import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { cancelJob } from '../../../../src/remote/batch/cancel-job.js';
import {
  type ClearSubmissionOptions,
  clearSubmission,
  parseCleared,
} from '../../../../src/remote/batch/clear-submission.js';
import type { FarRecord } from '../../../../src/remote/batch/far-record.js';
import { parseRecords } from '../../../../src/remote/batch/parse-records.js';
import { readRecords } from '../../../../src/remote/batch/read-records.js';
import { NOT_OWN, NOT_READY, startSubmission } from '../../../../src/remote/batch/start-submission.js';
import { submitHelper } from '../../../../src/remote/batch/submit-helper.js';
import { waitUntil } from '../../../rigs/wait-until.js';
import { type Ran, runShell, SHELLS } from './shells.js';

const RECORD = '-r %\n\'"c';
const SUBMIT = { submitLine: 'echo ran >>runs; echo "17;cluster"; echo "it\'s" >&2', idFilter: "cut -d';' -f1" };
let base: string;
let count = 0;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'hawser-submission-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A job's directory with a record that is staged, and what is done with it. */
class Place {
  readonly directory = join(base, `d ${count++}`);
  readonly shell: readonly string[];

  constructor(shell: readonly string[], helper: string = submitHelper(SUBMIT)) {
    this.shell = shell;
    mkdirSync(this.path(''), { recursive: true, mode: 0o700 });
    this.stage(helper);
    writeFileSync(this.path('READY'), '');
  }

  path(name: string): string {
    return join(this.directory, RECORD, name);
  }

  stage(helper: string): void {
    writeFileSync(this.path('helper'), helper);
  }

  run(script: string): Promise<Ran> {
    return runShell(this.shell, script, this.directory);
  }

  async start(wait = 10_000): Promise<FarRecord | undefined> {
    const ran = await this.run(startSubmission(RECORD, { wait }));
    return parseRecords(ran.stdout).get(RECORD);
  }

  async read(): Promise<FarRecord | undefined> {
    return parseRecords((await this.run(readRecords([RECORD]))).stdout).get(RECORD);
  }

  async clear(attempt: number, o?: ClearSubmissionOptions): Promise<string | undefined> {
    return parseCleared((await this.run(clearSubmission(RECORD, attempt, o))).stdout);
  }

  /** How often the submit line has run. */
  get runs(): number {
    const file = join(this.directory, 'runs');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
  }
}

/** The text with the shell's end before each of its lines in turn, where that still is text for a shell. */
async function* killedAtEachLine(text: string, from: RegExp): AsyncGenerator<string> {
  const lines = text.split('\n');
  for (const [i] of lines.entries()) {
    if (i < lines.findIndex((line) => from.test(line))) continue;
    const killed = [...lines.slice(0, i), 'kill -9 $$', ...lines.slice(i)].join('\n');
    const parsed = await runShell(['sh', '-n'], killed, base);
    if (parsed.status === 0) yield killed;
  }
}

describe.each(SHELLS)('a submission in %s', (_name, ...shell) => {
  it('is made once, and its answer is read whole, by whoever asks how often', async () => {
    const place = new Place(shell);
    const first = await place.start();
    expect(first).toMatchObject({
      missing: false,
      ready: true,
      lock: { begun: true },
      submit: { status: 0, stdout: '17;cluster\n', stderr: "it's\n" },
      id: '17',
    });
    expect(first).not.toHaveProperty('trouble');
    const many = await Promise.all([place.start(), place.start(), place.read()]);
    for (const record of many) expect(record?.submit).toEqual(first?.submit);
    expect(place.runs).toBe(1);
    for (const name of readdirSync(place.path('submit.lock'))) {
      expect([name, statSync(join(place.path('submit.lock'), name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  it('is made once by many who start it at the same moment', async () => {
    const place = new Place(shell);
    await Promise.all(Array.from({ length: 6 }, () => place.start()));
    expect(place.runs).toBe(1);
  });

  it('keeps the status of what failed, and has no id then', async () => {
    const place = new Place(shell, submitHelper({ submitLine: 'echo 17; echo no >&2; exit 3', idFilter: 'cat' }));
    const record = await place.start();
    expect(record).toMatchObject({ submit: { status: 3, stdout: '17\n', stderr: 'no\n' } });
    expect(record?.id).toBeUndefined();
  });

  it('records a submit line that is no shell text, or ends its shell', async () => {
    for (const submitLine of ['if then "', "kill -9 $(exec sh -c 'echo $PPID')"]) {
      const place = new Place(shell, submitHelper({ submitLine, idFilter: 'cat' }));
      expect((await place.start())?.submit?.status).toBeGreaterThan(0);
    }
  });

  it('goes on when all that started it has been killed', async () => {
    const place = new Place(
      shell,
      submitHelper({ ...SUBMIT, submitLine: `while [ ! -e go ]; do sleep 0.05; done; ${SUBMIT.submitLine}` }),
    );
    const [program = 'sh', ...args] = shell;
    const starter = spawn(program, args, { cwd: place.directory, stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    starter.stdin.end(startSubmission(RECORD));
    await waitUntil('the helper', () => existsSync(join(place.path('submit.lock'), 'begun')));
    expect(await place.read()).toMatchObject({ lock: { alive: true, begun: true } });
    if (starter.pid !== undefined) process.kill(-starter.pid, 'SIGKILL');
    writeFileSync(join(place.directory, 'go'), '');
    await waitUntil('the answer', async () => (await place.read())?.id === '17');
    expect(place.runs).toBe(1);
  });

  it('starts nothing before everything is staged', async () => {
    const place = new Place(shell);
    rmSync(place.path('READY'));
    const ran = await place.run(startSubmission(RECORD));
    expect(ran.status).toBe(NOT_READY);
    expect(parseRecords(ran.stdout).get(RECORD)).toEqual({ missing: false, ready: false });
    expect(place.runs).toBe(0);
  });

  it('runs nothing that another user may have put there', async () => {
    for (const [name, mode] of [
      ['', 0o777],
      ['', 0o770],
      ['..', 0o777],
    ] as const) {
      const place = new Place(shell);
      chmodSync(place.path(name), mode);
      const ran = await place.run(startSubmission(RECORD));
      expect(ran).toMatchObject({ status: NOT_OWN, stderr: expect.stringContaining('see who has made it') });
      if (name === '') expect((await place.run(`sh ./*/helper ./*/ || echo "$?"`)).stdout).toBe('77\n');
      expect(place.runs).toBe(0);
    }
  });

  it('is cleared for another attempt, and by nobody twice', async () => {
    const place = new Place(shell);
    await place.start();
    expect(await place.clear(1, { unlessBegun: true })).toBe('begun');
    expect((await place.read())?.id).toBe('17');
    expect(await place.clear(2)).toBe('other');
    expect(await place.clear(1)).toBe('cleared');
    expect(await place.clear(1)).toBe('none');
    expect(await place.read()).toEqual({ missing: false, ready: true });
    place.stage(submitHelper({ ...SUBMIT, attempt: 2 }));
    expect((await place.start())?.id).toBe('17');
    expect(await place.clear(1)).toBe('other');
    expect(place.runs).toBe(2);
  });

  it('puts the traces of a run aside only where that is asked for', async () => {
    const place = new Place(shell);
    await place.start();
    mkdirSync(place.path('run.lock'));
    writeFileSync(place.path('exit'), '3 1700000000 TERM\n');
    await place.run(cancelJob(RECORD, ':'));
    expect(await place.read()).toMatchObject({
      exit: { status: 3, at: 1_700_000_000_000, signal: 'SIGTERM' },
      cancelled: { at: expect.any(Number) },
    });
    await place.clear(1);
    expect((await place.read())?.exit?.status).toBe(3);
    expect(await place.clear(1, { run: true })).toBe('none');
    expect(await place.read()).toEqual({ missing: false, ready: true });
    expect(readdirSync(place.path('attempt-1')).sort()).toEqual(['cancelled', 'exit', 'run.lock', 'submit.lock']);
  });
});

describe('a helper that is killed', () => {
  /** What has to hold whenever it was: whatever is done now, in the end the submit line has run once or not at all. */
  async function check(place: Place): Promise<void> {
    const record = await place.start(0);
    expect(record?.trouble).toBeUndefined();
    if (record?.submit === undefined) {
      await waitUntil('the end of the helpers', async () => {
        const now = await place.read();
        return now?.lock === undefined || now.lock.alive !== true;
      });
    }
    const settled = await place.read();
    expect(settled?.trouble).toBeUndefined();
    if (settled?.submit !== undefined) {
      expect(settled).toMatchObject({ id: '17', submit: { status: 0, stdout: '17;cluster\n', stderr: "it's\n" } });
    }
    const cleared = await place.clear(1, { unlessBegun: true });
    if (cleared === 'cleared' || cleared === 'none') {
      expect(place.runs).toBe(0);
      place.stage(submitHelper({ ...SUBMIT, attempt: 2 }));
      expect((await place.start())?.id).toBe('17');
      expect(place.runs).toBe(1);
    } else {
      expect(cleared).toBe('begun');
      expect(place.runs).toBeLessThanOrEqual(1);
    }
  }

  it('before any of its lines, leaves either all of an answer or none, and never a second submission', async () => {
    let lines = 0;
    for await (const killed of killedAtEachLine(submitHelper(SUBMIT), /^hawser_look \$\$/)) {
      lines += 1;
      const place = new Place(['sh'], killed);
      await runShell(['sh', place.path('helper'), `./${RECORD}`], '', place.directory);
      place.stage(submitHelper(SUBMIT));
      await check(place);
    }
    expect(lines).toBeGreaterThan(20);
  });

  it('at any moment, together with others, never submits twice', async () => {
    for (let i = 0; i < 40; i += 1) {
      const place = new Place(['sh']);
      const helpers = [0, 1, 2].map(() =>
        spawn('sh', [place.path('helper'), `./${RECORD}`], { cwd: place.directory, stdio: 'ignore', detached: true }),
      );
      await Promise.all(
        helpers.map(async (helper) => {
          const ended = new Promise((resolve) => helper.once('exit', resolve));
          await sleep(Math.random() * 30);
          if (helper.pid !== undefined && helper.exitCode === null) process.kill(-helper.pid, 'SIGKILL');
          await ended;
        }),
      );
      await check(place);
    }
  });

  it('while it sleeps, cannot submit once its lock was cleared', async () => {
    const text = submitHelper(SUBMIT).replace(
      /^mv -- .*begun.*$/m,
      (line) => `: >"$hawser_directory/asleep"; while [ ! -e "$hawser_directory/go" ]; do sleep 0.05; done\n${line}`,
    );
    const place = new Place(['sh'], text);
    const slow = place.start(0);
    await waitUntil('the helper', () => existsSync(join(place.directory, 'asleep')));
    await slow;
    expect((await place.read())?.lock).toMatchObject({ alive: true, begun: false });
    expect(await place.clear(1, { unlessBegun: true })).toBe('cleared');
    place.stage(submitHelper({ ...SUBMIT, attempt: 2 }));
    expect((await place.start())?.id).toBe('17');
    const owner = readFileSync(join(place.path('attempt-1'), 'submit.lock', 'owner'), 'utf8');
    writeFileSync(join(place.directory, 'go'), '');
    const pid = Number(owner.split(' ')[2]);
    await waitUntil(
      'the end of the slow helper',
      () => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '),
    );
    expect(place.runs).toBe(1);
    expect(await place.read()).toMatchObject({ id: '17', submit: { status: 0 } });
  });
});

describe('the text of a submission', () => {
  it('refuses attempts and waits that are none', () => {
    expect(() => submitHelper({ ...SUBMIT, attempt: 0 })).toThrow(OptionError);
    expect(() => clearSubmission('r', 1.5)).toThrow(OptionError);
    expect(() => startSubmission('r', { wait: -1 })).toThrow(OptionError);
    expect(() => startSubmission('')).toThrow(OptionError);
  });
});
