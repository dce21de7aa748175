import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDirectories, makeDirectoriesSync } from '../../../src/core/make-directories.js';

describe('makeDirectories', () => {
  let at: string;

  beforeAll(async () => {
    at = await mkdtemp(join(tmpdir(), 'hawser-make-'));
  });

  afterAll(() => rm(at, { recursive: true }));

  it('makes what is missing, and says what was made first', async () => {
    expect(await makeDirectories(join(at, 'a/b/c'), 0o700)).toBe(join(at, 'a'));
    expect((await stat(join(at, 'a/b/c'))).mode & 0o777).toBe(0o700);
    expect(await makeDirectories(join(at, 'a/b/d'))).toBe(join(at, 'a/b/d'));
    expect(await makeDirectories(join(at, 'a/b'))).toBeUndefined();
  });

  it('takes names that are no text', async () => {
    await makeDirectories(Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0xff, 0x2f, 0xfe])]));
    const names = await readdir(at, { encoding: 'buffer' });
    expect(names.some((name) => name.equals(Buffer.from([0xff])))).toBe(true);
  });

  it('is made by one of many at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => makeDirectories(join(at, 'many/x'))));
    expect(made.filter((first) => first === join(at, 'many'))).toHaveLength(1);
  });

  it('says what is in the way', async () => {
    await writeFile(join(at, 'file'), '');
    await mkdir(join(at, 'there'));
    await expect(makeDirectories(join(at, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeDirectories(join(at, 'file/x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    makeDirectoriesSync(join(at, 'there'));
    makeDirectoriesSync(join(at, 'there/and/here'));
    expect((await stat(join(at, 'there/and/here'))).isDirectory()).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')('comes back from a place that takes no directories', async () => {
    await expect(makeDirectories('/proc/hawser/x')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(() => makeDirectoriesSync('/proc/hawser/x')).toThrow('ENOENT');
  });
});
