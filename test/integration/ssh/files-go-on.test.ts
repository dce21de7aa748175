import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { OpenSshConnection } from '../../../src/connection/open-ssh-connection.js';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import type { ReconnectOptions } from '../../../src/core/backoff.js';
import { DisconnectedError } from '../../../src/core/errors.js';
import { FileError } from '../../../src/core/file-error.js';
import { describeReal, type Sshd, sshdConfigs, startLatencyProxy, startSshd } from '../../rigs/rigs.js';
import { startCuttingProxy } from '../transfer/cutting-proxy.js';
import { scratch } from '../transfer/far-place.js';
import { errorOf, targetOf } from './target.js';

const MIB = 1024 * 1024;
const RECONNECT: ReconnectOptions = { attempts: 10, delay: 1, maxDelay: 20 };
const KINDS = [
  { kind: 'ssh', Kind: SshConnection },
  { kind: 'openssh', Kind: OpenSshConnection },
] as const;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describeReal(['sshd'], 'files over a link that is made again', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ keys: ['ed25519'] });
  });
  afterAll(() => sshd?.stop());

  for (const { kind, Kind } of KINDS) {
    describe(kind, () => {
      const connection = (port: number, reconnect: ReconnectOptions | false = RECONNECT): Connection =>
        new Kind({ target: targetOf(sshd, { port, hostKey: 'insecure-accept-any' }), reconnect });

      it('reads a stream on from where it was, cut after cut', async () => {
        await using place = await scratch();
        const bytes = randomBytes(12 * MIB);
        await writeFile(place.path('a'), bytes);
        await using proxy = await startCuttingProxy(sshd.port);
        await using far = connection(proxy.port);
        let cuts = 0;
        far.on('lost', () => {
          cuts += 1;
          proxy.cutAfter(cuts < 4 ? 2 * MIB : Number.POSITIVE_INFINITY);
        });
        await far.connect();
        const before = proxy.carried;
        proxy.cutAfter(2 * MIB);
        const seen = createHash('sha256');
        const stream = far.fs.createReadStream(place.path('a'), { start: 5 });
        for await (const chunk of stream) seen.update(chunk);
        expect([seen.digest('hex'), stream.bytesRead]).toEqual([sha256(bytes.subarray(5)), bytes.length - 5]);
        expect(cuts).toBe(4);
        // What was under way comes twice, and no more.
        expect(proxy.carried - before).toBeLessThan(bytes.length + (cuts + 1) * MIB);
        expect(far.active).toBe(0);
      });

      it('reads and hashes a whole file that was cut', async () => {
        await using place = await scratch();
        const bytes = randomBytes(3 * MIB);
        await writeFile(place.path('a'), bytes);
        await using proxy = await startCuttingProxy(sshd.port);
        await using far = connection(proxy.port);
        let cuts = 0;
        far.on('lost', () => {
          cuts += 1;
          proxy.cutAfter(Number.POSITIVE_INFINITY);
        });
        await far.connect();
        for (const read of [
          () => far.fs.hash(place.path('a')),
          async () => sha256(await far.fs.readFile(place.path('a'))),
        ]) {
          proxy.cutAfter(MIB);
          expect(await read()).toBe(sha256(bytes));
        }
        expect(cuts).toBe(2);
      });

      it('finishes what only looks, and fails what writes, when the link goes under it', async () => {
        await using place = await scratch();
        await mkdir(place.path('d'));
        await writeFile(place.path('d', 'f'), 'x');
        await symlink('f', place.path('d', 'l'));
        await using proxy = await startLatencyProxy(sshd.port);
        await using far = connection(proxy.port);
        const { fs } = far;
        const [d, f, l] = [place.path('d'), place.path('d', 'f'), place.path('d', 'l')];
        // What is loaded when it is first called for has been.
        await fs.rm(place.path('none'), { force: true });
        await proxy.stall();
        const looks = Promise.all([
          fs.stat(f).then((stats) => stats.size),
          fs.lstat(l).then((stats) => stats.isSymbolicLink()),
          fs.readdir(d).then((names) => names.sort()),
          fs.realpath(l),
          fs.readlink(l),
          fs.access(f),
          fs.exists(place.path('none')),
          fs.statfs(d).then((stats) => stats.bsize > 0),
          fs.readFile(f, 'utf8'),
          all(fs.glob('*', { cwd: d })),
          all(fs.walk(d)).then((found) => found.map(({ files }) => files)),
          fs.opendir(d).then((dir) => dir.close()),
          fs.open(f).then((file) => file.close()),
        ]);
        const writes = Promise.allSettled([
          fs.mkdir(place.path('new')),
          fs.rename(f, place.path('other')),
          fs.writeFile(place.path('w'), 'x'),
          fs.unlink(l),
          fs.chmod(f, 0o600),
          fs.rm(d, { recursive: true }),
          fs.open(place.path('w'), 'w'),
        ]);
        await proxy.cut();
        await proxy.resume();
        expect(await looks).toEqual([
          1,
          true,
          ['f', 'l'],
          f,
          'f',
          undefined,
          false,
          true,
          'x',
          ['f', 'l'],
          [['f', 'l']],
          undefined,
          undefined,
        ]);
        for (const one of await writes) expect(one).toMatchObject({ reason: expect.any(DisconnectedError) });
        expect(await readdir(place.path())).toEqual(['d']);
      });
    });
  }

  const connection = (port: number, reconnect: ReconnectOptions | false = RECONNECT): Connection =>
    new SshConnection({ target: targetOf(sshd, { port, hostKey: 'insecure-accept-any' }), reconnect });

  it('reads on where a server has a shell alone', async () => {
    await using place = await scratch();
    const bytes = randomBytes(4 * MIB);
    await writeFile(place.path('a'), bytes);
    await using plain = await startSshd({ keys: ['ed25519'], config: sshdConfigs.noSftp });
    await using proxy = await startCuttingProxy(plain.port);
    const target = targetOf(plain, { port: proxy.port, hostKey: 'insecure-accept-any' });
    await using far = new SshConnection({ target, reconnect: RECONNECT });
    far.on('lost', () => proxy.cutAfter(Number.POSITIVE_INFINITY));
    for (const read of [
      () => far.fs.createReadStream(place.path('a')).toArray().then(Buffer.concat),
      () => far.fs.readFile(place.path('a')),
    ]) {
      await far.connect();
      proxy.cutAfter(MIB);
      expect(sha256(await read())).toBe(sha256(bytes));
    }
  });

  it('says that a file is another one by now, and gives nothing of it', async () => {
    await using place = await scratch();
    await writeFile(place.path('a'), randomBytes(4 * MIB));
    await using proxy = await startLatencyProxy(sshd.port);
    await using far = connection(proxy.port);
    const stream = far.fs.createReadStream(place.path('a'));
    await once(stream, 'readable');
    await proxy.stall();
    await appendFile(place.path('a'), 'more');
    await proxy.cut();
    await proxy.resume();
    const error = await errorOf(stream.resume().toArray(), FileError);
    expect(error).toMatchObject({ code: 'ESTALE', cause: expect.any(DisconnectedError) });
    expect(error.message).toMatch(/the link was lost after \d+ bytes .* it is not what it was/);
    expect(far.active).toBe(0);
  });

  it('ends a read with the link where nobody makes it again, or its owner has ended it', async () => {
    await using place = await scratch();
    await writeFile(place.path('a'), randomBytes(4 * MIB));
    for (const reconnect of [false, RECONNECT] as const) {
      await using proxy = await startLatencyProxy(sshd.port);
      await using far = connection(proxy.port, reconnect);
      const stream = far.fs.createReadStream(place.path('a'));
      await once(stream, 'readable');
      await proxy.stall();
      const work = [stream.resume().toArray(), far.fs.readFile(place.path('a')), far.fs.stat(place.path('a'))];
      const errors = work.map((one) => errorOf(one, DisconnectedError));
      if (reconnect === false) await proxy.cut();
      else await far.disconnect();
      await Promise.all(errors);
      expect([far.state, far.active]).toEqual(['disconnected', 0]);
    }
  });
});
