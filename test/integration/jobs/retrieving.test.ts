import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/core/file-error.js';
import { readOutput } from '../../../src/jobs/staging/output.js';
import { retrieve } from '../../../src/jobs/staging/retrieve.js';
import type { StagingPlace } from '../../../src/jobs/staging/staging-place.js';
import { tailOutput } from '../../../src/jobs/staging/tail-output.js';
import { describeReal, type Sshd, startSshd } from '../../rigs/rigs.js';
import { errorOf } from '../ssh/target.js';
import { Grounds } from './staging-place.js';

/** A job's directory with inputs, results, and what it printed. */
async function ended(grounds: Grounds): Promise<StagingPlace> {
  const place = await grounds.place();
  const { fs } = place.directory;
  await fs.mkdir(place.record, { recursive: true });
  await fs.mkdir('out/deep', { recursive: true });
  await Promise.all([
    fs.writeFile('si.in', 'input'),
    fs.writeFile('si.save', 'result'),
    fs.writeFile('out/deep/[odd].dat', 'odd'),
    fs.writeFile('out/wave.tmp', 'scratch'),
    fs.mkdir('out/.hawser/other-0123456789', { recursive: true }),
    fs.writeFile(`${place.record}/output`, 'printed\n'),
    fs.writeFile(`${place.record}/script`, '#!/bin/sh\n'),
  ]);
  return place;
}

/** All that is in a directory; what is a link is not entered. */
async function names(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.map(({ parentPath, name }) => relative(path, join(parentPath, name))).toSorted();
}

async function* linesOf(pieces: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lines of pieces) yield* lines;
}

