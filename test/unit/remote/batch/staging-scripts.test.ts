import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSums } from '../../../../src/remote/batch/file-sums.js';
import { type FoundStaged, findStaged, listStage, readFoundStaged } from '../../../../src/remote/batch/find-staged.js';
import { type Publication, publishStaged, readPublished } from '../../../../src/remote/batch/publish-staged.js';
import { runShell, SHELLS } from './shells.js';

const RECORD = '.hawser/a-0123456789';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Names that a shell, or a program that prints sums, may take for something else. */
const ODD = ['plain', '-n', "it's", 'a b', 'back\\slash', '$(id)', '*', 'ü', 'deep/er/x'];

let base: string;
let count = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'hawser-staging-scripts-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A job's directory with some files in it. */
function directory(files: Readonly<Record<string, string>> = {}): string {
  const path = join(base, `d ${count++}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

/** A PATH on which there is what every system has, and those programs for sums. */
function pathWith(tools: Readonly<Record<string, string>>): string {
  const path = join(base, `bin ${count++}`);
  mkdirSync(path);
  for (const name of ['cat', 'chmod', 'find', 'head', 'id', 'ls', 'mkdir', 'mv', 'rm']) {
    symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(path, name));
  }
  for (const [name, target] of Object.entries(tools)) symlinkSync(target, join(path, name));
  return path;
}

function found(text: string): FoundStaged {
  const answer = readFoundStaged(text);
  if ('failed' in answer) throw new Error(`it failed: ${answer.said}`);
  return answer;
}

const shells = SHELLS.map(([name, ...words]) => ({ name, words }));

describe.each(shells)('staging in $name', ({ words }) => {
  const ask = async (script: string, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> =>
    (await runShell(words, script, cwd, env)).stdout;

  it('tells the sums of what is there, whatever it is called, and waits for no pipe', async () => {
    const path = directory(Object.fromEntries(ODD.map((name) => [name, name])));
    execFileSync('mkfifo', [join(path, 'pipe')]);
    const script = findStaged({ record: RECORD, files: [...ODD, 'pipe', 'missing', 'deep'] });
    const { sums, submitted, ready, hasTool, stages } = found(await ask(script, path));
    expect(Object.fromEntries(sums)).toEqual(Object.fromEntries(ODD.map((name) => [name, sha256(name)])));
    expect({ submitted, ready, hasTool, stages }).toEqual({
      submitted: false,
      ready: undefined,
      hasTool: true,
      stages: [],
    });
  });

  it('tells whether it is submitted, what READY holds, and who else stages', async () => {
    const path = directory({
      [`${RECORD}/READY`]: 'abc\n',
      [`${RECORD}/stage-new/d/a`]: '',
      [`${RECORD}/stage-old/d/a`]: '',
    });
    const old = new Date(Date.now() - 3_600_000);
    for (const name of ['d/a', 'd', '']) utimesSync(join(path, RECORD, 'stage-old', name), old, old);
    const script = findStaged({ record: RECORD, files: [] });
    const { ready, stages } = found(await ask(script, path));
    expect(ready).toBe('abc');
    expect(stages).toEqual([
      { name: 'stage-new', abandoned: false },
      { name: 'stage-old', abandoned: true },
    ]);
    mkdirSync(join(path, RECORD, 'submit.lock'));
    expect(found(await ask(script, path)).submitted).toBe(true);
  });

  it('takes over a staging directory, once', async () => {
    const path = directory({
      [`${RECORD}/stage-old/d/x y`]: 'X',
      [`${RECORD}/stage-old/d/.big.hawser-01234567`]: 'draft',
    });
    const stage = `${RECORD}/stage-mine`;
    const sums = readSums(await ask(listStage(stage, `${RECORD}/stage-old`), path));
    expect([...sums]).toEqual([[`${stage}/d/x y`, sha256('X')]]);
    expect(existsSync(join(path, RECORD, 'stage-old'))).toBe(false);
    expect(readSums(await ask(listStage(`${RECORD}/stage-other`, `${RECORD}/stage-old`), path)).size).toBe(0);
  });

  const publication = (o: Partial<Publication> = {}): Publication => ({
    record: RECORD,
    stage: `${RECORD}/stage-mine`,
    inputs: ODD.map((path) => ({ path, mode: 0o640, sent: true })),
    recordFiles: [{ path: 'script', mode: 0o600, sent: true }],
    stamp: 'abc',
    anew: false,
    ...o,
  });
  const staged = (): string =>
    directory(
      Object.fromEntries([
        ...ODD.map((name) => [`${RECORD}/stage-mine/d/${name}`, name]),
        [`${RECORD}/stage-mine/r/script`, 'script'],
        [`${RECORD}/stage-other/d/x`, ''],
      ]),
    );

  it('puts everything in place with its mode, and removes all staging directories', async () => {
    const path = staged();
    writeFileSync(join(path, '-n'), 'old', { mode: 0o400 });
    expect(readPublished(await ask(publishStaged(publication()), path))).toBe('published');
    for (const name of ODD) {
      expect(readFileSync(join(path, name), 'utf8')).toBe(name);
      expect(statSync(join(path, name)).mode & 0o777).toBe(0o640);
    }
    expect(readdirSync(join(path, RECORD)).toSorted()).toEqual(['READY', 'script']);
    expect(readFileSync(join(path, RECORD, 'READY'), 'utf8')).toBe('abc\n');
  });

  it('does nothing where somebody else was first, has submitted it, or has removed what was sent', async () => {
    const first = staged();
    writeFileSync(join(first, RECORD, 'READY'), 'abc\n');
    expect(readPublished(await ask(publishStaged(publication()), first))).toBe('published');
    expect(readdirSync(first)).toEqual(['.hawser']);
    expect(existsSync(join(first, RECORD, 'stage-mine'))).toBe(false);
    const submitted = staged();
    mkdirSync(join(submitted, RECORD, 'submit.lock'));
    expect(readPublished(await ask(publishStaged(publication()), submitted))).toBe('submitted');
    expect(readdirSync(submitted)).toEqual(['.hawser']);
    const gone = staged();
    rmSync(join(gone, RECORD, 'stage-mine/d/*'));
    expect(readPublished(await ask(publishStaged(publication()), gone))).toBe('gone');
    expect(readdirSync(gone)).toEqual(['.hawser']);
  });

  it('puts nothing in place where another job has come to have the directory', async () => {
    const path = staged();
    writeFileSync(join(path, '.hawser/.holder'), 'mine.10 other-0123456789 x 1\n{}\n');
    expect(readPublished(await ask(publishStaged(publication({ claim: 'mine.1' })), path))).toBe('outdone');
    expect(readdirSync(path)).toEqual(['.hawser']);
    expect(readdirSync(join(path, RECORD))).toEqual(['stage-other']);
    const own = staged();
    writeFileSync(join(own, '.hawser/.holder'), 'mine.1 relax-0123456789 x 1\n{}\n');
    expect(readPublished(await ask(publishStaged(publication({ claim: 'mine.1' })), own))).toBe('published');
    expect(readdirSync(join(own, RECORD)).toSorted()).toEqual(['READY', 'script']);
  });

  it('begins nothing where not all of it can be done, and says what cannot', async () => {
    const path = staged();
    mkdirSync(join(path, 'a b'));
    expect(readPublished(await ask(publishStaged(publication()), path))).toMatchObject({
      path: 'a b',
      said: 'hawser:EISDIR\n',
    });
    expect(readdirSync(path).toSorted()).toEqual(['.hawser', 'a b', 'deep']);
    expect(readdirSync(join(path, RECORD))).toEqual(['stage-other']);
    const linked = staged();
    symlinkSync('/tmp', join(linked, 'deep'));
    expect(readPublished(await ask(publishStaged(publication()), linked))).toMatchObject({
      path: 'deep',
      failed: 'mkdir',
    });
  });

  it('corrects the mode of what was there before, but not of what a link leads to', async () => {
    const path = directory({ a: '', [`${RECORD}/x`]: '' });
    const outside = directory({ b: '' });
    symlinkSync(join(outside, 'b'), join(path, 'b'));
    chmodSync(join(outside, 'b'), 0o600);
    symlinkSync(outside, join(path, 'way'));
    const inputs = ['a', 'b', 'c', 'way/b'].map((name) => ({ path: name, mode: 0o755, sent: false }));
    expect(readPublished(await ask(publishStaged(publication({ inputs, recordFiles: [] })), path))).toBe('published');
    expect(statSync(join(path, 'a')).mode & 0o777).toBe(0o755);
    expect(statSync(join(path, 'b')).mode & 0o777).toBe(0o600);
  });
});

describe('programs that make sums', () => {
  const tools = { sha256sum: 'sha256sum', shasum: 'shasum', openssl: 'openssl', busybox: 'sha256sum' };
  it.each(Object.entries(tools))('%s does', async (program, name) => {
    const where = execFileSync('sh', ['-c', `command -v ${program} || :`], { encoding: 'utf8' }).trim();
    if (where === '') {
      console.warn(`SKIPPED sums by ${program}: it is not here`);
      return;
    }
    const perl = execFileSync('sh', ['-c', 'command -v perl || :'], { encoding: 'utf8' }).trim();
    const PATH = pathWith({ [name]: where, ...(perl === '' ? {} : { perl }) });
    const path = directory(Object.fromEntries(ODD.map((odd) => [odd, odd])));
    const answer = await runShell(['/bin/sh'], findStaged({ record: RECORD, files: ODD }), path, { PATH });
    expect(Object.fromEntries(found(answer.stdout).sums)).toEqual(
      Object.fromEntries(ODD.map((odd) => [odd, sha256(odd)])),
    );
  });

  it('are not needed: then nothing is known to be there', async () => {
    const path = directory({ a: 'a' });
    const env = { PATH: pathWith({}) };
    const answer = await runShell(['/bin/sh'], findStaged({ record: RECORD, files: ['a'] }), path, env);
    expect(found(answer.stdout)).toMatchObject({ hasTool: false, sums: new Map() });
    const listed = await runShell(['/bin/sh'], listStage(RECORD), path, env);
    expect(listed).toMatchObject({ stdout: '', status: 0 });
  });
});
