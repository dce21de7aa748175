import * as node from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TransferOptions } from '../../../src/remote/transfer/options.js';
import type { TransferProgress } from '../../../src/remote/transfer/progress.js';
import { failure } from '../places.js';
import { overFiles, type Plants, plant } from './file-places.js';
import { snapshot } from './snapshot.js';

const tree: Plants = {
  a: 'a',
  'b.log': 'bb',
  'd/c.txt': 'ccc',
  'd/e/deep.log': 'dddd',
  'd/e/f/deepest.txt': 'eeeee',
  empty: null,
  nothing: '',
  'odd -name\n': 'odd',
  link: { link: 'd/c.txt' },
  'd/up': { link: '../a' },
};
const counts = { files: 7, bytes: 18, links: 2, skipped: 0, deleted: 0, failed: [] };

/** A transfer in one direction, so that one case covers both. */
interface Way {
  readonly way: 'upload' | 'download';
}
const ways: readonly Way[] = [{ way: 'upload' }, { way: 'download' }];

overFiles((place) => {
  /** Where a transfer comes from and goes to, as it names them and as this process sees them. */
  async function ends(way: Way['way'], source: Plants, target: Plants = {}) {
    const mine = await place.mine();
    const ground = await place.ground();
    const theirs = { named: ground.there, seen: ground.here };
    const ours = { named: mine, seen: mine };
    const [from, to] = way === 'upload' ? [ours, theirs] : [theirs, ours];
    await plant(from.seen, source);
    await plant(to.seen, target);
    await place.give(ground.here);
    const run = async (fromName: string, toName: string, o?: TransferOptions) => {
      const connection = await place.shared();
      return connection[way](`${from.named}/${fromName}`, `${to.named}/${toName}`, o);
    };
    return { from: from.seen, to: to.seen, run };
  }

  describe.each(ways)('$way', ({ way }) => {
    it('copies a tree, and counts it', async () => {
      const { from, to, run } = await ends(way, tree);
      expect(await run('', 'new/deep')).toMatchObject(counts);
      expect(await snapshot(join(to, 'new/deep'))).toEqual(await snapshot(from));
    });

    it('copies a file, and counts it', async () => {
      const { to, run } = await ends(way, { a: 'x'.repeat(700_001) });
      expect(await run('a', 'b')).toMatchObject({ files: 1, bytes: 700_001 });
      expect(await node.readFile(join(to, 'b'), 'utf8')).toBe('x'.repeat(700_001));
    });

    it('puts a file into a directory that is there', async () => {
      const { to, run } = await ends(way, { a: 'a' }, { d: null });
      await run('a', 'd');
      expect(await node.readFile(join(to, 'd/a'), 'utf8')).toBe('a');
    });

    it('puts a tree into one that is there, and keeps what else is in it', async () => {
      const { to, run } = await ends(way, tree, { 't/a': 'older and longer', 't/d/else': 'kept' });
      await run('', 't');
      expect(await snapshot(to)).toMatchObject({ 't/a': 'file 644 "a"', 't/d/else': 'file 644 "kept"' });
    });

    it('copies nothing of an empty directory, but the directory', async () => {
      const { to, run } = await ends(way, { d: null });
      expect(await run('d', 't')).toMatchObject({ files: 0, bytes: 0, failed: [] });
      expect(await snapshot(to)).toEqual({ t: 'directory 755' });
    });

    it.each([
      [{ include: '**/*.log' }, ['b.log', 'd', 'd/e', 'd/e/deep.log']],
      [{ include: ['a', 'd/c.txt'] }, ['a', 'd', 'd/c.txt']],
      [{ include: 'd/e' }, ['d', 'd/e', 'd/e/deep.log', 'd/e/f', 'd/e/f/deepest.txt']],
      [{ exclude: ['d', 'link', 'odd*'] }, ['a', 'b.log', 'empty', 'nothing']],
      [{ exclude: '**/*.log', include: ['*.log', 'a'] }, ['a']],
      [{ include: '*', exclude: ['d', 'empty', 'l*', 'o*', 'n*'] }, ['a', 'b.log']],
      [
        { filter: ({ path, kind }) => kind === 'directory' || path.endsWith('.txt') },
        ['d', 'd/c.txt', 'd/e', 'd/e/f', 'd/e/f/deepest.txt', 'empty'],
      ],
    ] satisfies [TransferOptions, string[]][])('takes what %o says', async (o, expected) => {
      const { to, run } = await ends(way, tree);
      await run('', 't', o);
      const taken = Object.keys(await snapshot(to)).filter((name) => name !== 't');
      expect(taken.map((name) => name.slice(2)).sort()).toEqual(expected);
    });

    it('gives an empty summary where the globs match nothing', async () => {
      const { to, run } = await ends(way, tree);
      expect(await run('', 't', { include: '*.none' })).toMatchObject({ files: 0, bytes: 0, links: 0, failed: [] });
      expect(Object.keys(await snapshot(to)).filter((name) => name !== 't')).toEqual([]);
    });

    it('asks the filter nothing about what lies in a directory that it refused', async () => {
      const { run } = await ends(way, tree);
      const asked: string[] = [];
      await run('', 't', {
        filter: async ({ path }) => {
          asked.push(path);
          return path !== 'd';
        },
      });
      expect(asked.sort()).toEqual(['a', 'b.log', 'd', 'empty', 'link', 'nothing', 'odd -name\n']);
    });

    it('replaces by default, skips with `never`, fails with `error`', async () => {
      const { to, run } = await ends(way, { a: 'new', b: 'new' }, { 't/a': 'old' });
      expect(await run('', 't', { overwrite: 'never' })).toMatchObject({ files: 1, skipped: 1 });
      expect(await snapshot(join(to, 't'))).toEqual({ a: 'file 644 "old"', b: 'file 644 "new"' });
      const { failed } = await run('', 't', { overwrite: 'error' });
      expect(failed.map(({ code }) => code)).toEqual(['EEXIST', 'EEXIST']);
      expect(await run('', 't')).toMatchObject({ files: 2, skipped: 0 });
      expect(await snapshot(join(to, 't'))).toEqual({ a: 'file 644 "new"', b: 'file 644 "new"' });
    });

    it('skips what is equal with `if-different`, by time or by digest', async () => {
      const { to, run } = await ends(
        way,
        { a: 'same', b: 'news', c: 'newer' },
        { 't/a': 'same', 't/b': 'olds', 't/c': '' },
      );
      // What is older may be equal all the same; what is of one size and second is taken for equal.
      for (const name of ['a', 'b', 'c']) await node.utimes(join(to, 't', name), 1_000_000_000, 1_000_000_000);
      expect(await run('', 't', { overwrite: 'if-different' })).toMatchObject({ files: 2, skipped: 1 });
      expect(await snapshot(join(to, 't'))).toEqual({
        a: 'file 644 "same"',
        b: 'file 644 "news"',
        c: 'file 644 "newer"',
      });
      expect(await run('', 't', { overwrite: 'if-different' })).toMatchObject({ files: 0, skipped: 3 });
    });

    it('keeps modes and times where that is asked for', async () => {
      const { from, to, run } = await ends(way, { a: 'a', b: 'b', d: null });
      await node.chmod(join(from, 'a'), 0o640);
      await node.chmod(join(from, 'b'), 0o555);
      await node.chmod(join(from, 'd'), 0o750);
      for (const name of ['a', 'b', 'd']) await node.utimes(join(from, name), 1_000_000_000, 1_100_000_000);
      await run('', 't', { preserve: true });
      expect(await snapshot(join(to, 't'), { times: true })).toEqual(await snapshot(from, { times: true }));
      expect((await node.stat(join(to, 't/d'))).mtimeMs).toBe(1_100_000_000_000);
    });

    it('keeps the time of access, too, where what was written is read once more', async () => {
      const { from, to, run } = await ends(way, { small: 'a', large: 'b'.repeat(300_000) });
      for (const name of ['small', 'large']) await node.utimes(join(from, name), 1_000_000_000, 1_000_000_000);
      await run('', 't', { preserve: true, verify: 'sha256' });
      for (const name of ['small', 'large']) {
        const { atimeMs, mtimeMs } = await node.stat(join(to, 't', name));
        expect([name, mtimeMs, atimeMs]).toEqual([name, 1_000_000_000_000, 1_000_000_000_000]);
      }
    });

    it('follows links where that is asked for', async () => {
      const { to, run } = await ends(way, {
        'd/a': 'a',
        's/to-file': { link: '../d/a' },
        's/to-directory': { link: '../d' },
      });
      await run('s', 't', { followSymlinks: true });
      expect(await snapshot(join(to, 't'))).toEqual({
        'to-directory': 'directory 755',
        'to-directory/a': 'file 644 "a"',
        'to-file': 'file 644 "a"',
      });
    });

    it('ends although links that it follows lead in a circle', async () => {
      const { run } = await ends(way, { 's/a': 'a', 's/d/up': { link: '..' } });
      const { files, failed } = await run('s', 't', { followSymlinks: true });
      expect(files).toBeGreaterThanOrEqual(1);
      expect(failed.every(({ code }) => code === 'ELOOP')).toBe(true);
    });

    it('writes through no link that stands in the target', async () => {
      const { to, run } = await ends(
        way,
        { 's/a': 'new', 's/d/b': 'new' },
        { kept: 'kept', out: null, 't/a': { link: '../kept' } },
      );
      await node.symlink('../out', join(to, 't/d'));
      await run('s', 't');
      expect(await node.readFile(join(to, 'kept'), 'utf8')).toBe('kept');
      expect(await node.readdir(join(to, 'out'))).toEqual([]);
    });

    it('makes a mirror with `delete`, and leaves what the globs leave out', async () => {
      const { from, to, run } = await ends(way, tree, {
        't/gone': 'x',
        't/d/gone/deep': 'x',
        't/kept.bak': 'x',
        't/old': { link: 'a' },
      });
      expect(await run('', 't', { delete: true, exclude: '**/*.bak' })).toMatchObject({ deleted: 4 });
      const { 'kept.bak': kept, ...rest } = await snapshot(join(to, 't'));
      expect(kept).toBe('file 644 "x"');
      expect(rest).toEqual(await snapshot(from));
    });

    it('moves with `removeSource`', async () => {
      const { from, to, run } = await ends(way, { 's/a': 'a', 's/d/b': 'b', 's/l': { link: 'a' } });
      await run('s', 't', { removeSource: true });
      expect(Object.keys(await snapshot(to))).toEqual(['t', 't/a', 't/d', 't/d/b', 't/l']);
      expect(Object.keys(await snapshot(from)).filter((name) => name !== 's')).toEqual([]);
    });

    it('changes nothing with `dryRun`, and counts what it would', async () => {
      const { from, to, run } = await ends(way, tree, { 't/old': 'x' });
      const before = [await snapshot(from), await snapshot(to)];
      const summary = await run('', 't', { dryRun: true, delete: true, removeSource: true });
      expect(summary).toMatchObject({ ...counts, deleted: 1 });
      expect([await snapshot(from), await snapshot(to)]).toEqual(before);
    });

    it.each(['none', 'size', 'sha256'] as const)('checks what it wrote: %s', async (verify) => {
      const { from, to, run } = await ends(way, { a: 'x'.repeat(100_000), b: '' });
      expect(await run('', 't', { verify })).toMatchObject({ files: 2, failed: [] });
      expect(await snapshot(join(to, 't'))).toEqual(await snapshot(from));
    });

    it('writes in place where it is not to be atomic, and keeps the file that is there', async () => {
      const { to, run } = await ends(way, { a: 'new' }, { a: 'an older one' });
      const before = await node.stat(join(to, 'a'));
      await run('a', 'a', { atomic: false });
      expect((await node.stat(join(to, 'a'))).ino).toBe(before.ino);
      expect(await node.readFile(join(to, 'a'), 'utf8')).toBe('new');
      await run('a', 'a');
      expect((await node.stat(join(to, 'a'))).ino).not.toBe(before.ino);
    });

    it('tells how far it has come, and all of it at the end', async () => {
      const { run } = await ends(way, tree);
      const told: TransferProgress[] = [];
      await run('', 't', { onProgress: (p) => told.push(p) });
      expect(told.at(-1)).toMatchObject({ bytes: 18, totalBytes: 18, files: 7, totalFiles: 7, complete: true });
      expect(told.every((p, i) => p.bytes >= (told[i - 1]?.bytes ?? 0))).toBe(true);
    });

    it('copies one at a time where that is asked for', async () => {
      const { from, to, run } = await ends(way, tree);
      await run('', 't', { concurrency: 1 });
      expect(await snapshot(join(to, 't'))).toEqual(await snapshot(from));
    });

    it('refuses options that cannot be meant, before anything is touched', async () => {
      const { to, run } = await ends(way, tree);
      const wrong: readonly unknown[] = [
        { concurrency: 0 },
        { overwrite: 'maybe' },
        { verify: 'md5' },
        { include: '/abs' },
        { dryRun: 1 },
      ];
      for (const o of wrong) {
        const options: TransferOptions = Object(o);
        expect(await failure(run('', 't', options)), JSON.stringify(o)).toMatchObject({ name: 'OptionError' });
      }
      expect(await snapshot(to)).toEqual({});
    });

    it('heeds a signal that was given before', async () => {
      const { to, run } = await ends(way, tree);
      expect(await failure(run('', 't', { signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
      expect(await snapshot(to)).toEqual({});
    });
  });
});
