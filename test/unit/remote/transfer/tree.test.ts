import { chmod, lstat, mkdir, readlink, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TransferProgress } from '../../../../src/remote/transfer/progress.js';
import { copyHere, namesIn, textOf, useLocalPlaces } from './local-places.js';

const at = useLocalPlaces();

/** Makes files with their path as content; a name that ends with a slash is an empty directory. */
async function plant(root: string, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(root, path, path.endsWith('/') ? '.' : '..'), { recursive: true });
    if (!path.endsWith('/')) await writeFile(join(root, path), path);
  }
}

describe('a transfer of a tree', () => {
  it('puts its contents into the target, which it makes, with empty directories', async () => {
    await plant(at.from(), 'a', 'd/b', 'd/e/c', 'empty/');
    const summary = await copyHere(at.from(), at.to('x/y'));
    expect(await namesIn(at.to('x/y'))).toEqual(['a', 'd', 'd/b', 'd/e', 'd/e/c', 'empty']);
    expect(await textOf(at.to('x/y/d/e/c'))).toBe('d/e/c');
    expect(summary).toMatchObject({ files: 3, bytes: 1 + 3 + 5, directories: 4, failed: [] });
  });

  it('merges with what is there', async () => {
    await plant(at.from(), 'd/new', 'both');
    await plant(at.to(), 'd/old', 'both', 'other');
    await writeFile(at.to('both'), 'old');
    await copyHere(at.from(), at.to());
    expect(await namesIn(at.to())).toEqual(['both', 'd', 'd/new', 'd/old', 'other']);
    expect(await textOf(at.to('both'))).toBe('both');
  });

  it('copies many files in many directories', async () => {
    const names = Array.from({ length: 600 }, (_, i) => `d${i % 40}/e${i % 7}/f${i}`);
    await plant(at.from(), ...names);
    expect(await copyHere(at.from(), at.to())).toMatchObject({ files: 600, failed: [] });
    expect(await namesIn(at.to())).toEqual(await namesIn(at.from()));
  });

  it('keeps links as links, those that lead nowhere and those that loop as well', async () => {
    await plant(at.from(), 'd/a');
    await symlink('d/a', at.from('to-file'));
    await symlink('d', at.from('to-dir'));
    await symlink('nowhere', at.from('broken'));
    await symlink('loop', at.from('loop'));
    await symlink('/etc/passwd', at.from('absolute'));
    expect(await copyHere(at.from(), at.to())).toMatchObject({ files: 1, links: 5, failed: [] });
    for (const name of ['to-file', 'to-dir', 'broken', 'loop', 'absolute']) {
      expect(await readlink(at.to(name))).toBe(await readlink(at.from(name)));
    }
    expect(await copyHere(at.from(), at.to())).toMatchObject({ links: 0, skipped: 5, failed: [] });
  });

  it('replaces a link or a file with a link', async () => {
    await symlink('new', at.from('a'));
    await symlink('new', at.from('b'));
    await symlink('old', at.to('a'));
    await writeFile(at.to('b'), 'old');
    expect(await copyHere(at.from(), at.to())).toMatchObject({ links: 2, failed: [] });
    expect([await readlink(at.to('a')), await readlink(at.to('b'))]).toEqual(['new', 'new']);
    expect(await namesIn(at.to())).toEqual(['a', 'b']);
  });

  it('copies what links lead to when they are followed, and stops at one that leads back', async () => {
    await plant(at.from(), 'd/a');
    await symlink('d', at.from('again'));
    await symlink('..', at.from('d/up'));
    await symlink('nowhere', at.from('broken'));
    const { files, failed } = await copyHere(at.from(), at.to(), { followSymlinks: true });
    expect(files).toBe(2);
    expect(await textOf(at.to('again/a'))).toBe('d/a');
    expect(failed.map((error) => error.code).sort()).toEqual(['ELOOP', 'ELOOP', 'ENOENT']);
  });

  it('gives directories their modes and times last', async () => {
    await plant(at.from(), 'closed/in/file');
    await utimes(at.from('closed/in'), 100, 200);
    await chmod(at.from('closed/in'), 0o500);
    await chmod(at.from('closed'), 0o511);
    await copyHere(at.from(), at.to(), { preserve: true });
    expect((await stat(at.to('closed'))).mode & 0o7777).toBe(0o511);
    const inner = await stat(at.to('closed/in'));
    expect([inner.mode & 0o7777, inner.mtimeMs]).toEqual([0o500, 200_000]);
    await copyHere(at.from(), at.to('second'));
    expect((await stat(at.to('second/closed/in'))).mode & 0o7777).toBe(0o500);
    for (const root of [at.from(), at.to(), at.to('second')]) await chmod(join(root, 'closed/in'), 0o700);
  });

  it('takes what the globs say, prunes directories, and makes none that stay empty', async () => {
    await plant(
      at.from(),
      'a.txt',
      'b.log',
      'src/a.txt',
      'src/deep/c.txt',
      'src/x.log',
      'node_modules/m/a.txt',
      'none/x.log',
    );
    await copyHere(at.from(), at.to(), { include: ['*.txt', 'src/**/*.txt'] });
    expect(await namesIn(at.to())).toEqual(['a.txt', 'src', 'src/a.txt', 'src/deep', 'src/deep/c.txt']);
    await copyHere(at.from(), at.to('2'), { exclude: ['node_modules', '**/*.log'] });
    expect(await namesIn(at.to('2'))).toEqual(['a.txt', 'none', 'src', 'src/a.txt', 'src/deep', 'src/deep/c.txt']);
    await copyHere(at.from(), at.to('3'), { include: 'src', exclude: 'src/deep/' });
    expect(await namesIn(at.to('3'))).toEqual(['src', 'src/a.txt', 'src/x.log']);
  });

  it('gives an empty summary where a glob matches nothing', async () => {
    await plant(at.from(), 'a', 'd/b');
    expect(await copyHere(at.from(), at.to('x'), { include: '**/*.zip' })).toMatchObject({
      files: 0,
      bytes: 0,
      failed: [],
    });
    expect(await namesIn(at.to())).toEqual([]);
  });

  it('asks the filter for each entry, and enters no directory that it leaves out', async () => {
    await plant(at.from(), 'a', 'd/b', 'e/c');
    const asked: string[] = [];
    await copyHere(at.from(), at.to(), {
      filter: async ({ path, kind }) => {
        asked.push(`${kind} ${path}`);
        return path !== 'd';
      },
    });
    expect(asked.sort()).toEqual(['directory d', 'directory e', 'file a', 'file e/c']);
    expect(await namesIn(at.to())).toEqual(['a', 'e', 'e/c']);
  });

  it('tells what a filter threw', async () => {
    await plant(at.from(), 'a');
    const filter = (): boolean => {
      throw new Error('no such luck');
    };
    const failed = copyHere(at.from(), at.to(), { filter });
    await expect(failed).rejects.toMatchObject({
      name: 'TransferError',
      message: expect.stringContaining('no such luck'),
    });
  });

  it('collects the errors of single files, and copies the rest', async () => {
    await plant(at.from(), 'a', 'b', 'c/d');
    await mkdir(at.to('a'));
    await writeFile(at.to('c'), 'in the way');
    const { files, failed } = await copyHere(at.from(), at.to());
    expect(files).toBe(1);
    expect(failed.map(({ code, path }) => [code, path]).sort()).toEqual([
      ['EISDIR', at.to('a')],
      ['ENOTDIR', at.to('c')],
    ]);
  });

  it('never writes through a link of the target, but for the root itself', async () => {
    await plant(at.from(), 'd/a', 'f');
    await mkdir(at.to('real'));
    await mkdir(at.to('outside'));
    await writeFile(at.to('precious'), 'old');
    await symlink('real', at.to('root'));
    await symlink('../outside', at.to('real/d'));
    await symlink('../precious', at.to('real/f'));
    const { failed } = await copyHere(at.from(), at.to('root'));
    expect(failed).toMatchObject([{ code: 'ENOTDIR', message: expect.stringContaining('symbolic link') }]);
    expect(await namesIn(at.to('outside'))).toEqual([]);
    expect(await textOf(at.to('precious'))).toBe('old');
    expect((await lstat(at.to('real/f'))).isFile()).toBe(true);
    expect((await lstat(at.to('root'))).isSymbolicLink()).toBe(true);
  });

  it('mirrors with `delete`, leaves what is excluded, and follows no link to delete', async () => {
    await plant(at.from(), 'a', 'd/b', 'was-file/x');
    await plant(
      at.to(),
      'gone',
      'd/gone/deep/x',
      'd/keep.cfg',
      'old/keep.cfg',
      'old/y',
      'was-file',
      'outside/precious',
    );
    await symlink('../outside', at.to('d/link'));
    const { deleted, failed } = await copyHere(at.from(), at.to(), { delete: true, exclude: ['**/*.cfg', 'outside'] });
    expect(failed).toEqual([]);
    expect(await namesIn(at.to())).toEqual([
      'a',
      'd',
      'd/b',
      'd/keep.cfg',
      'old',
      'old/keep.cfg',
      'outside',
      'outside/precious',
      'was-file',
      'was-file/x',
    ]);
    expect(deleted).toBe(1 + 3 + 1 + 1 + 1);
  });

  it('deletes nothing in a dry run, and counts it', async () => {
    await plant(at.from(), 'a');
    await plant(at.to(), 'x', 'y/z');
    expect(await copyHere(at.from(), at.to(), { delete: true, dryRun: true })).toMatchObject({ files: 1, deleted: 3 });
    expect(await namesIn(at.to())).toEqual(['x', 'y', 'y/z']);
  });

  it('deletes nothing that the source still has', async () => {
    await plant(at.from(), 'a', 'skipped');
    await plant(at.to(), 'skipped', 'b');
    await copyHere(at.from(), at.to(), { delete: true, filter: ({ path }) => path !== 'skipped' });
    expect(await namesIn(at.to())).toEqual(['a', 'skipped']);
  });

  it('removes the source as it goes, and leaves what was left out', async () => {
    await plant(at.from(), 'a', 'd/e/b', 'f/keep.log');
    await symlink('a', at.from('link'));
    await copyHere(at.from(), at.to(), { removeSource: true, exclude: '**/*.log' });
    expect(await namesIn(at.from())).toEqual(['f', 'f/keep.log']);
    expect(await namesIn(at.to())).toEqual(['a', 'd', 'd/e', 'd/e/b', 'f', 'link']);
  });

  it('copies names of any bytes', async () => {
    const names = ['-rf', 'a b', "it's", 'new\nline', '*', '$HOME', '~', '.hidden', 'ünï', '\\'];
    await plant(at.from(), ...names);
    const odd = Buffer.concat([Buffer.from(at.from('/')), Buffer.from([0xff, 0xfe, 0x41])]);
    await writeFile(odd, 'odd');
    expect(await copyHere(at.from(), at.to())).toMatchObject({ files: names.length + 1, failed: [] });
    expect(await textOf(at.to('new\nline'))).toBe('new\nline');
    const there = Buffer.concat([Buffer.from(at.to('/')), Buffer.from([0xff, 0xfe, 0x41])]);
    expect((await stat(there)).size).toBe(3);
  });

  it('copies names of the greatest length', async () => {
    const name = 'n'.repeat(255);
    await plant(at.from(), name, `${'é'.repeat(127)}`);
    expect(await copyHere(at.from(), at.to())).toMatchObject({ files: 2, failed: [] });
    expect(await textOf(at.to(name))).toBe(name);
  });

  it('fails where the root is missing, or stands in the way', async () => {
    await expect(copyHere(at.from('nope'), at.to())).rejects.toMatchObject({ code: 'ENOENT', path: at.from('nope') });
    await writeFile(at.to('file'), 'x');
    await expect(copyHere(at.from(), at.to('file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('refuses to copy a directory into itself', async () => {
    await plant(at.from(), 'a');
    await expect(copyHere(at.from(), at.from('a-copy/deep'))).rejects.toMatchObject({ code: 'EINVAL' });
    expect(await namesIn(at.from())).toEqual(['a']);
  });

  it('reports its progress, which ends with everything', async () => {
    await plant(at.from(), 'a', 'd/b', 'd/c');
    const reports: TransferProgress[] = [];
    await copyHere(at.from(), at.to(), { onProgress: (p) => reports.push(p) });
    expect(reports.at(-1)).toMatchObject({
      bytes: 7,
      totalBytes: 7,
      files: 3,
      totalFiles: 3,
      complete: true,
      etaMs: 0,
    });
    for (const [i, { bytes }] of reports.entries()) expect(bytes).toBeGreaterThanOrEqual(reports[i - 1]?.bytes ?? 0);
  });

  it('ends with the signal, and leaves no drafts', async () => {
    await plant(at.from(), ...Array.from({ length: 50 }, (_, i) => `f${i}`));
    const stop = new AbortController();
    const onProgress = (): void => stop.abort(new Error('enough'));
    await expect(copyHere(at.from(), at.to(), { onProgress, signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    for (const name of await namesIn(at.to())) expect(await textOf(at.to(name))).toBe(name);
  });
});
