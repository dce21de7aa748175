import { constants } from 'node:fs';
import { describe, it } from 'vitest';
import { overFiles } from './file-places.js';
import type { Files } from './files.js';
import { type At, twinOf } from './twin.js';

/** A tree with all that a copy has to decide about. */
async function tree(fs: Files, at: At): Promise<void> {
  await fs.mkdir(at('s/d/e'), { recursive: true });
  await fs.mkdir(at('s/empty'));
  await fs.writeFile(at('s/a'), 'a', { mode: 0o600 });
  await fs.writeFile(at('s/run'), '#!', { mode: 0o755 });
  await fs.writeFile(at('s/nothing'), '');
  await fs.writeFile(at('s/d/b'), 'b'.repeat(100_000));
  await fs.writeFile(at('s/d/e/line\nbreak'), 'c');
  await fs.writeFile(at('outside'), 'outside');
}

overFiles((place) => {
  const { same, fails } = twinOf(place);

  describe('copyFile', () => {
    it('copies contents and permissions', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), Buffer.alloc(500_001, 'copied'), { mode: 0o750 });
        await fs.copyFile(at('a'), at('b'));
      }));
    it('copies a file of no bytes', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.copyFile(at('a'), at('b'));
      }));
    it('leaves nothing of a longer file that was there', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'short');
        await fs.writeFile(at('b'), 'much longer');
        await fs.copyFile(at('a'), at('b'));
      }));
    it('copies what a link leads to', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'linked');
        await fs.symlink('a', at('l'));
        await fs.copyFile(at('l'), at('b'));
      }));
    it('of a file to itself leaves it', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'whole');
        await fs.copyFile(at('a'), at('a'));
      }));
    it('with COPYFILE_FICLONE copies all the same', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'cloned');
        await fs.copyFile(at('a'), at('b'), constants.COPYFILE_FICLONE);
      }));
    it('with COPYFILE_EXCL refuses what is there, with EEXIST, and leaves it', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.writeFile(at('a'), 'new');
        await fs.writeFile(at('b'), 'kept');
        await fs.copyFile(at('a'), at('b'), constants.COPYFILE_EXCL);
      }));
    it('refuses what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.copyFile(at('none'), at('b'))));
    it('refuses a directory that is not there, with ENOENT', () =>
      fails('ENOENT', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.copyFile(at('a'), at('no/b'));
      }));
    it('refuses to write over a directory, with EISDIR', () =>
      fails('EISDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.mkdir(at('d'));
        await fs.copyFile(at('a'), at('d'));
      }));
  });

  describe('cp', () => {
    it('copies one file', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'copied', { mode: 0o640 });
        await fs.cp(at('a'), at('b'));
      }));
    it('copies a tree', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        await fs.cp(at('s'), at('t'), { recursive: true });
      }));
    it('makes the directories above the target', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        await fs.cp(at('s'), at('new/deep/t'), { recursive: true });
        await fs.cp(at('s/a'), at('new/other/a'));
      }));
    it('copies into a tree that is there, and keeps what else is in it', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        await fs.mkdir(at('t/d'), { recursive: true });
        await fs.writeFile(at('t/a'), 'older and longer');
        await fs.writeFile(at('t/d/else'), 'kept');
        await fs.cp(at('s'), at('t'), { recursive: true });
      }));
    it('with force false leaves the files that are there', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        await fs.mkdir(at('t'));
        await fs.writeFile(at('t/a'), 'kept');
        await fs.cp(at('s'), at('t'), { recursive: true, force: false });
      }));
    it('takes what the filter takes, and goes into no directory that it refuses', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        const asked: string[] = [];
        await fs.cp(at('s'), at('t'), {
          recursive: true,
          filter: async (source, destination) => {
            asked.push(`${source} ${destination}`);
            return !/\/(d\/e|nothing)$/.test(source);
          },
        });
        return asked.sort();
      }));
    it('keeps times where that is asked for', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        await fs.utimes(at('s/a'), 1_000_000_000, 1_000_000_000);
        await fs.cp(at('s/a'), at('b'), { preserveTimestamps: true });
        return (await fs.stat(at('b'))).mtimeMs;
      }));
    it('copies links as links, relative ones made absolute', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        await fs.symlink('a', at('s/to-file'));
        await fs.symlink(at('outside'), at('s/to-outside'));
        await fs.cp(at('s'), at('t'), { recursive: true });
      }));
    it('copies links word for word where that is asked for', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        await fs.symlink('a', at('s/to-file'));
        await fs.symlink('nowhere', at('s/to-nothing'));
        await fs.cp(at('s'), at('t'), { recursive: true, verbatimSymlinks: true });
      }));
    it('copies what links lead to where that is asked for', () =>
      same(async (fs, at) => {
        await tree(fs, at);
        await fs.symlink('a', at('s/to-file'));
        await fs.symlink('d', at('s/to-directory'));
        await fs.cp(at('s'), at('t'), { recursive: true, dereference: true });
      }));
    it('refuses a directory where it is not to go down', () =>
      fails('ERR_FS_EISDIR', async (fs, at) => {
        await tree(fs, at);
        await fs.cp(at('s'), at('t'));
      }));
    it('refuses to copy a directory into itself', () =>
      fails('ERR_FS_CP_EINVAL', async (fs, at) => {
        await tree(fs, at);
        await fs.cp(at('s'), at('s/d/t'), { recursive: true });
      }));
    it('refuses to write over what is there where that is asked for', () =>
      fails('ERR_FS_CP_EEXIST', async (fs, at) => {
        await tree(fs, at);
        await fs.writeFile(at('b'), 'kept');
        await fs.cp(at('s/a'), at('b'), { force: false, errorOnExist: true });
      }));
    it('refuses a file in place of a directory', () =>
      fails('ERR_FS_CP_NON_DIR_TO_DIR', async (fs, at) => {
        await tree(fs, at);
        await fs.cp(at('s/a'), at('s/d'));
      }));
    it('refuses a directory in place of a file', () =>
      fails('ERR_FS_CP_DIR_TO_NON_DIR', async (fs, at) => {
        await tree(fs, at);
        await fs.cp(at('s/d'), at('s/a'), { recursive: true });
      }));
    it('refuses what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.cp(at('none'), at('t'))));
  });
});
