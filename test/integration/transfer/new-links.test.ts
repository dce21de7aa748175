import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { OpenSshConnection } from '../../../src/connection/open-ssh-connection.js';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { AbortError, DisconnectedError } from '../../../src/core/errors.js';
import { HawserError } from '../../../src/core/hawser-error.js';
import { describeReal, type Sshd, startLatencyProxy, startSshd } from '../../rigs/rigs.js';
import { errorOf, targetOf } from '../ssh/target.js';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.js';
import { get, put, scratch } from './far-place.js';

const MIB = 1024 * 1024;
const RECONNECT = { attempts: 10, delay: 1, maxDelay: 20 };

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describeReal(['sshd'], 'a transfer over new links', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ keys: ['ed25519'] });
  });
  afterAll(() => sshd?.stop());

  const connection = (
    port: number,
    Kind: typeof SshConnection | typeof OpenSshConnection = SshConnection,
  ): Connection => new Kind({ target: targetOf(sshd, { port, hostKey: 'insecure-accept-any' }), reconnect: RECONNECT });

  /** Has a line cut after each of `points`, the next one counted from where the link before it was lost. */
  const cutAt = async (proxy: CuttingProxy, far: Connection, points: readonly number[]): Promise<() => number> => {
    let cuts = 0;
    far.on('lost', () => {
      cuts += 1;
      proxy.cutAfter(points[cuts] ?? Number.POSITIVE_INFINITY);
    });
    await far.connect();
    proxy.cutAfter(points[0] ?? Number.POSITIVE_INFINITY);
    return () => cuts;
  };

  for (const Kind of [SshConnection, OpenSshConnection] as const) {
    describe(Kind.name, () => {
      for (const { title, copy } of [
        { title: 'a download', copy: get },
        { title: 'an upload', copy: put },
      ] as const) {
        it(`goes on with ${title} where it was, cut after cut`, async () => {
          await using place = await scratch();
          await writeFile(place.path('a'), randomBytes(8 * MIB));
          await using proxy = await startCuttingProxy(sshd.port);
          await using far = connection(proxy.port, Kind);
          const cuts = await cutAt(proxy, far, [2 * MIB, 2 * MIB, 2 * MIB]);
          const before = proxy.carried;
          const summary = await copy(far, place.path('a'), place.path('b'), { verify: 'sha256' });
          expect(summary).toMatchObject({ files: 1, bytes: 8 * MIB, failed: [] });
          expect(await sha256(place.path('b'))).toBe(await sha256(place.path('a')));
          expect((await readdir(place.path())).sort()).toEqual(['a', 'b']);
          expect(cuts()).toBe(3);
          // What was under way when it was cut comes twice, and no more.
          expect(proxy.carried - before).toBeLessThan(8 * MIB + cuts() * 1.3 * MIB);
          expect(far.active).toBe(0);
        });
      }
    });
  }

  it('goes on with a tree that is fetched: each thing comes and is counted once', async () => {
    await using place = await scratch();
    const names = Array.from({ length: 300 }, (_, i) => `d${i % 7}/f${i}`);
    for (let i = 0; i < 7; i += 1) await mkdir(place.path('tree', `d${i}`), { recursive: true });
    await Promise.all(names.map((name) => writeFile(place.path('tree', name), `${name} `.repeat(500))));
    for (const name of ['big1', 'big2']) await writeFile(place.path('tree', name), randomBytes(3 * MIB));
    await symlink('big1', place.path('tree', 'link'));
    await using proxy = await startCuttingProxy(sshd.port);
    await using far = connection(proxy.port);
    const cuts = await cutAt(proxy, far, [300_000, 900_000, MIB, 2 * MIB, 3 * MIB]);
    const seen: string[] = [];
    const summary = await get(far, place.path('tree'), place.path('here'), {
      onEntry: ({ action, path }) => seen.push(`${action} ${path}`),
    });
    expect(summary).toMatchObject({ files: 302, links: 1, directories: 8, skipped: 0, failed: [] });
    expect(seen).toHaveLength(311);
    expect(new Set(seen).size).toBe(311);
    for (const name of [...names, 'big1', 'big2', 'link']) {
      expect(await sha256(place.path('here', name)), name).toBe(await sha256(place.path('tree', name)));
    }
    expect((await readdir(place.path('here'), { recursive: true })).length).toBe(310);
    expect(cuts()).toBe(5);
  });

  it('goes on where the line carries nothing more, and says so to nobody', async () => {
    await using place = await scratch();
    await writeFile(place.path('a'), randomBytes(8 * MIB));
    await using proxy = await startLatencyProxy(sshd.port);
    const keepAlive = { interval: 300, countMax: 1 };
    const target = targetOf(sshd, { port: proxy.port, hostKey: 'insecure-accept-any', keepAlive });
    await using far = new SshConnection({ target, reconnect: RECONNECT });
    let lost = 0;
    far.on('lost', () => {
      lost += 1;
      void proxy.resume();
    });
    let stalled: Promise<void> | undefined;
    const onProgress = (): void => {
      stalled ??= proxy.stall();
    };
    await get(far, place.path('a'), place.path('b'), { onProgress });
    await stalled;
    expect(await sha256(place.path('b'))).toBe(await sha256(place.path('a')));
    expect(lost).toBeGreaterThan(0);
  });

  it('puts a file in its place once, wherever the answer to that was lost', async () => {
    await using place = await scratch();
    await writeFile(place.path('a'), randomBytes(100_000));
    await using proxy = await startCuttingProxy(sshd.port);
    const whole = await (async () => {
      await using far = connection(proxy.port);
      await far.connect();
      const before = proxy.carried;
      await put(far, place.path('a'), place.path('b'));
      return proxy.carried - before;
    })();
    for (let back = 5; back < 200; back += 20) {
      await using far = connection(proxy.port);
      const to = place.path(`b${back}`);
      const cuts = await cutAt(proxy, far, [whole - back]);
      // It would be an error to find there what was put there before.
      expect(await put(far, place.path('a'), to, { overwrite: 'error' })).toMatchObject({ files: 1, bytes: 100_000 });
      expect(await sha256(to)).toBe(await sha256(place.path('a')));
      expect(cuts()).toBeLessThanOrEqual(1);
      proxy.cutAfter(Number.POSITIVE_INFINITY);
    }
    expect((await readdir(place.path())).filter((name) => name.includes('hawser'))).toEqual([]);
  });

  it('ends with its link where it cannot tell what was done, and says what was', async () => {
    await using place = await scratch();
    await mkdir(place.path('tree'));
    await writeFile(place.path('tree', 'a'), randomBytes(4 * MIB));
    await using proxy = await startCuttingProxy(sshd.port);
    await using far = connection(proxy.port);
    const [tree, file] = [place.path('tree'), place.path('tree', 'a')];
    for (const work of [
      () => put(far, tree, place.path('far')),
      () => get(far, tree, place.path('here'), { removeSource: true }),
      () => get(far, file, place.path('b'), { atomic: false }),
      () => put(far, file, place.path('c'), { atomic: false }),
    ]) {
      await far.connect();
      proxy.cutAfter(2 * MIB);
      const failed = errorOf(work(), DisconnectedError);
      far.once('lost', () => proxy.cutAfter(Number.POSITIVE_INFINITY));
      expect((await failed).summary).toMatchObject({ files: 0 });
      await far.connect();
    }
    expect(await readdir(place.path('tree'))).toEqual(['a']);
  });

  it('leaves no part behind here where the link cannot be made again, or its owner ends it', async () => {
    await using place = await scratch();
    await writeFile(place.path('a'), randomBytes(16 * MIB));
    for (const way of ['stop', 'disconnect', 'abort'] as const) {
      const proxy = await startLatencyProxy(sshd.port);
      await using far = new SshConnection({
        target: targetOf(sshd, { port: proxy.port, hostKey: 'insecure-accept-any' }),
        reconnect: { attempts: 2, delay: 1 },
      });
      const end = new AbortController();
      let moved = (): void => {};
      const moving = new Promise<void>((resolve) => {
        moved = resolve;
      });
      const copying = get(far, place.path('a'), place.path('b'), { signal: end.signal, onProgress: () => moved() });
      const error = errorOf(copying, Error);
      await moving;
      if (way === 'stop') await proxy.stop();
      else await proxy.stall();
      if (way === 'disconnect') await far.disconnect();
      if (way === 'abort') {
        await proxy.cut();
        end.abort();
      }
      // Where all attempts have failed before it hears of the loss, it is that.
      const expected = { stop: HawserError, disconnect: DisconnectedError, abort: AbortError }[way];
      expect(await error).toBeInstanceOf(expected);
      expect(await readdir(place.path())).toEqual(['a']);
      await proxy.stop();
    }
  });
});
