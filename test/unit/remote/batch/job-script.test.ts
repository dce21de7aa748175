import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { type JobScriptOptions, jobScript } from '../../../../src/remote/batch/job-script.js';
import { type Ran, runShell, SHELLS } from './shells.js';

let base: string;
let count = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'hawser-job-script-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Job extends Ran {
  readonly directory: string;
  readonly output: string;
  readonly exit: string;
  read(name: string): string;
}

const NAME = ' -r%e\n\'"c $(id)';

/** Runs a job's script in a directory of its own, or again in that of an earlier one. */
async function run(
  shell: readonly string[],
  o: Partial<JobScriptOptions>,
  env: NodeJS.ProcessEnv = {},
  earlier?: Job,
): Promise<Job> {
  const directory = earlier?.directory ?? join(base, `d ${count++}`);
  const record = join(directory, NAME);
  mkdirSync(record, { recursive: true });
  const script = jobScript({
    directives: ['#SBATCH --nodes=1'],
    record: NAME,
    token: 'hawser-1234567890-1',
    idVariable: 'SOME_JOB_ID',
    command: 'true',
    ...o,
  });
  // A shell reads its script while it runs it.
  if (earlier === undefined || readFileSync(join(directory, 'script'), 'utf8') !== script) {
    writeFileSync(join(directory, 'script'), script);
  }
  const ran = await runShell([...shell, './script'], '', directory, { SOME_JOB_ID: '17', ...env });
  const read = (name: string): string => {
    try {
      return readFileSync(join(record, name), 'utf8');
    } catch {
      return '(none)';
    }
  };
  return { ...ran, directory, read, output: read('output'), exit: read('exit').trimEnd() };
}