function retrieving(grounds: () => Grounds): void {
  it('fetches all but the inputs and the records, and what was printed', async () => {
    const place = await ended(grounds());
    const local = join(await grounds().ground(), 'new/results');
    const summary = await retrieve(place, local, { inputs: ['si.in'] });
    expect(summary).toMatchObject({ files: 4, failed: [] });
    expect(await names(local)).toEqual([
      'out',
      'out/deep',
      'out/deep/[odd].dat',
      'out/wave.tmp',
      'relax-0123456789.out',
      'si.save',
    ]);
    expect(await readFile(`${local}/relax-0123456789.out`, 'utf8')).toBe('printed\n');
  });

  it('fetches what globs ask for, inputs too, and never a record', async () => {
    const place = await ended(grounds());
    const local = await grounds().ground();
    await retrieve(place, local, { outputs: ['**/*.dat', 'si.*', '.hawser/**'], inputs: ['si.in'] });
    expect(await names(local)).toEqual(['out', 'out/deep', 'out/deep/[odd].dat', 'si.in', 'si.save']);
    const none = await grounds().ground();
    await retrieve(place, none, { outputs: [] });
    expect(await names(none)).toEqual([]);
    await retrieve(place, none, { outputs: [], printed: true });
    expect(await names(none)).toEqual(['relax-0123456789.out']);
    const silent = await grounds().ground();
    await retrieve(place, silent, { inputs: ['si.in'], printed: false });
    expect(await names(silent)).toEqual(['out', 'out/deep', 'out/deep/[odd].dat', 'out/wave.tmp', 'si.save']);
  });

  it('fetches the second time what has changed since', async () => {
    const place = await ended(grounds());
    const local = await grounds().ground();
    await retrieve(place, local);
    await place.directory.fs.writeFile('si.save', 'another result');
    await rm(`${local}/out/wave.tmp`);
    expect(await retrieve(place, local)).toMatchObject({ files: 2, skipped: 3, failed: [] });
    expect(await readFile(`${local}/si.save`, 'utf8')).toBe('another result');
  });

  it('does without what a job prints where it has printed nothing, and says that a directory is gone', async () => {
    const place = await grounds().place();
    await writeFile(join(place.directory.path, 'a'), 'a');
    const local = await grounds().ground();
    expect(await retrieve(place, local)).toMatchObject({ files: 1 });
    await rm(place.directory.path, { recursive: true });
    expect(await errorOf(retrieve(place, local), FileError)).toMatchObject({
      code: 'ENOENT',
      host: place.directory.host,
    });
  });

  it('follows links within the directory, and reads nothing that others lead to, unless it is told to', async () => {
    const place = await ended(grounds());
    const { path } = place.directory;
    const elsewhere = join(await grounds().ground(), 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'secret.dat'), 'secret');
    for (const [to, name] of [
      [elsewhere, 'absolute'],
      [join(elsewhere, 'secret.dat'), 'out/file.dat'],
      ['../../', 'out/up'],
      ['out/../../', 'past'],
      [join(path, 'out/deep'), 'latest'],
      ['.', 'out/again'],
      ['nothing', 'dangling'],
    ] as const) {
      await symlink(to, join(path, name));
    }
    const local = await grounds().ground();
    const summary = await retrieve(place, local, { outputs: ['latest/*', 'absolute/*.dat', 'out/*.dat', 'si.save'] });
    expect(await names(local)).toEqual(['latest', 'latest/[odd].dat', 'si.save']);
    expect(summary.failed.map(({ code, message }) => [code, message.includes(elsewhere)])).toEqual([
      ['EPERM', true],
      ['EPERM', true],
    ]);
    expect(summary.failed.map(({ path: at }) => at).toSorted()).toEqual([`${path}/absolute`, `${path}/out/file.dat`]);
    const all = await grounds().ground();
    const { failed } = await retrieve(place, all);
    expect(failed.map((one) => one.path?.slice(path.length + 1)).toSorted()).toEqual([
      'absolute',
      'out/file.dat',
      'out/up',
      'past',
    ]);
    expect((await names(all)).filter((name) => !name.startsWith('out/deep'))).toEqual([
      'dangling',
      'latest',
      'latest/[odd].dat',
      'out',
      'out/again',
      'out/wave.tmp',
      'relax-0123456789.out',
      'si.in',
      'si.save',
    ]);
    const told = await grounds().ground();
    await retrieve(place, told, { outputs: ['absolute/*.dat'], linksOut: 'follow' });
    expect(await readFile(`${told}/absolute/secret.dat`, 'utf8')).toBe('secret');
    await rm(join(path, place.record, 'output'));
    await symlink(join(elsewhere, 'secret.dat'), join(path, place.record, 'output'));
    for (const read of [() => retrieve(place, told), () => readOutput(place)]) {
      expect(await errorOf(read(), FileError)).toMatchObject({
        code: 'ELOOP',
        path: expect.stringMatching(/output$/),
      });
    }
  });

  it('gives what a job has printed, its end alone, or bytes', async () => {
    const place = await ended(grounds());
    expect(await readOutput(place)).toBe('printed\n');
    await place.directory.fs.writeFile(`${place.record}/output`, 'one\ntwo ü\n');
    expect(await readOutput(place, { last: 2 })).toBe('\n');
    expect(await readOutput(place, { last: 3 })).toBe('ü\n');
    expect(await readOutput(place, { last: 1000 })).toBe('one\ntwo ü\n');
    expect(await readOutput(place, { encoding: 'buffer', last: 2 })).toEqual(Buffer.from([0xbc, 10]));
    const error = await errorOf(readOutput(place, { maxBuffer: 5 }), FileError);
    expect(error).toMatchObject({ code: 'EFBIG', path: `${place.directory.path}/${place.record}/output` });
    await expect(readOutput(place, { last: -1 })).rejects.toThrow('`last`');
    expect(await readOutput(await grounds().place())).toBe('');
  });

  it('follows what a job prints, from before it begins until it has ended', async () => {
    const place = await grounds().place();
    await mkdir(join(place.directory.path, place.record), { recursive: true });
    const output = join(place.directory.path, place.record, 'output');
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const lines: string[] = [];
    await Promise.all([
      writeFile(output, 'one\nt'),
      (async () => {
        for await (const line of linesOf(tailOutput(place, { ended, pollInterval: 5 }))) {
          lines.push(line);
          if (line === 'one') await writeFile(output, 'wo\nthree\n', { flag: 'a' });
          if (line === 'two') {
            await writeFile(output, 'last', { flag: 'a' });
            end();
          }
        }
      })(),
    ]);
    expect(lines).toEqual(['one', 'two', 'three', 'last']);
  });

  it('gives as many lines at a time as have come', async () => {
    const place = await grounds().place();
    await mkdir(join(place.directory.path, place.record), { recursive: true });
    await writeFile(join(place.directory.path, place.record, 'output'), 'a line\n'.repeat(100_000));
    let pieces = 0;
    let lines = 0;
    for await (const { length } of tailOutput(place, { ended: Promise.resolve(), pollInterval: 5 })) {
      pieces += 1;
      lines += length;
    }
    expect([lines, pieces < 1000]).toEqual([100_000, true]);
  });

  it('gives a line without an end in pieces, however much of it is there', async () => {
    const place = await grounds().place();
    await mkdir(join(place.directory.path, place.record), { recursive: true });
    await writeFile(join(place.directory.path, place.record, 'output'), 'x'.repeat(5_000_000));
    let longest = 0;
    let all = 0;
    for await (const { length } of linesOf(tailOutput(place, { ended: Promise.resolve(), pollInterval: 5 }))) {
      longest = Math.max(longest, length);
      all += length;
    }
    expect([all, longest < 2_000_000]).toEqual([5_000_000, true]);
  });

  it('follows nothing of a job that printed nothing, and fails as the wait for its end does', async () => {
    const place = await grounds().place();
    const lines: string[] = [];
    for await (const piece of tailOutput(place, { ended: Promise.resolve(), pollInterval: 5 })) lines.push(...piece);
    expect(lines).toEqual([]);
    const failing = tailOutput(place, { ended: Promise.reject(new Error('no answer')), pollInterval: 5 });
    await expect(failing.next()).rejects.toThrow('no answer');
    const stop = new AbortController();
    const waiting = tailOutput(place, { ended: new Promise(() => {}), signal: stop.signal, pollInterval: 5 }).next();
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
}

describe('retrieving on this machine', () => {
  const grounds = new Grounds(undefined);
  afterEach(() => grounds[Symbol.asyncDispose]());
  retrieving(() => grounds);
});

describeReal(['sshd'], 'retrieving over SSH, as an ordinary user', () => {
  let server: Sshd;
  let grounds: Grounds;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
    grounds = new Grounds(server);
  });
  afterEach(() => grounds[Symbol.asyncDispose]());
  afterAll(() => server?.stop());
  retrieving(() => grounds);
});
