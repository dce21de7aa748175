import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { HawserError } from '../../../src/core/hawser-error.js';
import type { TransferProgress } from '../../../src/remote/transfer/progress.js';
import { describeReal, type Sshd, startLatencyProxy, startSshd } from '../../rigs/rigs.js';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.js';
import { connectTo, get, put, scratch } from './far-place.js';

const POINTS = 56;
const SIZE = 1_200_000;
const DRAFT = /^\.b\.hawser-[0-9a-f]{8}$/;

const directions = [
  { title: 'an upload', copy: put },
  { title: 'a download', copy: get },
] as const;

describeReal(['sshd'], 'a link that is cut', () => {
  let server: Sshd;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(async () => server?.stop());

  /** Runs a transfer over a line that breaks after `bytes`, and says what became of it. */
  const cutAt = async (bytes: number, work: (c: Connection) => Promise<unknown>): Promise<unknown> => {
    await using proxy: CuttingProxy = await startCuttingProxy(server.port);
    await using connection = await connectTo(server, proxy.port);
    proxy.cutAfter(bytes);
    return work(connection).then(
      () => undefined,
      (error: unknown) => error,
    );
  };

  for (const { title, copy } of directions) {
    it(`leaves the old file or the new one, at whatever byte it cuts ${title}`, async () => {
      await using place = await scratch();
      const oldBytes = randomBytes(SIZE - 100_000);
      const newBytes = randomBytes(SIZE);
      await writeFile(place.path('a'), newBytes);
      let cut = 0;
      for (let point = 0; point < POINTS; point += 1) {
        await writeFile(place.path('b'), oldBytes);
        const at = Math.floor(((point + Math.random()) / POINTS) * SIZE * 1.03);
        const resume = point % 2 === 1;
        const error = await cutAt(at, (c) => copy(c, place.path('a'), place.path('b'), { resume }));
        const found = await readFile(place.path('b'));
        const about = `cut after ${at} bytes: ${String(error)}`;
        expect(found.equals(oldBytes) || found.equals(newBytes), about).toBe(true);
        if (error === undefined) {
          expect(found.equals(newBytes), about).toBe(true);
          continue;
        }
        cut += 1;
        expect(error, about).toBeInstanceOf(HawserError);
        const drafts = (await readdir(place.path())).filter((name) => name !== 'a' && name !== 'b');
        expect(drafts.length, about).toBeLessThanOrEqual(1);
        for (const name of drafts) expect(name).toMatch(DRAFT);
      }
      expect(cut).toBeGreaterThanOrEqual(50);
      await using connection = await connectTo(server);
      await copy(connection, place.path('a'), place.path('b'), { verify: 'sha256' });
      expect((await readFile(place.path('b'))).equals(newBytes)).toBe(true);
    });

    it(`can be followed by the rest of ${title}, with nothing left over`, async () => {
      await using place = await scratch();
      const bytes = randomBytes(SIZE);
      await writeFile(place.path('a'), bytes);
      for (const resume of [true, false]) {
        await writeFile(place.path('b'), 'old');
        await using proxy = await startCuttingProxy(server.port);
        await using connection = await connectTo(server, proxy.port);
        proxy.cutAfter(SIZE / 2);
        const options = { resume };
        await expect(copy(connection, place.path('a'), place.path('b'), options)).rejects.toBeInstanceOf(HawserError);
        expect(await readFile(place.path('b'), 'utf8')).toBe('old');
        proxy.cutAfter(Number.POSITIVE_INFINITY);
        await copy(connection, place.path('a'), place.path('b'), options);
        expect((await readFile(place.path('b'))).equals(bytes)).toBe(true);
        expect((await readdir(place.path())).sort()).toEqual(['a', 'b']);
      }
    });
  }

  for (const { title, copy } of directions) {
    it(`carries nothing twice when ${title} is gone on with`, async () => {
      await using place = await scratch();
      await using proxy = await startCuttingProxy(server.port);
      await using connection = await connectTo(server, proxy.port);
      await writeFile(place.path('a'), randomBytes(SIZE));
      const stop = new AbortController();
      let had = 0;
      const onProgress = (p: TransferProgress): void => {
        had ||= p.bytes;
        stop.abort();
      };
      const cut = copy(connection, place.path('a'), place.path('b'), { resume: true, onProgress, signal: stop.signal });
      await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
      expect(had).toBeGreaterThan(0);
      const before = proxy.carried;
      await copy(connection, place.path('a'), place.path('b'), { resume: true, verify: 'sha256' });
      expect(proxy.carried - before).toBeLessThan(SIZE - had + 50_000);
      expect((await readdir(place.path())).sort()).toEqual(['a', 'b']);
    });
  }

  it('leaves a tree of which each file is old or new', async () => {
    await using place = await scratch();
    await mkdir(place.path('tree'));
    const names = Array.from({ length: 60 }, (_, i) => `f${i}`);
    for (const name of names) await writeFile(place.path('tree', name), `new ${name} `.repeat(400));
    for (const at of [5_000, 60_000, 150_000]) {
      await mkdir(place.path(`far${at}`));
      for (const name of names) await writeFile(place.path(`far${at}`, name), `old ${name}`);
      const error = await cutAt(at, (c) => put(c, place.path('tree'), place.path(`far${at}`)));
      expect(error).toBeInstanceOf(HawserError);
      for (const name of names) {
        const text = await readFile(place.path(`far${at}`, name), 'utf8');
        expect([`old ${name}`, `new ${name} `.repeat(400)]).toContain(text);
      }
      await using connection = await connectTo(server);
      await put(connection, place.path('tree'), place.path(`far${at}`));
      expect((await readdir(place.path(`far${at}`))).sort()).toEqual([...names].sort());
    }
  });

  it('is given up after `stallTimeout` where it carries nothing more, and the old file stays', async () => {
    await using place = await scratch();
    await writeFile(place.path('a'), randomBytes(8 * SIZE));
    await writeFile(place.path('b'), 'old');
    await using proxy = await startLatencyProxy(server.port);
    await using connection = await connectTo(server, proxy.port);
    let stalled: Promise<void> | undefined;
    const onProgress = (): void => {
      stalled ??= proxy.stall();
    };
    const hung = put(connection, place.path('a'), place.path('b'), { onProgress, stallTimeout: 300 });
    await expect(hung).rejects.toMatchObject({ name: 'TimeoutError', phase: 'transfer', ms: 300 });
    await stalled;
    expect(await readFile(place.path('b'), 'utf8')).toBe('old');
    await proxy.cut();
  });
});