describe.each(SHELLS)('a job script in %s', (_name, ...shell) => {
  it('runs after those alone that have ended well, and else says which did not, and how', async () => {
    const those = (...exits: string[]): ReadonlyMap<string, string> =>
      new Map(
        exits.map((exit, i) => {
          const record = join(base, `those ' ${count++}`);
          mkdirSync(record);
          if (exit !== '') writeFileSync(join(record, 'exit'), exit.padEnd(63));
          return [`id-${i}`, record];
        }),
      );
    const command = 'echo ran';
    expect(await run(shell, { command, after: those('0 17 -', '0 18 - ') })).toMatchObject({
      status: 0,
      output: 'ran\n',
    });
    for (const [exit, how] of [
      ['3 17 -', 'ended with status 3'],
      ['0 17 TERM', 'ended with status 0'],
      ['', 'left no exit status'],
    ] as const) {
      const { exit: own, output } = await run(shell, { command, after: those('0 17 -', exit), patience: 0 });
      expect(own).toMatch(/^1 \d+ -$/);
      expect(output).toContain(`the job id-1, which was to end well before this one, ${how}: ${base}`);
      expect(output).not.toContain('ran\n');
    }
  });

  it('keeps the output, who it is, and the status of the command', async () => {
    const job = await run(shell, { command: 'echo out; echo err >&2; exit 3' });
    expect(job).toMatchObject({ status: 3, output: 'out\nerr\n', exit: expect.stringMatching(/^3 \d+ -$/) });
    expect(job.read('started')).toMatch(/^\S+ \S+ \d+ \S+ \d{10,} 17\n$/);
    expect(job.read('run.lock/owner')).toBe('17\n');
  });

  it('runs once for one record, and again only for the same id', async () => {
    const first = await run(shell, { command: 'echo ran' });
    const other = await run(shell, { command: 'echo ran' }, { SOME_JOB_ID: '18' }, first);
    expect(other).toMatchObject({ status: 0, output: 'ran\n', exit: first.exit });
    expect(other.stdout).toContain('17; 18 leaves');
    const requeued = await run(shell, { command: 'echo ran; exit 4' }, { SOME_JOB_ID: '17' }, first);
    expect(requeued).toMatchObject({ status: 4, output: 'ran\nran\n', exit: expect.stringMatching(/^4 /) });
  });

  it('has one run of many that start at once', async () => {
    const first = await run(shell, { command: 'echo ran' });
    rmSync(join(first.directory, NAME), { recursive: true });
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => run(shell, { command: 'echo ran' }, { SOME_JOB_ID: `${i}` }, first)),
    );
    expect(readFileSync(join(first.directory, NAME, 'output'), 'utf8')).toBe('ran\n');
  });

  it('makes the environment, then goes through what comes before, the command, and what comes after', async () => {
    const job = await run(shell, {
      envSetup: 'module() { echo "module $*"; }\nA=\'from setup\'\nfalse',
      modules: ['gcc/12', 'a b'],
      env: { B: "it's\n$HOME" },
      prepend: 'C=before\nexport C',
      launcher: 'mpirun() { echo "launcher $*"; shift 2; "$@"; }; mpirun -n {nprocs}',
      nprocs: 4,
      command: 'printf "%s|" "$A" "$B" "$C"; false',
      postpend: 'echo after; true',
    });
    expect(job.output).toBe(
      "module load gcc/12\nmodule load a b\nlauncher -n 4 printf %s| from setup it's\n$HOME before\nfrom setup|it's\n$HOME|before|after\n",
    );
    expect(job.exit).toMatch(/^1 /);
  });

  it('tells of a machine without modules, and does not run the command', async () => {
    const job = await run(shell, { modules: ['gcc/12', 'fftw'], command: 'echo ran' }, { MODULESHOME: '/nowhere' });
    expect(job.output).toContain('hawser: gcc/12 fftw cannot be loaded: this shell has no `module`');
    expect(job.output).not.toContain('ran\n');
    expect(job).toMatchObject({ status: 127, exit: expect.stringMatching(/^127 /) });
  });

  it.each([
    ['ends with a status', 'false', 1],
    ['exits', 'exit 5', 5],
    ['exits with 0', 'exit 0', 1],
    ['ends under set -e', 'set -e\nfalse\ntrue', 1],
    ['is no shell text', 'if then "', undefined],
    ['reads a file that is not there, and ends there', '. /no/such/file || exit 2', undefined],
  ])('does not run the command after a prepend that %s, and tells it', async (_how, prepend, status) => {
    const job = await run(shell, { prepend, command: 'echo ran' });
    expect(job.output).toContain('in its lines of prepend: its command has not run');
    expect(job.output).not.toContain('ran\n');
    expect(job.status).toBeGreaterThan(0);
    if (status !== undefined) expect(job.status).toBe(status);
    expect(job.exit).toMatch(new RegExp(`^${job.status} \\d+ -$`));
  });

  it.each([
    ['exit 7', 7],
    ['set -e; false; true', 1],
    ['if then "', undefined],
    ['exec sh -c "exit 9"', 9],
    ['no-such-program', 127],
    ['kill -9 $$; sleep 0; exit 2', undefined],
    ["sh -c 'kill -9 $$'", 137],
    ['trap "" TERM; exit 6', 6],
  ])('writes the status of %j, whatever comes after it', async (command, status) => {
    const job = await run(shell, { command, postpend: 'exit 0' });
    if (command.startsWith('kill')) {
      // It has killed the script itself: there is nobody left who could write.
      expect(job.exit).toBe('(none)');
      return;
    }
    if (status !== undefined) expect(job.status).toBe(status);
    expect(job.status).not.toBe(0);
    expect(job.exit).toMatch(new RegExp(`^${job.status} \\d+ -$`));
  });

  it('lets broken lines after the command change nothing but the output', async () => {
    const job = await run(shell, { command: 'true', postpend: 'false' });
    expect(job).toMatchObject({ status: 0, exit: expect.stringMatching(/^0 \d+ -$/) });
    expect(job.output).toContain("the lines after the command ended with status 1; the command's own was 0");
    expect(await run(shell, { command: 'exit 4', postpend: 'case "' })).toMatchObject({ status: 4 });
  });

  it('does not run where it cannot tell whether it has', async () => {
    const job = await run(shell, { record: 'not/there', command: 'echo ran' });
    expect(job.status).toBe(72);
    expect(job.stderr).toContain('not/there');
  });

  it('gives back what went in, through the script', async () => {
    const nasty = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '0'));
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (value, word) => {
        const job = await run(shell, {
          env: { A: value },
          modules: [word],
          envSetup: 'module() { printf "%s\\n" "$2"; }',
          command: 'printf %s "$A"',
        });
        expect(Buffer.from(job.output)).toEqual(Buffer.from(`${word}\n${value}`));
      }),
      { numRuns: 6 },
    );
  });
});

