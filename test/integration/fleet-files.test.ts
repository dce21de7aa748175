import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConnectError, HostKeyError } from '../../src/core/errors.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import type { Target } from '../../src/inventory/target.js';
import { describeReal, type Sshd, startSshd } from '../rigs/rigs.js';

const HOSTS = 50;
const SIZE = 4 * 1024 * 1024;

describeReal(['sshd'], 'files of a fleet on a real server', () => {
  let sshd: Sshd;
  let directory: string;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true, config: { MaxStartups: '100' } });
    directory = await mkdtemp(join(tmpdir(), 'hawser-fleet-'));
    // The account of the server is not ours.
    await chmod(directory, 0o777);
  });

  afterAll(async () => {
    await sshd?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  const target = (index: number): Target => ({
    key: `n${index}`,
    host: `127.0.${1 + Math.floor(index / 20)}.${1 + (index % 20)}`,
    port: index === 7 ? 1 : sshd.port,
    username: sshd.user,
    privateKey: sshd.identity,
    knownHosts: index === 9 ? [] : sshd.knownHosts,
    sshConfig: false,
    agent: false,
  });
  const targets = (): Target[] => Array.from({ length: HOSTS }, (_, index) => target(index));

  /** All bytes that this process has read: of files, and what hosts say, which is little (proc(5), io). */
  async function bytesRead(): Promise<number> {
    const [, read] = /^rchar: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8')) ?? [];
    return Number(read);
  }

  it('read the local file once for 50 hosts, of which two cannot be reached', async () => {
    const local = join(directory, 'source');
    const remote = join(directory, 'target');
    const content = Buffer.from(Array.from({ length: SIZE / 8 }, (_, i) => String(i).padStart(8)).join(''));
    await writeFile(local, content);
    await using mc = new MultiConnection(targets());
    await mc.connect();
    const last = new Map<string, number>();
    const before = await bytesRead();
    const result = await mc.sftpWrite(local, remote, {
      verify: 'size',
      onProgress: ({ bytes }, key) => last.set(key, bytes),
    });
    const read = (await bytesRead()) - before;
    expect([...result.failed.keys()]).toEqual(['n7', 'n9']);
    expect(result.get('n7')?.error).toBeInstanceOf(ConnectError);
    expect(result.get('n9')?.error).toBeInstanceOf(HostKeyError);
    for (const { key, value } of result.succeeded.values()) {
      expect(value).toMatchObject({ files: 1, bytes: SIZE, failed: [] });
      expect(last.get(key)).toBe(SIZE);
    }
    const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(digest(await readFile(remote))).toBe(digest(content));
    expect((await readdir(directory)).filter((name) => name.includes('hawser'))).toEqual([]);
    expect(read).toBeLessThan(2 * SIZE);
  });

  it('come from 50 hosts into a directory of each, and say the same of each', async () => {
    const tree = join(directory, 'tree');
    await mkdir(join(tree, 'conf.d'), { recursive: true });
    await writeFile(join(tree, 'conf.d', 'a.conf'), 'a');
    await writeFile(join(tree, 'b.conf'), 'b');
    await writeFile(join(tree, 'b.bak'), 'old');
    await using mc = new MultiConnection(targets(), { batchSize: 20 });
    const into = join(directory, 'fetched');
    const result = await mc.download(tree, `${into}/`, { include: '**/*.conf', overwrite: 'if-different' });
    expect(result.succeeded.size).toBe(HOSTS - 2);
    expect((await readdir(into)).length).toBe(HOSTS - 2);
    expect((await readdir(join(into, 'n42'), { recursive: true })).sort()).toEqual([
      'b.conf',
      'conf.d',
      'conf.d/a.conf',
    ]);
    const again = await mc.download(tree, `${into}/`, { include: '**/*.conf', overwrite: 'if-different' });
    expect(again.get('n42')?.value).toMatchObject({ files: 0, skipped: 2 });
    const read = await mc.sftpRead(join(tree, 'b.conf'));
    expect(read.succeeded.fold()).toMatchObject([{ output: 'b', keys: { length: HOSTS - 2 } }]);
  });
});
