import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import { type Files, kindOf } from './files.js';
import { type At, twinOf } from './twin.js';

/** A small tree with every ordinary kind of entry. */
async function tree(fs: Files, at: At): Promise<void> {
  await fs.mkdir(at('d/e/f'), { recursive: true });
  await fs.mkdir(at('empty'));
  await fs.writeFile(at('a'), 'a');
  await fs.writeFile(at('.hidden'), 'h');
  await fs.writeFile(at('d/b'), 'b');
  await fs.writeFile(at('d/e/c'), 'c');
  await fs.symlink('d', at('to-directory'));
  await fs.symlink('a', at('to-file'));
  await fs.symlink('none', at('to-nothing'));
}

overFiles((place) => {
  const { same, gives, fails } = twinOf(place);

  describe('readdir', () => {
    it('gives all names, and never `.` and `..`', async () => {
      const names = await gives(async (fs, at) => {
        await tree(fs, at);
        return (await fs.readdir(at())).sort();
      });
      expect(names).toEqual(['.hidden', 'a', 'd', 'empty', 'to-directory', 'to-file', 'to-nothing']);
    });

    it('gives no names of an empty directory', () => same((fs, at) => fs.readdir(at())));

    it('gives entries with their kinds, links as links', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        const entries = await fs.readdir(at(), { withFileTypes: true });
        return entries.map((entry) => [entry.name, kindOf(entry), entry.parentPath]).sort();
      }));

    it('gives names as bytes', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        return (await fs.readdir(at(), { encoding: 'buffer' })).sort(Buffer.compare);
      }));

    // Node goes through links here where it gives names, and does not where it gives entries.
    it('goes down, and not through links', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await tree(fs, (name) => `${there}/${name}`);
      expect((await fs.readdir(there, { recursive: true })).sort()).toEqual([
        '.hidden',
        'a',
        'd',
        'd/b',
        'd/e',
        'd/e/c',
        'd/e/f',
        'empty',
        'to-directory',
        'to-file',
        'to-nothing',
      ]);
    });

    it('goes down and gives entries with the directory that each lies in', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        const entries = await fs.readdir(at(), { recursive: true, withFileTypes: true });
        return entries.map((entry) => `${entry.parentPath}/${entry.name} ${kindOf(entry)}`).sort();
      }));

    it('looks through a link to a directory', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        return (await fs.readdir(at('to-directory'))).sort();
      }));

    it('gives a thousand names', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const names = Array.from({ length: 1000 }, (_, i) => `file-${i}`).sort();
      for (const name of names) writeFileSync(`${here}/${name}`, '');
      expect((await fs.readdir(there)).sort()).toEqual(names);
      expect(await fs.readdir(there, { withFileTypes: true })).toHaveLength(1000);
    });

    it('of what is not there fails with ENOENT', () => fails('ENOENT', (fs, at) => fs.readdir(at('none'))));

    it('of a file fails with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.readdir(at('a'));
      }));
  });

  describe('opendir', () => {
    it('gives one entry after another', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        const found: string[] = [];
        for await (const entry of await fs.opendir(at())) found.push(`${entry.name} ${kindOf(entry)}`);
        return found.sort();
      }));

    it('gives null after the last entry, and knows its path', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        const directory = await fs.opendir(at());
        const names = [(await directory.read())?.name, await directory.read()];
        await directory.close();
        return [names, directory.path];
      }));

    it('goes down where that is asked for, and not through links', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await tree(fs, (name) => `${there}/${name}`);
      const found: string[] = [];
      for await (const entry of await fs.opendir(there, { recursive: true })) found.push(entry.name);
      expect(found.sort()).toEqual([
        '.hidden',
        'a',
        'b',
        'c',
        'd',
        'e',
        'empty',
        'f',
        'to-directory',
        'to-file',
        'to-nothing',
      ]);
    });

    it('can be left in the middle', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        for await (const entry of await fs.opendir(at(), { bufferSize: 2 })) return entry.name.length > 0;
        return undefined;
      }));

    it('of what is not there fails with ENOENT', () => fails('ENOENT', (fs, at) => fs.opendir(at('none'))));

    it('of a file fails with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.opendir(at('a'));
      }));
  });

  describe('mkdir', () => {
    it('makes a directory with the permissions that the umask leaves, and gives nothing', () =>
      same((fs, at) => fs.mkdir(at('d'))));

    it.each([0o700, 0o755, 0o777, '750'])('makes a directory of mode %s less the umask', (mode) =>
      same((fs, at) => fs.mkdir(at('d'), { mode })));

    it('makes all that is missing, and gives the first that it made', async () => {
      const first = await gives((fs, at) => fs.mkdir(at('d/e/f/g'), { recursive: true }));
      expect(first).toBe('<root>/d');
    });

    it('makes what is missing below what is there', () =>
      same(async (fs, at) => {
        await fs.mkdir(at('d'));
        return fs.mkdir(at('d/e/f'), { recursive: true });
      }));

    it('recursive gives nothing where all is there', () =>
      same(async (fs, at) => {
        await fs.mkdir(at('d/e'), { recursive: true });
        return fs.mkdir(at('d/e'), { recursive: true });
      }));

    it('recursive goes through a link to a directory', () =>
      same(async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.symlink('d', at('l'));
        return fs.mkdir(at('l/e/f'), { recursive: true });
      }));

    it('makes the same directories from many sides at once', () =>
      same(async (fs, at) => {
        await Promise.all(Array.from({ length: 10 }, (_, i) => fs.mkdir(at(`d/e/${i}`), { recursive: true })));
      }));

    it('refuses what is there, with EEXIST', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.mkdir(at('d'));
      }));

    it('refuses where a file is, with EEXIST', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.mkdir(at('a'));
      }));

    it('recursive refuses where a file is, with EEXIST', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.mkdir(at('a'), { recursive: true });
      }));

    it('recursive refuses below a file, with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.mkdir(at('a/b/c'), { recursive: true });
      }));

    it('refuses where the parent is missing, with ENOENT', () => fails('ENOENT', (fs, at) => fs.mkdir(at('no/d'))));

    it('refuses a name of 256 bytes, with ENAMETOOLONG', () =>
      fails('ENAMETOOLONG', (fs, at) => fs.mkdir(at('d'.repeat(256)))));
  });

  describe('mkdtemp', () => {
    it('makes a directory of its own, for its owner alone, each time', () =>
      same(async (fs, at) => {
        const made = await Promise.all(Array.from({ length: 5 }, () => fs.mkdtemp(at('tmp-'))));
        const told = await Promise.all(
          made.map(async (path) => [
            path.length - at('tmp-').length,
            path.startsWith(at('tmp-')),
            ((await fs.stat(path)).mode & 0o777).toString(8),
          ]),
        );
        await Promise.all(made.map((path) => fs.rmdir(path)));
        return [told, new Set(made).size];
      }));

    it('in a directory that is not there fails with ENOENT', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await expect(fs.mkdtemp(`${there}/no/tmp-`)).rejects.toMatchObject({ code: 'ENOENT', syscall: 'mkdtemp' });
    });
  });

  describe('rmdir', () => {
    it('removes an empty directory', () =>
      same(async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.rmdir(at('d'));
      }));

    it('refuses one that is not empty, with ENOTEMPTY', () =>
      fails('ENOTEMPTY', async (fs, at) => {
        await tree(fs, at);
        await fs.rmdir(at('d'));
      }));

    it('refuses a file, with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.rmdir(at('a'));
      }));

    it('refuses a link to a directory, with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.symlink('d', at('l'));
        await fs.rmdir(at('l'));
      }));

    it('refuses what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.rmdir(at('none'))));
  });
});
