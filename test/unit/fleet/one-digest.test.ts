import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { startTestFleet, type TestFleet } from '../../../src/testing/test-fleet.js';
import { watchWork } from '../remote/transfer/shared/work-of-node.js';

const HOSTS = 8;
const LENGTH = 6 * 1024 * 1024 + 123;

describe('a file that is sent to many hosts, and checked', () => {
  let servers: TestFleet;
  let mc: MultiConnection;
  let here: string;
  let file: string;
  let content: Buffer;

  beforeAll(async () => {
    servers = await startTestFleet({ hosts: HOSTS });
    mc = await MultiConnection.open(servers.targets);
  });

  beforeEach(async () => {
    here = await mkdtemp(join(tmpdir(), 'hawser-digest-'));
    file = join(here, 'file');
    content = randomBytes(LENGTH);
    await writeFile(file, content);
    return async () => {
      await rm(here, { recursive: true, force: true });
      for (const { directory } of servers.hosts) {
        for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true, force: true });
      }
    };
  });

  afterAll(async () => {
    await mc?.close();
    await servers?.close();
  });

  const there = (path: string): string[] => servers.hosts.map(({ directory }) => join(directory, path));

  async function arrived(path: string): Promise<boolean> {
    const contents = await Promise.all(there(path).map((name) => readFile(name)));
    return contents.every((one) => one.equals(content));
  }

  it('is read once and hashed once, however many they are', async () => {
    using work = await watchWork(file);
    const result = await mc.upload(file, 'copy', { verify: 'sha256' });
    result.throwIfAnyFailed();
    expect(work.read()).toBe(LENGTH);
    expect(work.hashed()).toEqual([LENGTH]);
    expect(await arrived('copy')).toBe(true);
  });

  it('is so where it is small, too', async () => {
    content = content.subarray(0, 50_000);
    await writeFile(file, content);
    using work = await watchWork(file);
    (await mc.sftpWrite(file, 'small', { verify: 'sha256' })).throwIfAnyFailed();
    expect(work.read()).toBe(content.length);
    expect(work.hashed()).toEqual([content.length]);
    expect(await arrived('small')).toBe(true);
  });

  it('is found out on the one host that writes something else', async () => {
    const [bad] = servers.hosts;
    if (bad === undefined) throw new Error('There are hosts.');
    await writeFile(join(bad.directory, 'copy'), 'old');
    bad.faults.onSftp = (request) => {
      const draft = readdirSync(bad.directory).find((name) => name.includes('hawser-'));
      if (request === 'close' && draft !== undefined) writeFileSync(join(bad.directory, draft), 'x', { flag: 'r+' });
      return 'serve';
    };
    try {
      using work = await watchWork(file);
      const result = await mc.upload(file, 'copy', { verify: 'sha256' });
      expect([...result.values()].filter(({ ok }) => !ok).map(({ key }) => key)).toEqual([bad.name]);
      expect(result.get(bad.name)?.error).toMatchObject({ code: 'EIO', path: 'copy' });
      expect(result.get(bad.name)?.error?.message).toContain('its SHA-256 is another one');
      expect(work.read()).toBe(LENGTH);
    } finally {
      bad.faults.onSftp = 'serve';
    }
    expect(await readdir(bad.directory)).toEqual(['copy']);
    expect(await readFile(join(bad.directory, 'copy'), 'utf8')).toBe('old');
  });

  it('is compared with what they have out of one digest', async () => {
    for (const name of there('copy')) {
      await writeFile(name, content);
      await utimes(name, 1_000_000, 1_000_000);
    }
    using work = await watchWork(file);
    const result = await mc.upload(file, 'copy', { overwrite: 'if-different' });
    expect([...result.values()].map(({ value }) => value?.skipped)).toEqual(Array(HOSTS).fill(1));
    expect(work.read()).toBe(LENGTH);
    expect(work.hashed()).toEqual([LENGTH]);
  });

  it('is gone on with where they left off, out of one digest of what they have', async () => {
    const part = 4 * 1024 * 1024 + 77;
    await interrupt(() => part);
    using work = await watchWork(file);
    const result = await mc.upload(file, 'copy', { verify: 'sha256', resume: true });
    result.throwIfAnyFailed();
    expect(work.hashed().reduce((sum, count) => sum + count, 0)).toBe(LENGTH);
    expect(work.read()).toBe(LENGTH);
    expect(await arrived('copy')).toBe(true);
    expect([...new Set((await Promise.all(there('').map((name) => readdir(name)))).flat())]).toEqual(['copy']);
  });

  it('arrives whole where each of them left off elsewhere, or has something else', async () => {
    await interrupt((index) => 1024 * 1024 * (index % 5) + 300_000 + index);
    const spoilt = await open(await draftOn(servers.hosts[2]?.directory ?? ''), 'r+');
    await spoilt.write('something else', 1000);
    await spoilt.close();
    (await mc.upload(file, 'copy', { verify: 'sha256', resume: true })).throwIfAnyFailed();
    expect(await arrived('copy')).toBe(true);
    const sums = (await mc.execute('sha256sum copy')).values();
    const digest = createHash('sha256').update(content).digest('hex');
    expect([...sums].every(({ stdout }) => stdout.startsWith(digest))).toBe(true);
  });

  async function draftOn(directory: string): Promise<string> {
    const name = (await readdir(directory)).find((one) => one.includes('hawser-'));
    if (name === undefined) throw new Error(`There is no draft in ${directory}.`);
    return join(directory, name);
  }

  /** Leaves on each host what an upload leaves that was cut off after so many bytes. */
  async function interrupt(lengthOf: (index: number) => number): Promise<void> {
    for (const [index, connection] of [...mc.values()].entries()) {
      const stop = new AbortController();
      const options = { resume: true, signal: stop.signal, onProgress: () => stop.abort() };
      await expect(connection.upload(file, 'copy', options)).rejects.toMatchObject({ name: 'AbortError' });
      const directory = servers.hosts[index]?.directory ?? '';
      await writeFile(await draftOn(directory), content.subarray(0, lengthOf(index)));
    }
  }
});
