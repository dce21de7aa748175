import { appendFile, chmod, mkdir, readdir, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../../../src/core/file-error.js';
import type { TransferSummary } from '../../../../src/core/transfer-summary.js';
import type { DirectoryEntry } from '../../../../src/remote/files/file-driver.js';
import { localAccess } from '../../../../src/remote/files/local/local-access.js';
import { Stats } from '../../../../src/remote/files/stats.js';
import type { TransferOptions } from '../../../../src/remote/transfer/options.js';
import { transfer } from '../../../../src/remote/transfer/transfer.js';
import { namesIn, textOf, useLocalPlaces } from './local-places.js';
import { type Oddity, oddAccess } from './odd-driver.js';

const at = useLocalPlaces();

function download(odd: Oddity, from: string, to: string, o?: TransferOptions): Promise<TransferSummary> {
  return transfer({ access: oddAccess(odd), path: from }, { access: localAccess(), path: to }, o);
}

function listed(name: string, mode: number): DirectoryEntry {
  return { name: Buffer.from(name), stats: new Stats({ mode, size: 1 }), kind: mode & 0o170000 };
}

describe('a download from a hostile server', () => {
  it('refuses names that no directory can hold, and copies the rest', async () => {
    await writeFile(at.from('fine'), 'x');
    const bad = ['../escaped', '/abs', 'a/b', '..', '.', '', 'nul\0'];
    const names = bad.map((name) => listed(name, 0o100644));
    const { files, failed } = await download({ lists: () => names }, at.from(), at.to('in'));
    expect(files).toBe(1);
    expect(failed.map((error) => error.code)).toEqual(bad.map(() => 'EINVAL'));
    expect(await namesIn(at.to())).toEqual(['in', 'in/fine']);
  });

  it('takes a name that is listed twice only once: no link takes the place of a directory', async () => {
    await mkdir(at.from('d'));
    await writeFile(at.from('d/x'), 'x');
    const lists: Oddity['lists'] = (path) => (path === at.from() ? [listed('d', 0o120777)] : []);
    const { failed } = await download({ lists }, at.from(), at.to());
    expect(failed).toMatchObject([{ code: 'EINVAL', path: at.from('d') }]);
    expect(await namesIn(at.to())).toEqual(['d', 'd/x']);
  });

  it('makes no link that leads out, by whatever way', async () => {
    await mkdir(at.from('d/deep'), { recursive: true });
    const bad: Record<string, string> = {
      abs: '/etc',
      up: '..',
      'd/up': '../..',
      'd/through': 'deep/../../..',
      'd/deep/name': 'x/../../../..',
    };
    for (const [name, target] of Object.entries(bad)) await symlink(target, at.from(name));
    await symlink('../d/deep', at.from('d/fine'));
    await symlink('..', at.from('d/root'));
    const { links, failed } = await download({}, at.from(), at.to());
    expect(links).toBe(2);
    expect(failed.map((error) => error.code)).toEqual(Object.keys(bad).map(() => 'EPERM'));
  });

  it('copies no pipes, sockets or devices, and says so', async () => {
    const kinds = { pipe: 0o010644, socket: 0o140644, block: 0o060644, character: 0o020644 };
    const names = Object.entries(kinds).map(([name, mode]) => listed(name, mode));
    const { files, failed } = await download({ lists: () => names }, at.from(), at.to());
    expect(files).toBe(0);
    expect(failed.map(({ code, path }) => [code, path])).toEqual(
      names.map(({ name }) => ['ENOTSUP', at.from(name.toString())]),
    );
    expect(await namesIn(at.to())).toEqual([]);
  });
});

describe('a file that changes while it is read', () => {
  const cases = [
    { title: 'grows', size: 300_000, change: (path: string) => appendFile(path, 'more') },
    { title: 'shrinks', size: 300_000, change: (path: string) => truncate(path, 1000) },
    { title: 'is rewritten', size: 300_000, change: (path: string) => utimes(path, 5, 5) },
    { title: 'is small and shrinks', size: 1000, change: (path: string) => truncate(path, 10) },
  ];
  for (const { title, size, change } of cases) {
    it(`fails where it ${title}, and takes nobody's place`, async () => {
      await writeFile(at.from('a'), Buffer.alloc(size, 1));
      await writeFile(at.to('a'), 'old');
      const opened: Oddity['opened'] = async (path, file) => {
        const stats = await file.stat();
        await change(path);
        // What was known when it was opened.
        let first = true;
        return Object.assign(Object.create(file), {
          stat: async () => {
            if (!first) return file.stat();
            first = false;
            return stats;
          },
          read: file.read.bind(file),
          readInto: file.readInto?.bind(file),
          pull: file.pull.bind(file),
          close: file.close.bind(file),
        });
      };
      const failing = download({ opened }, at.from('a'), at.to('a'));
      await expect(failing).rejects.toMatchObject({
        code: 'ESTALE',
        message: expect.stringContaining('changed while'),
      });
      expect(await namesIn(at.to())).toEqual(['a']);
      expect(await textOf(at.to('a'))).toBe('old');
    });
  }
});

describe('a target without a rename that replaces', () => {
  it('moves the old file aside, and back where the new one cannot take its place', async () => {
    await writeFile(at.from('a'), 'new');
    await writeFile(at.to('a'), 'old');
    let broken = true;
    const renaming = async (from: string, to: string): Promise<void> => {
      const there = (await readdir(at.to())).includes('a');
      if (to === at.to('a') && there) throw new FileError('ENOTSUP', { syscall: 'rename', path: from, dest: to });
      if (to === at.to('a') && broken) {
        broken = false;
        throw new FileError('EIO', { syscall: 'rename', path: from, dest: to });
      }
    };
    const upload = (): Promise<TransferSummary> =>
      transfer({ access: localAccess(), path: at.from('a') }, { access: oddAccess({ renaming }), path: at.to('a') });
    await expect(upload()).rejects.toMatchObject({ code: 'EIO', path: at.to('a') });
    expect(await textOf(at.to('a'))).toBe('old');
    await upload();
    expect(await textOf(at.to('a'))).toBe('new');
    expect(await namesIn(at.to())).toEqual(['a']);
    await chmod(at.to('a'), 0o600);
  });
});
