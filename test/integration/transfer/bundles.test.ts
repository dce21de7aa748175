import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { HawserError } from '../../../src/core/hawser-error.js';
import type { TransferProgress } from '../../../src/remote/transfer/progress.js';
import { mayMount, mountSmallDisk } from '../../contract/files/small-disk.js';
import { describeReal, type SshServer, waitUntil } from '../../rigs/rigs.js';
import { startCuttingProxy } from './cutting-proxy.js';
import { connectTo, put, scratch } from './far-place.js';
import { expectAll, plantMany, serversWithTar } from './small-files.js';

const canMount = mayMount();

for (const { title, rig, start } of serversWithTar) {
  describeReal([rig], `many small files sent to ${title} in one stream`, () => {
    let server: SshServer;
    let connection: Connection;
    beforeAll(async () => {
      server = await start();
      connection = await connectTo(server);
    });
    afterAll(async () => {
      await connection?.close();
      await server?.stop();
    });

    it('arrive with all names, and with the modes that one after another would have', async () => {
      await using place = await scratch();
      const paths = await plantMany(place);
      const summary = await put(connection, place.path('tree'), place.path('far'));
      expect(summary).toMatchObject({ files: paths.length, failed: [] });
      await expectAll(place, 'far', paths);
      const modes = await Promise.all(
        ['f7', 'f8'].map(async (name) => (await stat(place.path('far', name))).mode & 0o7777),
      );
      expect(modes).toEqual([0o755, 0o644]);
    });

    it('go beside what is there, which is replaced as ever', async () => {
      await using place = await scratch();
      const paths = await plantMany(place);
      await put(connection, place.path('tree'), place.path('far'), { include: 'd' });
      const again = await put(connection, place.path('tree'), place.path('far'), { overwrite: 'never' });
      expect(again).toMatchObject({ files: paths.length - 150, skipped: 150, failed: [] });
      await expectAll(place, 'far', paths);
    });

    it.runIf(canMount)('arrive where a directory of the target is a file system of its own', async () => {
      await using place = await scratch();
      const paths = await plantMany(place);
      await using disk = await mountSmallDisk(4);
      const mounted = place.path('far/d/e 3');
      await mkdir(mounted, { recursive: true });
      for (const name of ['far', 'far/d']) await chmod(place.path(name), 0o777);
      execFileSync('mount', ['--bind', disk.path, mounted]);
      try {
        expect(await put(connection, place.path('tree'), place.path('far'))).toMatchObject({ failed: [] });
        await expectAll(place, 'far', paths);
        expect(await readdir(disk.path)).toHaveLength(30);
      } finally {
        execFileSync('umount', ['--lazy', mounted]);
      }
    });

    it('tell which of them could not be copied', async () => {
      await using place = await scratch();
      const paths = await plantMany(place);
      const onProgress = (): void => {};
      const filter = async ({ path }: { path: string }): Promise<boolean> => {
        // It vanishes after it was found.
        if (path === 'f9') await rename(place.path('tree/f9'), place.path('gone'));
        return true;
      };
      const { files, failed } = await put(connection, place.path('tree'), place.path('far'), { onProgress, filter });
      expect(files).toBe(paths.length - 1);
      expect(failed).toMatchObject([{ code: 'ENOENT', path: place.path('tree/f9') }]);
      await expectAll(
        place,
        'far',
        paths.filter((path) => path !== 'f9'),
      );
    });

    it('count as they move, before any of them is in its place, and to the same sums', async () => {
      await using place = await scratch();
      const paths = await plantMany(place);
      const reports: (TransferProgress & { readonly inPlace: boolean })[] = [];
      const { bytes } = await put(connection, place.path('tree'), place.path('far'), {
        onProgress: (p) => reports.push({ ...p, inPlace: existsSync(place.path('far/f0')) }),
      });
      expect(reports[0]).toMatchObject({ files: 0, inPlace: false });
      expect(reports[0]?.bytes).toBeGreaterThan(0);
      expect(reports.at(-1)).toMatchObject({ bytes, totalBytes: bytes, files: paths.length, complete: true });
    });

    it('are each whole or missing where the link is cut', async () => {
      await using place = await scratch();
      const paths = await plantMany(place);
      for (const at of [20_000, 60_000, 150_000, 250_000]) {
        await using proxy = await startCuttingProxy(server.port);
        const far = `far${at}`;
        await using shaky = await connectTo(server, proxy.port);
        proxy.cutAfter(at);
        const outcome = await put(shaky, place.path('tree'), place.path(far)).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(HawserError);
        const there = await readdir(place.path(far), { recursive: true }).catch((): string[] => []);
        for (const path of paths.filter((name) => there.includes(name))) {
          expect(await readFile(place.path(far, path), 'utf8')).toBe(path === 'empty' ? '' : path);
        }
        expect(await put(connection, place.path('tree'), place.path(far))).toMatchObject({ failed: [] });
        await waitUntil('the bundle to be cleared away', async () => {
          return !(await readdir(place.path(far))).some((name) => name.startsWith('.hawser-'));
        });
        await expectAll(place, far, paths);
      }
    });
  });
}
