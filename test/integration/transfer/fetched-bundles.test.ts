import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { diagnostics } from '../../../src/core/diagnostics.js';
import { HawserError } from '../../../src/core/hawser-error.js';
import type { TransferProgress } from '../../../src/remote/transfer/progress.js';
import { describeReal, type SshServer } from '../../rigs/rigs.js';
import { startCuttingProxy } from './cutting-proxy.js';
import { connectTo, get, scratch } from './far-place.js';
import { expectAll, type Place, plantMany, serversWithTar } from './small-files.js';

const DEEP = `deep/${'d'.repeat(90)}/${'e'.repeat(60)}`;
/** No text in UTF-8. */
const BYTES = Buffer.from('6dff6e', 'hex');

/** Many small files, some of them too deep for a header, and one whose name is no text, for whoever logs in to remove. */
async function plantFar(place: Place): Promise<string[]> {
  const deep = ['short', 'f'.repeat(99), 'f'.repeat(120)].map((name) => `${DEEP}/${name}`);
  const paths = await plantMany(place, deep);
  await writeFile(Buffer.concat([Buffer.from(place.path('tree/')), BYTES]), 'bytes');
  for (const entry of await readdir(place.path('tree'), { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o777);
  }
  await chmod(place.path('tree'), 0o777);
  return paths;
}

/** The commands that pack an archive while `work` runs. */
async function archivesPacked(work: () => Promise<unknown>): Promise<number> {
  let packed = 0;
  const stop = diagnostics.execute.subscribe((event) => {
    if (event.type === 'start' && event.command.includes('tar -c')) packed += 1;
  });
  try {
    await work();
    return packed;
  } finally {
    stop();
  }
}

for (const { title, rig, start } of serversWithTar) {
  describeReal([rig], `many small files fetched from ${title} in one stream`, () => {
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
      const paths = await plantFar(place);
      const packed = await archivesPacked(async () => {
        const summary = await get(connection, place.path('tree'), place.path('near'));
        expect(summary).toMatchObject({ files: paths.length + 1, failed: [] });
      });
      expect(packed).toBe(1);
      await expectAll(place, 'near', paths);
      expect(await readFile(Buffer.concat([Buffer.from(place.path('near/')), BYTES]), 'utf8')).toBe('bytes');
      const modes = await Promise.all(
        ['f7', 'f8'].map(async (name) => (await stat(place.path('near', name))).mode & 0o7777),
      );
      expect(modes).toEqual([0o755, 0o644]);
    });

    it('replace what is there, keep modes and times, are checked, and go from their source, as is asked for', async () => {
      await using place = await scratch();
      const paths = await plantFar(place);
      await utimes(place.path('tree/f9'), 1_000_000, 2_000_000);
      await mkdir(place.path('near'));
      await writeFile(place.path('near/f1'), 'old');
      const o = { preserve: true, verify: 'sha256', removeSource: true } as const;
      const packed = await archivesPacked(() => get(connection, place.path('tree'), place.path('near'), o));
      expect(packed).toBe(1);
      expect(await stat(place.path('near/f9'))).toMatchObject({ mtimeMs: 2_000_000_000 });
      await expectAll(place, 'near', paths);
      expect(await readdir(place.path()).catch(() => [])).toEqual(['near']);
    });

    it('are those that are selected, and leave alone what stays', async () => {
      await using place = await scratch();
      await plantFar(place);
      await mkdir(place.path('near'));
      await writeFile(place.path('near/f1'), 'old');
      const o = {
        exclude: ['d', 'odd*'],
        overwrite: 'never',
        filter: ({ path }: { path: string }) => path !== 'f2',
      } as const;
      const { files, skipped } = await get(connection, place.path('tree'), place.path('near'), o);
      expect({ files, skipped }).toEqual({ files: 148 + 3 + 2, skipped: 1 });
      expect(await readFile(place.path('near/f1'), 'utf8')).toBe('old');
      expect(await readdir(place.path('near'))).not.toContain('f2');
    });

    it('come once for each of their names, and links as links or as what they lead to', async () => {
      await using place = await scratch();
      const paths = await plantFar(place);
      await link(place.path('tree/f3'), place.path('tree/second'));
      await symlink('f4', place.path('tree/way'));
      await get(connection, place.path('tree'), place.path('near'));
      await get(connection, place.path('tree'), place.path('followed'), { followSymlinks: true });
      for (const root of ['near', 'followed']) {
        await expectAll(place, root, paths);
        expect(await readFile(place.path(root, 'second'), 'utf8')).toBe('f3');
        expect(await readFile(place.path(root, 'way'), 'utf8')).toBe('f4');
      }
      expect((await lstat(place.path('near/way'))).isSymbolicLink()).toBe(true);
      expect((await lstat(place.path('followed/way'))).isFile()).toBe(true);
    });

    it('tell which of them could not be copied', async () => {
      await using place = await scratch();
      const paths = await plantFar(place);
      const filter = async ({ path }: { path: string }): Promise<boolean> => {
        // It vanishes after it was found.
        if (path === 'f9') await rename(place.path('tree/f9'), place.path('gone'));
        return true;
      };
      const { files, failed } = await get(connection, place.path('tree'), place.path('near'), { filter });
      expect(files).toBe(paths.length);
      expect(failed).toMatchObject([{ code: 'ENOENT', path: place.path('tree/f9') }]);
      await expectAll(
        place,
        'near',
        paths.filter((path) => path !== 'f9'),
      );
    });

    it('count as they move, before any of them is in its place, and to the same sums', async () => {
      await using place = await scratch();
      await plantFar(place);
      const reports: (TransferProgress & { readonly inPlace: boolean })[] = [];
      const { bytes } = await get(connection, place.path('tree'), place.path('near'), {
        include: 'f*',
        onProgress: (p) => reports.push({ ...p, inPlace: existsSync(place.path('near/f0')) }),
      });
      expect(reports[0]).toMatchObject({ files: 0, inPlace: false });
      expect(reports[0]?.bytes).toBeGreaterThan(0);
      expect(reports.at(-1)).toMatchObject({ bytes, totalBytes: bytes, files: 150, complete: true });
    });

    it('are each whole or missing where the link is cut', async () => {
      await using place = await scratch();
      const paths = await plantFar(place);
      for (const at of [20_000, 60_000, 120_000, 180_000]) {
        await using proxy = await startCuttingProxy(server.port);
        const near = `near${at}`;
        await using shaky = await connectTo(server, proxy.port);
        proxy.cutAfter(at);
        const outcome = await get(shaky, place.path('tree'), place.path(near)).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(HawserError);
        const there = await readdir(place.path(near), { recursive: true }).catch((): string[] => []);
        expect(there.filter((name) => name.includes('.hawser-'))).toEqual([]);
        for (const path of paths.filter((name) => there.includes(name))) {
          expect(await readFile(place.path(near, path), 'utf8')).toBe(path === 'empty' ? '' : path);
        }
        expect(await get(connection, place.path('tree'), place.path(near))).toMatchObject({ failed: [] });
        await expectAll(place, near, paths);
      }
    });
  });
}