describe('a job script', () => {
  /** The shells that only a shebang asks for, with options that change how text is read. */
  const asked = ['/bin/bash -eu', '/bin/sh -ef', '/usr/bin/zsh', '/usr/bin/env -S bash -u'].filter((line) => {
    const isThere = existsSync(line.split(' ')[0] ?? '');
    if (!isThere) console.warn(`SKIPPED job scripts for ${line}: it is not installed`);
    return isThere;
  });

  it.each(asked)('runs its own lines as POSIX, and the user’s as %s', async (line) => {
    const words = line.replace('/usr/bin/env -S ', '').split(' ');
    const job = await run(words, {
      shebang: `#!${line}`,
      modules: ['m'],
      envSetup: 'module() { :; }; X="a b"',
      prepend: 'PATH=/usr/bin:/bin',
      command: line.includes('zsh')
        ? 'for w in $X; do echo "$w"; done; exit 3'
        : 'case $- in *e*) false ;; *) exit 3 ;; esac; echo not',
      postpend: ':',
    });
    expect(job.exit).toMatch(line.includes(' -e') ? /^1 \d+ -$/ : /^3 \d+ -$/);
    expect(job.output).toBe(line.includes('zsh') ? 'a b\n' : '');
  });

  it('refuses what it cannot be made of', () => {
    const plan = { directives: [], record: 'r', token: 't', idVariable: undefined, command: 'true' };
    for (const wrong of [
      { shebang: '#!/bin/csh' },
      { shebang: '#!/usr/bin/python3' },
      { shebang: '#!/bin/sh\nrm' },
      { shebang: 'sh' },
      { directives: ['#SBATCH --x\nrm'] },
      { token: 'a\nb' },
      { env: { 'A B': '1' } },
      { env: { A: 'a\0' } },
      { idVariable: 'A}' },
      { launcher: 'mpirun -n {nprocs}' },
      { launcher: 'mpirun -n {nprocs}', nprocs: 0 },
      { command: ' ' },
      { record: '' },
      { passOnAfter: 0.5 },
    ]) {
      expect(() => jobScript({ ...plan, ...wrong }), JSON.stringify(wrong)).toThrow(OptionError);
    }
  });

  it('writes its status on a disk that its command has filled', async (context) => {
    const [directory, isMounted] = [join(base, 'small'), process.getuid?.() === 0];
    if (!isMounted) {
      console.warn('SKIPPED a job that fills its disk: only root can mount one');
      return context.skip();
    }
    mkdirSync(directory);
    const script = jobScript({
      ...{ directives: [], record: 'r', token: 't', idVariable: 'NONE' },
      command: 'cat /dev/zero >full; exit 9',
    });
    writeFileSync(join(base, 'small-script'), script);
    const { stdout, stderr } = await runShell(
      ['unshare', '-m', 'sh'],
      'mount -t tmpfs -o size=128k none small && cd small && mkdir r && sh ../small-script; cat r/exit\n',
      base,
    );
    if (stderr.includes('mount')) {
      console.warn(`SKIPPED a job that fills its disk: ${stderr}`);
      return context.skip();
    }
    expect(stdout).toMatch(/^9 \d+ - *\n$/);
  });
});
