import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Ground, overFiles, plant } from './file-places.js';

async function grow({ here }: Ground): Promise<void> {
  await plant(here, {
    'a.txt': '',
    'b.log': '',
    '.hidden': '',
    'd/c.txt': '',
    'd/.dot/x.txt': '',
    'd/e/f.txt': '',
    'sp ace/q.txt': '',
    '[x]/y.txt': '',
    link: { link: 'd' },
    'd/e/up': { link: '..' },
    dangling: { link: 'none' },
  });
}

// What `fs.glob` of Node 24 gives; Node 20 has none.
const table: readonly (readonly [pattern: string | readonly string[], found: readonly string[]])[] = [
  ['*', ['[x]', 'a.txt', 'b.log', 'd', 'dangling', 'link', 'sp ace']],
  ['*.txt', ['a.txt']],
  ['**/*.txt', ['[x]/y.txt', 'a.txt', 'd/c.txt', 'd/e/f.txt', 'sp ace/q.txt']],
  ['*/*.txt', ['[x]/y.txt', 'd/c.txt', 'sp ace/q.txt']],
  ['**/e', ['d/e']],
  ['d/*', ['d/c.txt', 'd/e']],
  ['d/**', ['d', 'd/c.txt', 'd/e', 'd/e/f.txt', 'd/e/up']],
  ['{a,b}.*', ['a.txt', 'b.log']],
  ['?.txt', ['a.txt']],
  ['[ab].txt', ['a.txt']],
  ['[!a]*.log', ['b.log']],
  ['sp ace/*', ['sp ace/q.txt']],
  ['.*', ['.hidden']],
  ['**/.*', ['.hidden', 'd/.dot']],
  ['d/.dot/*', ['d/.dot/x.txt']],
  ['link/*', ['link/c.txt', 'link/e']],
  ['none/*', []],
  ['none', []],
  ['a.txt', ['a.txt']],
  ['d', ['d']],
  ['dangling', ['dangling']],
  [
    ['*.txt', '*.log'],
    ['a.txt', 'b.log'],
  ],
  [['*.txt', 'a.*'], ['a.txt']],
  ['+(a|b).*', ['a.txt', 'b.log']],
  ['d/**/f.txt', ['d/e/f.txt']],
  ['**/**/c.txt', ['d/c.txt']],
];

async function all<T>(found: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of found) items.push(item);
  return items;
}

overFiles((place) => {
  describe('glob', () => {
    it.each(table)('%j finds %j', async (pattern, expected) => {
      const fs = await place.fs();
      const ground = await place.ground();
      await grow(ground);
      expect((await all(fs.glob(pattern, { cwd: ground.there }))).sort()).toEqual(expected);
    });

    it('takes an absolute pattern, and gives absolute names', async () => {
      const fs = await place.fs();
      const ground = await place.ground();
      await grow(ground);
      expect(await all(fs.glob(`${ground.there}/*.txt`))).toEqual([`${ground.there}/a.txt`]);
    });

    it('leaves out what `exclude` says, as globs or as a function', async () => {
      const fs = await place.fs();
      const ground = await place.ground();
      await grow(ground);
      const cwd = ground.there;
      expect((await all(fs.glob('**/*.txt', { cwd, exclude: ['d'] }))).sort()).toEqual([
        '[x]/y.txt',
        'a.txt',
        'sp ace/q.txt',
      ]);
      expect(await all(fs.glob('**/*.txt', { cwd, exclude: ['**/*.txt'] }))).toEqual([]);
      expect((await all(fs.glob('**/*.txt', { cwd, exclude: (name: string) => name === 'd' }))).sort()).toEqual([
        '[x]/y.txt',
        'a.txt',
        'sp ace/q.txt',
      ]);
    });

    it('gives entries where that is asked for', async () => {
      const fs = await place.fs();
      const ground = await place.ground();
      await grow(ground);
      const found = await all(fs.glob('d/*', { cwd: ground.there, withFileTypes: true }));
      expect(found.map((entry) => [entry.name, entry.parentPath, entry.isDirectory()]).sort()).toEqual([
        ['c.txt', `${ground.there}/d`, false],
        ['e', `${ground.there}/d`, true],
      ]);
    });

    it('finds nothing where there is no directory', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      expect(await all(fs.glob('**', { cwd: `${there}/none` }))).toEqual([]);
    });

    it('can be left after the first name', async () => {
      const fs = await place.fs();
      const ground = await place.ground();
      await grow(ground);
      const seen: string[] = [];
      for await (const name of fs.glob('**/*', { cwd: ground.there })) {
        seen.push(name);
        break;
      }
      expect(seen).toHaveLength(1);
    });
  });

  describe('hash', () => {
    it.each([
      ['md5', '900150983cd24fb0d6963f7d28e17f72'],
      ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
      ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
      [
        'sha512',
        'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      ],
    ])('is what everybody says it is: %s', async (algorithm, digest) => {
      const fs = await place.fs();
      const { there } = await place.ground();
      const name = `${there}/-a 'b'\n"c"`;
      await fs.writeFile(name, 'abc');
      expect(await fs.hash(name, algorithm)).toBe(digest);
    });

    it('of some MiB and of nothing is right too', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.writeFile(`${there}/a`, Buffer.alloc(3_000_000));
      await fs.writeFile(`${there}/b`, '');
      expect(await fs.hash(`${there}/a`, 'md5')).toBe(createHash('md5').update(Buffer.alloc(3_000_000)).digest('hex'));
      expect(await fs.hash(`${there}/b`, 'md5')).toBe('d41d8cd98f00b204e9800998ecf8427e');
    });

    it('of what is not there fails with ENOENT, of a directory with EISDIR', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await expect(fs.hash(`${there}/none`, 'sha256')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(fs.hash(there, 'sha256')).rejects.toMatchObject({ code: 'EISDIR' });
    });
  });
});
