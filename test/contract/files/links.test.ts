import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import { twinOf } from './twin.js';

overFiles((place) => {
  const { same, fails } = twinOf(place);

  describe('symlink', () => {
    it('writes what it is given into the link, whatever that is', () =>
      same(async (fs, at) => {
        await fs.symlink('a', at('relative'));
        await fs.symlink('../../far/away', at('up'));
        await fs.symlink('a b\n"c\'', at('odd'));
        await fs.symlink(at('a'), at('absolute'));
        return Promise.all(['relative', 'up', 'odd', 'absolute'].map((name) => fs.readlink(at(name))));
      }));
    it('refuses a name that is taken, with EEXIST', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.writeFile(at('l'), '');
        await fs.symlink('a', at('l'));
      }));
    it('refuses where the directory is missing, with ENOENT', () =>
      fails('ENOENT', (fs, at) => fs.symlink('a', at('no/l'))));
  });

  describe('readlink', () => {
    it('gives the target as text and as bytes', () =>
      same(async (fs, at) => {
        await fs.symlink('tärget', at('l'));
        return [await fs.readlink(at('l')), await fs.readlink(at('l'), 'buffer')];
      }));
    it('refuses what is no link, with EINVAL', () =>
      fails('EINVAL', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.readlink(at('a'));
      }));
    it('refuses a directory, with EINVAL', () => fails('EINVAL', (fs, at) => fs.readlink(at())));
    it('refuses what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.readlink(at('none'))));
  });

  describe('realpath', () => {
    it('resolves links, `.` and `..`', () =>
      same(async (fs, at) => {
        await fs.mkdir(at('d/e'), { recursive: true });
        await fs.writeFile(at('d/e/a'), '');
        await fs.symlink('d/e', at('l'));
        return [await fs.realpath(at('l/a')), await fs.realpath(at('d/./e/../e/a')), await fs.realpath(at())];
      }));
    it('refuses what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.realpath(at('none'))));
    it('refuses what lies in nothing, with ENOENT', () => fails('ENOENT', (fs, at) => fs.realpath(at('no/ne'))));
    it('refuses a link to nothing, with ENOENT', () =>
      fails('ENOENT', async (fs, at) => {
        await fs.symlink('none', at('l'));
        await fs.realpath(at('l'));
      }));
    it.skipIf(place.isEmbedded)('refuses links in a circle, with ELOOP', () =>
      fails('ELOOP', async (fs, at) => {
        await fs.symlink('l', at('l'));
        await fs.realpath(at('l'));
      }),
    );
  });

  describe('link', () => {
    it('gives a file one more name', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'one');
        await fs.link(at('a'), at('b'));
        await fs.appendFile(at('b'), ' two');
        return fs.readFile(at('a'), 'utf8');
      }));
    it('refuses a name that is taken, with EEXIST', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.writeFile(at('b'), '');
        await fs.link(at('a'), at('b'));
      }));
    it('refuses what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.link(at('none'), at('b'))));
    it('refuses a directory, with EPERM', () =>
      fails('EPERM', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.link(at('d'), at('e'));
      }));
  });

  describe('rename', () => {
    it('moves a file, a directory and a link', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'a');
        await fs.mkdir(at('d/e'), { recursive: true });
        await fs.symlink('a', at('l'));
        await fs.rename(at('a'), at('d/b'));
        await fs.rename(at('d/e'), at('f'));
        await fs.rename(at('l'), at('m'));
      }));
    it('replaces a file', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'new');
        await fs.writeFile(at('b'), 'old', { mode: 0o600 });
        await fs.rename(at('a'), at('b'));
      }));
    it('replaces a link, and not what it leads to', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'new');
        await fs.writeFile(at('b'), 'kept');
        await fs.symlink('b', at('l'));
        await fs.rename(at('a'), at('l'));
      }));
    it('replaces an empty directory by a directory', () =>
      same(async (fs, at) => {
        await fs.mkdir(at('d/e'), { recursive: true });
        await fs.mkdir(at('f'));
        await fs.rename(at('d'), at('f'));
      }));
    it('of one name of a file to another leaves both', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '1');
        await fs.link(at('a'), at('b'));
        await fs.rename(at('a'), at('b'));
      }));
    it('refuses what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.rename(at('none'), at('b'))));
    it('refuses a directory that is not there, with ENOENT', () =>
      fails('ENOENT', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.rename(at('a'), at('no/b'));
      }));
    it('refuses to put a directory where one with files is, with ENOTEMPTY', () =>
      fails('ENOTEMPTY', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.mkdir(at('e/f'), { recursive: true });
        await fs.rename(at('d'), at('e'));
      }));
    it('refuses to put a file where a directory is, with EISDIR', () =>
      fails('EISDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.mkdir(at('d'));
        await fs.rename(at('a'), at('d'));
      }));
    it('refuses to put a directory where a file is, with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.mkdir(at('d'));
        await fs.rename(at('d'), at('a'));
      }));
    it('refuses to put a directory into itself, with EINVAL', () =>
      fails('EINVAL', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.rename(at('d'), at('d/e'));
      }));
    it.skipIf(place.isEmbedded)('refuses to go to another file system, with EXDEV', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.writeFile(`${there}/a`, 'kept');
      await expect(fs.rename(`${there}/a`, '/dev/shm/hawser-never')).rejects.toMatchObject({
        code: 'EXDEV',
        syscall: 'rename',
        path: `${there}/a`,
        dest: '/dev/shm/hawser-never',
      });
    });
  });
});
