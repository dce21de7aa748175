import { chmod, lstat, mkdir, readlink, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { copyHere, namesIn, textOf, useLocalPlaces } from './local-places.js';

const at = useLocalPlaces();

describe('a transfer of one file', () => {
  it('makes the target, and says what it did', async () => {
    await writeFile(at.from('a'), 'hello');
    const summary = await copyHere(at.from('a'), at.to('b'));
    expect(await textOf(at.to('b'))).toBe('hello');
    expect(summary).toMatchObject({ files: 1, bytes: 5, skipped: 0, deleted: 0, failed: [], directories: 0, links: 0 });
    expect(await namesIn(at.to())).toEqual(['b']);
  });

  it('copies a file of no bytes', async () => {
    await writeFile(at.from('a'), '');
    expect(await copyHere(at.from('a'), at.to('b'))).toMatchObject({ files: 1, bytes: 0 });
    expect(await textOf(at.to('b'))).toBe('');
  });

  it('copies a large file to the byte', async () => {
    const bytes = Buffer.alloc(9 * 1024 * 1024 + 13, 'abcdefg');
    await writeFile(at.from('a'), bytes);
    expect(await copyHere(at.from('a'), at.to('b'), { verify: 'sha256' })).toMatchObject({
      files: 1,
      bytes: bytes.length,
    });
    expect(Buffer.from(await textOf(at.to('b'))).equals(bytes)).toBe(true);
  });

  it('goes into a directory under its own name', async () => {
    await writeFile(at.from('a'), 'x');
    await copyHere(at.from('a'), at.to());
    expect(await namesIn(at.to())).toEqual(['a']);
  });

  it('makes the directory that a trailing slash asks for', async () => {
    await writeFile(at.from('a'), 'x');
    await copyHere(at.from('a'), `${at.to('new/deep')}/`);
    expect(await textOf(at.to('new/deep/a'))).toBe('x');
  });

  it('goes into a new directory that others are making at the same time', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `f${i}`);
    for (const name of names) await writeFile(at.from(name), name);
    for (let round = 0; round < 10; round += 1) {
      const into = at.to(`new${round}`);
      // Each begins a moment after the one before, so that some look before and after the directory is made.
      const later = async (name: string, turns: number): Promise<void> => {
        for (let turn = 0; turn < turns; turn += 1) await lstat(at.from(name));
        await copyHere(at.from(name), `${into}/`);
      };
      await Promise.all(names.map((name, i) => later(name, i)));
      expect(await namesIn(into)).toEqual([...names].sort());
    }
  });

  it('does not make the directory of a target without a slash', async () => {
    await writeFile(at.from('a'), 'x');
    await expect(copyHere(at.from('a'), at.to('no/b'))).rejects.toMatchObject({ code: 'ENOENT', path: at.to('no/b') });
  });

  it('fails where a file stands in place of the directory that a slash asks for', async () => {
    await writeFile(at.from('a'), 'x');
    await writeFile(at.to('b'), 'y');
    await expect(copyHere(at.from('a'), `${at.to('b')}/`)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('fails where a directory has its name', async () => {
    await writeFile(at.from('a'), 'x');
    await mkdir(at.to('a'));
    await expect(copyHere(at.from('a'), at.to())).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await namesIn(at.to())).toEqual(['a']);
  });

  it('follows a link at the source, and keeps one at the target', async () => {
    await writeFile(at.from('a'), 'new');
    await symlink('a', at.from('link'));
    await writeFile(at.to('real'), 'old');
    await symlink('real', at.to('link'));
    await copyHere(at.from('link'), at.to('link'));
    expect(await readlink(at.to('link'))).toBe('real');
    expect(await textOf(at.to('real'))).toBe('new');
  });

  it('gives a new file the permissions of its source less the umask, and never the set-user-id bit', async () => {
    await writeFile(at.from('a'), 'x');
    await chmod(at.from('a'), 0o4755);
    await copyHere(at.from('a'), at.to('b'));
    expect((await stat(at.to('b'))).mode & 0o7777).toBe(0o755 & ~process.umask());
  });

  it('keeps the mode of a file that it replaces', async () => {
    await writeFile(at.from('a'), 'x', { mode: 0o644 });
    await writeFile(at.to('b'), 'y');
    await chmod(at.to('b'), 0o640);
    await copyHere(at.from('a'), at.to('b'));
    expect((await stat(at.to('b'))).mode & 0o7777).toBe(0o640);
  });

  it('preserves mode and times to the bit when asked to', async () => {
    await writeFile(at.from('a'), 'x');
    await chmod(at.from('a'), 0o4511);
    await utimes(at.from('a'), 1000, 2000);
    await copyHere(at.from('a'), at.to('b'), { preserve: true });
    const { mode, atimeMs, mtimeMs } = await stat(at.to('b'));
    expect([mode & 0o7777, atimeMs, mtimeMs]).toEqual([0o4511, 1_000_000, 2_000_000]);
  });

  it('keeps what is there with overwrite "never", and refuses with "error"', async () => {
    await writeFile(at.from('a'), 'new');
    await writeFile(at.to('a'), 'old');
    expect(await copyHere(at.from('a'), at.to('a'), { overwrite: 'never' })).toMatchObject({ files: 0, skipped: 1 });
    await expect(copyHere(at.from('a'), at.to('a'), { overwrite: 'error' })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await textOf(at.to('a'))).toBe('old');
  });

  it('skips what is equal with overwrite "if-different", by its bytes where the times differ', async () => {
    await writeFile(at.from('a'), 'same');
    await writeFile(at.to('a'), 'same');
    await utimes(at.to('a'), 5, 5);
    expect(await copyHere(at.from('a'), at.to('a'), { overwrite: 'if-different' })).toMatchObject({
      files: 0,
      skipped: 1,
    });
    await writeFile(at.to('a'), 'diff');
    await utimes(at.to('a'), 5, 5);
    expect(await copyHere(at.from('a'), at.to('a'), { overwrite: 'if-different' })).toMatchObject({
      files: 1,
      skipped: 0,
    });
    expect(await textOf(at.to('a'))).toBe('same');
  });

  it('changes nothing in a dry run', async () => {
    await writeFile(at.from('a'), 'hello');
    expect(await copyHere(at.from('a'), at.to('b'), { dryRun: true })).toMatchObject({ files: 1, bytes: 5 });
    expect(await namesIn(at.to())).toEqual([]);
  });

  it('removes the source once the copy is in place', async () => {
    await writeFile(at.from('a'), 'hello');
    await copyHere(at.from('a'), at.to('b'), { removeSource: true });
    expect(await namesIn(at.from())).toEqual([]);
    expect(await textOf(at.to('b'))).toBe('hello');
  });

  it('refuses to copy a file onto itself, by whatever name', async () => {
    await writeFile(at.from('a'), 'hello');
    await symlink('a', at.from('b'));
    const same = copyHere(at.from('a'), at.from('b'), { removeSource: true });
    await expect(same).rejects.toMatchObject({ code: 'EINVAL' });
    expect(await textOf(at.from('a'))).toBe('hello');
  });

  it('writes in place without `atomic`, and not through a link', async () => {
    await writeFile(at.from('a'), 'short');
    await writeFile(at.to('b'), 'something longer');
    const { ino } = await stat(at.to('b'));
    await copyHere(at.from('a'), at.to('b'), { atomic: false });
    expect(await textOf(at.to('b'))).toBe('short');
    expect((await stat(at.to('b'))).ino).toBe(ino);
  });

  it('reads files of the kernel, which say that they are empty', async () => {
    await copyHere('/proc/cpuinfo', at.to('b'));
    expect(await textOf(at.to('b'))).toMatch(/processor/);
  });

  it('takes or leaves a single file by its name', async () => {
    await writeFile(at.from('a.log'), 'x');
    expect(await copyHere(at.from('a.log'), at.to('b'), { exclude: '*.log' })).toMatchObject({ files: 0 });
    expect(await namesIn(at.to())).toEqual([]);
  });

  it('writes to a device, and never takes its place', async () => {
    await writeFile(at.from('a'), 'x');
    await copyHere(at.from('a'), '/dev/null');
    expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
    await expect(copyHere(at.from('a'), '/dev/full')).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  it('removes what a dead transfer of the same file left', async () => {
    await writeFile(at.from('a'), Buffer.alloc(300_000, 1));
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const cut = copyHere(at.from('a'), at.to('b'), { resume: true, onProgress, signal: stop.signal });
    await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
    expect(await namesIn(at.to())).toEqual([expect.stringMatching(/^\.b\.hawser-[0-9a-f]{8}$/)]);
    await copyHere(at.from('a'), at.to('b'));
    expect(await namesIn(at.to())).toEqual(['b']);
  });

  it('checks its options and paths before it touches anything', async () => {
    for (const o of [
      { overwrite: 'maybe' },
      { concurrency: 0 },
      { include: '/abs' },
      { resume: true, atomic: false },
    ]) {
      await expect(copyHere('/nonexistent', at.to('b'), o as object)).rejects.toThrow(OptionError);
    }
    await expect(copyHere('', at.to('b'))).rejects.toThrow(OptionError);
    await expect(copyHere('a\0b', at.to('b'))).rejects.toThrow(OptionError);
  });
});
