import { chmod, chown, mkdir, readdir, readFile, readlink, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transfer } from '../../../src/remote/transfer/transfer.js';
import { describeReal, type SshServer, startDropbear, startSshd } from '../../rigs/rigs.js';
import { connectTo, get, put, scratch } from './far-place.js';

const servers = [
  { title: 'OpenSSH with sftp-server', rig: 'sshd', start: () => startSshd() },
  {
    title: 'OpenSSH with internal-sftp',
    rig: 'sshd',
    start: () => startSshd({ config: { Subsystem: 'sftp internal-sftp' } }),
  },
  { title: 'dropbear with sftp-server', rig: 'dropbear', start: () => startDropbear() },
] as const;

for (const { title, rig, start } of servers) {
  describeReal([rig], `transfers to and from ${title}`, () => {
    let server: SshServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => server?.stop());

    it('copies a large file there and back, and checks it', async () => {
      await using connection = await connectTo(server);
      await using place = await scratch();
      const bytes = Buffer.alloc(5_000_003, 'hawser!');
      await writeFile(place.path('a'), bytes);
      expect(await put(connection, place.path('a'), place.path('b'), { verify: 'sha256' })).toMatchObject({
        files: 1,
        bytes: bytes.length,
      });
      expect((await readFile(place.path('b'))).equals(bytes)).toBe(true);
      await get(connection, place.path('b'), place.path('c'), { verify: 'sha256' });
      expect((await readFile(place.path('c'))).equals(bytes)).toBe(true);
      expect((await readdir(place.path())).sort()).toEqual(['a', 'b', 'c']);
    });

    it('copies a tree there and back with its links, modes, times and odd names', async () => {
      await using connection = await connectTo(server);
      await using place = await scratch();
      await mkdir(place.path('tree/d/empty'), { recursive: true });
      await writeFile(place.path('tree/d/a\nb'), 'x');
      await writeFile(Buffer.concat([Buffer.from(place.path('tree/')), Buffer.from([0xff, 0x80])]), 'odd');
      await writeFile(place.path('tree/none'), '');
      await writeFile(place.path('tree/run'), '#!/bin/sh\n');
      await chmod(place.path('tree/run'), 0o4755);
      await symlink('../run', place.path('tree/d/link'));
      await symlink('nowhere', place.path('tree/broken'));
      await utimes(place.path('tree/run'), 1_000_000, 2_000_000);
      await utimes(place.path('tree/d'), 1_000_000, 3_000_000);
      await chmod(place.path('tree/d'), 0o750);
      const there = await put(connection, place.path('tree'), place.path('far'), { preserve: true });
      expect(there).toMatchObject({ files: 4, links: 2, directories: 3, failed: [] });
      const back = await get(connection, place.path('far'), place.path('near'), { preserve: true });
      expect(back).toMatchObject({ files: 4, links: 2, directories: 3, failed: [] });
      for (const root of ['far', 'near']) {
        const names = await readdir(place.path(root), { encoding: 'buffer' });
        const expected = await readdir(place.path('tree'), { encoding: 'buffer' });
        const text = (name: Buffer): string => name.toString('latin1');
        expect(names.map(text).sort()).toEqual(expected.map(text).sort());
        expect(await readdir(place.path(root, 'd'))).toEqual(await readdir(place.path('tree/d')));
        expect(await readlink(place.path(root, 'd/link'))).toBe('../run');
        const run = await stat(place.path(root, 'run'));
        expect([run.mode & 0o7777, run.mtimeMs]).toEqual([0o4755, 2_000_000_000]);
        const d = await stat(place.path(root, 'd'));
        expect([d.mode & 0o7777, d.mtimeMs]).toEqual([0o750, 3_000_000_000]);
      }
    });

    it('mirrors, and skips what is equal', async () => {
      await using connection = await connectTo(server);
      await using place = await scratch();
      await mkdir(place.path('tree/d'), { recursive: true });
      for (const name of ['a', 'b', 'd/c']) await writeFile(place.path('tree', name), name);
      await put(connection, place.path('tree'), place.path('far'), { preserve: true });
      await writeFile(place.path('far/extra'), '');
      await writeFile(place.path('tree/a'), 'changed');
      await utimes(place.path('tree/b'), 7, 7);
      const again = await put(connection, place.path('tree'), place.path('far'), {
        overwrite: 'if-different',
        delete: true,
      });
      expect(again).toMatchObject({ files: 1, skipped: 2, deleted: 1, failed: [] });
      expect(await readFile(place.path('far/a'), 'utf8')).toBe('changed');
    });

    it('refuses links that lead out of the tree, unless it is told to keep them', async () => {
      await using connection = await connectTo(server);
      await using place = await scratch();
      await mkdir(place.path('tree/d'), { recursive: true });
      await symlink('/etc/passwd', place.path('tree/abs'));
      await symlink('../../out', place.path('tree/d/up'));
      await symlink('../in', place.path('tree/d/fine'));
      const careful = await get(connection, place.path('tree'), place.path('near'));
      expect(careful.links).toBe(1);
      expect(careful.failed.map((error) => error.code)).toEqual(['EPERM', 'EPERM']);
      expect(await readdir(place.path('near'), { recursive: true })).toEqual(expect.arrayContaining(['d', 'd/fine']));
      const bold = await get(connection, place.path('tree'), place.path('near'), { unsafeLinks: 'keep' });
      expect(bold).toMatchObject({ links: 2, skipped: 1, failed: [] });
    });

    it('goes on with what was interrupted, and begins anew where that is another file', async () => {
      await using connection = await connectTo(server);
      await using place = await scratch();
      const bytes = Buffer.alloc(6_000_000);
      for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(i, i);
      await writeFile(place.path('a'), bytes);
      const interrupt = async (): Promise<void> => {
        const stop = new AbortController();
        const onProgress = (): void => stop.abort();
        const cut = put(connection, place.path('a'), place.path('b'), {
          resume: true,
          onProgress,
          signal: stop.signal,
        });
        await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
      };
      await interrupt();
      const left = (await readdir(place.path())).filter((name) => name.startsWith('.b.hawser-'));
      expect(left).toHaveLength(1);
      const draft = place.path(left[0] ?? '');
      // What an interruption leaves is not known: this is half of the file, then half of another one.
      await writeFile(draft, bytes.subarray(0, 3_000_000));
      await put(connection, place.path('a'), place.path('b'), { resume: true, verify: 'sha256' });
      expect((await readFile(place.path('b'))).equals(bytes)).toBe(true);
      await writeFile(draft, Buffer.alloc(7_000_000, 1));
      const { uid, gid } = await stat(place.path('b'));
      await chown(draft, uid, gid);
      await put(connection, place.path('a'), place.path('b'), { resume: true, verify: 'sha256' });
      expect((await readFile(place.path('b'))).equals(bytes)).toBe(true);
      expect((await readdir(place.path())).sort()).toEqual(['a', 'b']);
    });

    it('copies between two connections, and on one', async () => {
      await using one = await connectTo(server);
      await using two = await connectTo(server);
      await using place = await scratch();
      await writeFile(place.path('a'), 'hello');
      await transfer({ access: one.files, path: place.path('a') }, { access: two.files, path: place.path('b') });
      await transfer({ access: one.files, path: place.path('b') }, { access: one.files, path: place.path('c') });
      expect(await readFile(place.path('c'), 'utf8')).toBe('hello');
    });

    it('tells of a full disk, and leaves nothing', async () => {
      await using connection = await connectTo(server);
      await using place = await scratch();
      await writeFile(place.path('a'), Buffer.alloc(1_000_000));
      const full = put(connection, place.path('a'), '/dev/full');
      await expect(full).rejects.toMatchObject({ name: 'FileError', path: '/dev/full' });
    });

    it('expands ~ on the far side', async () => {
      await using connection = await connectTo(server);
      await using place = await scratch();
      await writeFile(place.path('a'), 'x');
      const name = `~/.hawser-test-${process.pid}`;
      await put(connection, place.path('a'), name);
      await get(connection, name, place.path('b'), { removeSource: true });
      expect(await readFile(place.path('b'), 'utf8')).toBe('x');
    });
  });
}
