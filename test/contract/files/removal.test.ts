import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import type { Files } from './files.js';
import { type At, twinOf } from './twin.js';

/** What is to be removed, and what is not: links lead from the one to the other. */
async function woods(fs: Files, at: At): Promise<void> {
  await fs.mkdir(at('go/down/deep'), { recursive: true });
  await fs.mkdir(at('stay/in'), { recursive: true });
  await fs.writeFile(at('go/a'), 'a');
  await fs.writeFile(at('go/down/-rf'), 'dash');
  await fs.writeFile(at('go/down/deep/line\nbreak'), 'n');
  await fs.writeFile(at('stay/kept'), 'kept');
  await fs.writeFile(at('stay/in/kept'), 'kept');
  await fs.symlink('../stay', at('go/out'));
  await fs.symlink(at('stay'), at('go/down/out-absolute'));
  await fs.symlink('../../stay/kept', at('go/down/out-file'));
  await fs.symlink('..', at('go/down/up'));
  await fs.symlink('nowhere', at('go/dangling'));
}

overFiles((place) => {
  const { same, gives, fails } = twinOf(place);

  describe('rm', () => {
    it('removes a file', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.writeFile(at('b'), '');
        await fs.rm(at('a'));
      }));

    it('removes a link, and not what it leads to', () =>
      same(async (fs, at) => {
        await woods(fs, at);
        await fs.rm(at('go/out'));
        await fs.rm(at('go/down/out-file'));
        await fs.rm(at('go/dangling'));
      }));

    it('removes a tree and follows no link out of it', async () => {
      const left = await gives(async (fs, at) => {
        await woods(fs, at);
        await fs.rm(at('go'), { recursive: true });
        return (await fs.readdir(at(), { recursive: true })).sort();
      });
      expect(left).toEqual(['stay', 'stay/in', 'stay/in/kept', 'stay/kept']);
    });

    it('removes a link to a directory and nothing in it, recursive too', () =>
      same(async (fs, at) => {
        await woods(fs, at);
        await fs.rm(at('go/out'), { recursive: true });
        await fs.rm(at('go/down/out-absolute'), { recursive: true, force: true });
      }));

    it('recursive removes a single file, and an empty directory', () =>
      same(async (fs, at) => {
        await woods(fs, at);
        await fs.rm(at('go/a'), { recursive: true });
        await fs.rm(at('go/down/deep'), { recursive: true });
      }));

    it('with force is content with what is not there', () =>
      same(async (fs, at) => {
        await fs.rm(at('none'), { force: true });
        await fs.rm(at('no/ne'), { force: true });
        await fs.rm(at('none'), { force: true, recursive: true });
      }));

    it('removes a deep tree', () =>
      same(async (fs, at) => {
        const deep = Array.from({ length: 30 }, (_, i) => `d${i}`).join('/');
        await fs.mkdir(at(deep), { recursive: true });
        await fs.writeFile(at(`${deep}/a`), 'a');
        await fs.rm(at('d0'), { recursive: true });
      }));

    it('removes a wide directory', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      mkdirSync(`${here}/wide`);
      for (let i = 0; i < 500; i += 1) writeFileSync(`${here}/wide/${i}`, '');
      await place.give(here);
      await fs.rm(`${there}/wide`, { recursive: true });
      expect(readdirSync(here)).toEqual([]);
    });

    it('refuses a directory where it is not to go down, and leaves it', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.mkdir(`${there}/d`);
      for (const o of [{}, { force: true }]) {
        await expect(fs.rm(`${there}/d`, o)).rejects.toMatchObject({
          code: expect.stringMatching(/EISDIR/),
          syscall: 'rm',
        });
      }
      expect(await fs.isDirectory(`${there}/d`)).toBe(true);
    });

    it('refuses what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.rm(at('none'))));

    it('recursive refuses what is not there, with ENOENT', () =>
      fails('ENOENT', (fs, at) => fs.rm(at('none'), { recursive: true })));

    it.skipIf(place.isEmbedded)('with force refuses what would lie in a file, with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.rm(at('a/b'), { force: true });
      }),
    );
  });

  describe('unlink', () => {
    it('removes a file, and a link itself', () =>
      same(async (fs, at) => {
        await woods(fs, at);
        await fs.unlink(at('go/a'));
        await fs.unlink(at('go/out'));
        await fs.unlink(at('go/dangling'));
      }));

    it('leaves the other names of a file', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'shared');
        await fs.link(at('a'), at('b'));
        await fs.unlink(at('a'));
        return fs.readFile(at('b'), 'utf8');
      }));

    it('refuses what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.unlink(at('none'))));

    it('refuses a directory, with EISDIR', () =>
      fails('EISDIR', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.unlink(at('d'));
      }));

    it.skipIf(place.isEmbedded)('refuses what would lie in a file, with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.unlink(at('a/b'));
      }),
    );
  });
});
