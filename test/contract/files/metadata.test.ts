import { constants } from 'node:fs';
import * as node from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import { kindOf, type StatsLike } from './files.js';
import { twinOf } from './twin.js';

/** What SFTP tells too, but for owners, which are not the same for a twin. */
function told(stats: StatsLike): unknown {
  return [kindOf(stats), stats.mode, stats.isDirectory() ? 0 : stats.size];
}

overFiles((place) => {
  const { same, fails } = twinOf(place);

  describe('stat', () => {
    it('tells kind, permissions and size', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '12345', { mode: 0o640 });
        await fs.mkdir(at('d'), { mode: 0o700 });
        return [told(await fs.stat(at('a'))), told(await fs.stat(at('d')))];
      }));

    it('tells of what a link leads to, and lstat of the link itself', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '12345');
        await fs.symlink('a', at('l'));
        return [told(await fs.stat(at('l'))), kindOf(await fs.lstat(at('l')))];
      }));

    it('tells owner and times as node:fs sees them', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await fs.writeFile(`${there}/a`, 'x');
      const ours = await fs.stat(`${there}/a`);
      const theirs = await node.stat(`${here}/a`);
      expect([ours.uid, ours.gid, ours.mode, ours.size]).toEqual([theirs.uid, theirs.gid, theirs.mode, theirs.size]);
      expect(Math.floor(ours.mtimeMs / 1000)).toBe(Math.floor(theirs.mtimeMs / 1000));
      expect(Math.abs(ours.mtime.getTime() - ours.mtimeMs)).toBeLessThan(1);
    });

    it('tells fields that the protocol has none for as NaN, never as 0', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await fs.writeFile(`${there}/a`, 'x');
      const ours = await fs.stat(`${there}/a`);
      const theirs = await node.stat(`${here}/a`);
      const expected = place.isLocal ? [theirs.ino, theirs.nlink, theirs.dev] : [Number.NaN, Number.NaN, Number.NaN];
      expect([ours.ino, ours.nlink, ours.dev]).toEqual(expected);
    });

    it('of what is not there fails with ENOENT', () => fails('ENOENT', (fs, at) => fs.stat(at('none'))));
    it('of a link to nothing fails with ENOENT', () =>
      fails('ENOENT', async (fs, at) => {
        await fs.symlink('none', at('l'));
        await fs.stat(at('l'));
      }));
    it.skipIf(place.isEmbedded)('of what would lie in a file fails with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.stat(at('a/b'));
      }),
    );
    it.skipIf(place.isEmbedded)('of links in a circle fails with ELOOP', () =>
      fails('ELOOP', async (fs, at) => {
        await fs.symlink('l', at('l'));
        await fs.stat(at('l'));
      }),
    );
    it('of a name of 256 bytes fails with ENAMETOOLONG', () =>
      fails('ENAMETOOLONG', (fs, at) => fs.stat(at('n'.repeat(256)))));
    it('of no name at all fails with ENOENT', () => fails('ENOENT', (fs) => fs.stat('')));
    it('lstat of what is not there fails with ENOENT', () => fails('ENOENT', (fs, at) => fs.lstat(at('none'))));
  });

  describe('the questions', () => {
    it('exists, isFile, isDirectory and isSymbolicLink answer as os.path does', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.writeFile(`${there}/a`, '');
      await fs.mkdir(`${there}/d`);
      await fs.symlink('a', `${there}/to-file`);
      await fs.symlink('d', `${there}/to-directory`);
      await fs.symlink('none', `${there}/to-nothing`);
      const answers: Record<string, string> = {};
      for (const name of ['a', 'd', 'to-file', 'to-directory', 'to-nothing', 'none', 'a/b']) {
        const path = `${there}/${name}`;
        const asked = await Promise.all([
          fs.exists(path),
          fs.isFile(path),
          fs.isDirectory(path),
          fs.isSymbolicLink(path),
        ]);
        answers[name] = asked.map((yes) => (yes ? 'y' : 'n')).join('');
      }
      expect(answers).toEqual({
        a: 'yynn',
        d: 'ynyn',
        'to-file': 'yyny',
        'to-directory': 'ynyy',
        'to-nothing': 'nnny',
        none: 'nnnn',
        'a/b': 'nnnn',
      });
    });
  });

  describe('chmod', () => {
    it.each([0o600, 0o755, 0o777, 0o444, 0, 0o1777, '640'])('sets the mode %s', (mode) =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.chmod(at('a'), mode);
      }));
    it('changes what a link leads to', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.symlink('a', at('l'));
        await fs.chmod(at('l'), 0o600);
      }));
    it('of what is not there fails with ENOENT', () => fails('ENOENT', (fs, at) => fs.chmod(at('none'), 0o600)));
  });

  it("has the constants of Node's", async () => {
    expect((await place.fs()).constants).toEqual(constants);
  });

  describe('lchmod', () => {
    it('of a file does what chmod does, or says that there is no such thing; of a link it changes nothing', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await fs.writeFile(`${there}/a`, '', { mode: 0o644 });
      await fs.symlink('a', `${there}/l`);
      const refused = { name: 'FileError', code: expect.stringMatching(/^(ENOSYS|ENOTSUP)$/), syscall: 'lchmod' };
      if (!place.isEmbedded) await expect(fs.lchmod(`${there}/l`, 0o600)).rejects.toMatchObject(refused);
      expect((await node.stat(`${here}/a`)).mode & 0o777).toBe(0o644);
    });
  });

  describe('chown', () => {
    it('gives a file to whom it belongs already', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        const { uid, gid } = await fs.stat(at('a'));
        await fs.chown(at('a'), uid, gid);
        await fs.symlink('none', at('l'));
        await fs.lchown(at('l'), uid, gid);
      }));
    it.runIf(place.isRoot)('gives a file away, and lchown a link itself', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await fs.writeFile(`${there}/a`, '');
      await fs.symlink('a', `${there}/l`);
      await fs.chown(`${there}/a`, 12, 34);
      await fs.lchown(`${there}/l`, 56, 78);
      const [file, link] = [await node.lstat(`${here}/a`), await node.lstat(`${here}/l`)];
      expect([file.uid, file.gid, link.uid, link.gid]).toEqual([12, 34, 56, 78]);
    });
    it('of what is not there fails with ENOENT', () => fails('ENOENT', (fs, at) => fs.chown(at('none'), 0, 0)));
  });

  describe('utimes', () => {
    it('takes seconds, text and dates', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        const read = async () => {
          const { atimeMs, mtimeMs } = await fs.stat(at('a'));
          return [atimeMs, mtimeMs];
        };
        const found: number[][] = [];
        await fs.utimes(at('a'), 1_000_000_000, 1_000_000_001);
        found.push(await read());
        await fs.utimes(at('a'), '1200000000', new Date(1_300_000_000_000));
        found.push(await read());
        await fs.utimes(at('a'), 0, 0);
        found.push(await read());
        return found;
      }));
    it('of a directory, and through a link', () =>
      same(async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.symlink('d', at('l'));
        await fs.utimes(at('l'), 1_000_000_000, 1_000_000_000);
        return (await fs.stat(at('d'))).mtimeMs;
      }));
    it('lutimes sets those of the link itself', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await fs.writeFile(`${there}/a`, '');
      await fs.symlink('a', `${there}/l`);
      await fs.lutimes(`${there}/l`, 1_000_000_000, 1_100_000_000);
      expect((await node.lstat(`${here}/l`)).mtimeMs).toBe(1_100_000_000_000);
      expect((await node.stat(`${here}/a`)).mtimeMs).toBeGreaterThan(1_500_000_000_000);
    });
    it('of what is not there fails with ENOENT', () => fails('ENOENT', (fs, at) => fs.utimes(at('none'), 1, 1)));
  });

  describe('truncate', () => {
    it.each([0, 4, 10, 25])('makes a file of 10 bytes %i bytes long', (length) =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await fs.truncate(at('a'), length);
      }));
    it('empties a file where no length is given', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await fs.truncate(at('a'));
      }));
    it('of what is not there fails with ENOENT', () => fails('ENOENT', (fs, at) => fs.truncate(at('none'), 1)));
    it('of a directory fails with EISDIR', () => fails('EISDIR', (fs, at) => fs.truncate(at(), 1)));
  });

  describe('access', () => {
    it('is content with what is there', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '', { mode: 0o700 });
        for (const mode of [constants.F_OK, constants.R_OK, constants.W_OK, constants.X_OK])
          await fs.access(at('a'), mode);
        await fs.access(at('a'));
      }));
    it('to run what nobody may run fails with EACCES', () =>
      fails('EACCES', async (fs, at) => {
        await fs.writeFile(at('a'), '', { mode: 0o600 });
        await fs.access(at('a'), constants.X_OK);
      }));
    it('of what is not there fails with ENOENT', () => fails('ENOENT', (fs, at) => fs.access(at('none'))));
  });

  describe('statfs', () => {
    it('tells of the file system that a file lies on', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const ours = await fs.statfs(there);
      const theirs = await node.statfs(here);
      expect(ours.blocks * ours.bsize).toBe(theirs.blocks * theirs.bsize);
      expect(ours.bfree).toBeLessThanOrEqual(ours.blocks);
      expect(ours.files).toBe(theirs.files);
    });
    it('of what is not there fails with ENOENT', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await expect(fs.statfs(`${there}/none`)).rejects.toMatchObject({ code: 'ENOENT', syscall: 'statfs' });
    });
  });
});
