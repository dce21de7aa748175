import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { neverAborted } from '../../../../../src/core/abort.js';
import type { DigestOptions, FileDigest, OpenFile } from '../../../../../src/remote/files/file-driver.js';
import { SharedDriver } from '../../../../../src/remote/transfer/shared/shared-driver.js';
import { watchWork } from './work-of-node.js';

const MIB = 1024 * 1024;
const waiting: DigestOptions = { signal: neverAborted, moved: () => {} };

let directory: string;
let path: string;
let content: Buffer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-digest-'));
  path = join(directory, 'file');
  content = randomBytes(4 * MIB + 17);
  await writeFile(path, content);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (driver: SharedDriver): Promise<OpenFile> => driver.open(Buffer.from(path), constants.O_RDONLY, 0);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function digestOf(file: OpenFile, length: number = content.length): FileDigest {
  const digest = file.digest?.(length);
  if (digest === undefined) throw new Error('A shared file has digests.');
  return digest;
}

async function pass(file: OpenFile, start = 0, pace: (position: number) => Promise<void> = async () => {}) {
  await file.pull({ start, end: content.length, inOrder: true, take: (position) => pace(position) });
}

describe('the digest of a file that many transfers read', () => {
  it('is made once for all, out of what is read once', async () => {
    const wanted = sha256(content);
    using work = await watchWork(path);
    const driver = new SharedDriver('here', MIB);
    const files = await Promise.all(Array.from({ length: 8 }, () => open(driver)));
    const digests = files.map((file) => digestOf(file));
    await Promise.all(files.map((file) => pass(file)));
    expect(await Promise.all(digests.map((digest) => digest.value(waiting)))).toEqual(Array(8).fill(wanted));
    await Promise.all(files.map((file) => file.close()));
    expect(work.read()).toBe(content.length);
    expect(work.hashed()).toEqual([content.length]);
  });

  it('is there for those who come when the file has been read', async () => {
    using work = await watchWork(path);
    const driver = new SharedDriver('here', MIB);
    for (let times = 0; times < 3; times += 1) {
      const file = await open(driver);
      await digestOf(file).value(waiting);
      await file.close();
    }
    expect(work.hashed()).toEqual([content.length]);
    expect(work.read()).toBe(content.length);
  });

  it('is remembered of a file that everybody has left, and nothing is kept of', async () => {
    const others = join(directory, 'others');
    await writeFile(others, randomBytes(2 * MIB));
    using work = await watchWork(path);
    const driver = new SharedDriver('here', MIB);
    const values: string[] = [];
    for (let times = 0; times < 2; times += 1) {
      const file = await open(driver);
      const digest = digestOf(file);
      await pass(file);
      values.push(await digest.value(waiting));
      await file.close();
      const other = await driver.open(Buffer.from(others), constants.O_RDONLY, 0);
      await pass(other);
      await other.close();
    }
    expect(work.read()).toBe(2 * content.length);
    expect(work.hashed()).toEqual([content.length]);
    expect(values[1]).toBe(values[0]);
    await writeFile(path, content.reverse());
    const changed = await open(driver);
    expect(await digestOf(changed).value(waiting)).toBe(sha256(content));
    await changed.close();
  });

  it('does not wait for one who falls behind, nor is it made again for that one', async () => {
    const wanted = sha256(content);
    using work = await watchWork(path);
    const driver = new SharedDriver('here', MIB);
    const [slow, fast] = [await open(driver), await open(driver)];
    const digests = [digestOf(slow), digestOf(fast)];
    let goOn: (() => void) | undefined;
    const fastIsDone = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slowly = pass(slow, 0, () => fastIsDone);
    await pass(fast);
    expect(await digests[1]?.value(waiting)).toBe(wanted);
    await fast.close();
    goOn?.();
    await slowly;
    expect(await digests[0]?.value(waiting)).toBe(wanted);
    await slow.close();
    expect(work.hashed()).toEqual([content.length]);
  });

  it('reads by itself what all who read have left out, once', async () => {
    const wanted = sha256(content);
    using work = await watchWork(path);
    const driver = new SharedDriver('here', MIB);
    const files = [await open(driver), await open(driver)];
    const digests = files.map((file) => digestOf(file));
    await Promise.all(files.map((file) => pass(file, 3 * MIB)));
    expect(work.hashed()).toEqual([]);
    expect(await Promise.all(digests.map((digest) => digest.value(waiting)))).toEqual([wanted, wanted]);
    await Promise.all(files.map((file) => file.close()));
    expect(work.hashed()).toEqual([content.length]);
    expect(work.read()).toBeLessThanOrEqual(content.length + 2 * MIB);
  });

  it('goes on from that of the beginning', async () => {
    const [first, whole] = [sha256(content.subarray(0, MIB + 5)), sha256(content)];
    using work = await watchWork(path);
    const driver = new SharedDriver('here', MIB);
    const files = [await open(driver), await open(driver)];
    expect(await Promise.all(files.map((file) => digestOf(file, MIB + 5).value(waiting)))).toEqual([first, first]);
    const digests = files.map((file) => digestOf(file));
    await Promise.all(files.map((file) => pass(file, MIB + 5)));
    expect(await Promise.all(digests.map((digest) => digest.value(waiting)))).toEqual([whole, whole]);
    await Promise.all(files.map((file) => file.close()));
    expect(work.hashed().reduce((sum, count) => sum + count, 0)).toBe(content.length);
    expect(work.read()).toBe(content.length);
  });

  it('is made for the others when one of them gives up', async () => {
    const driver = new SharedDriver('here', MIB);
    const [one, other] = [await open(driver), await open(driver)];
    const stop = new AbortController();
    const given = digestOf(one).value({ signal: stop.signal, moved: () => stop.abort() });
    const kept = digestOf(other).value(waiting);
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    await one.close();
    expect(await kept).toBe(sha256(content));
    await other.close();
  });

  it('stops where everybody gives up, and goes on from there for who comes later', async () => {
    const wanted = sha256(content);
    using work = await watchWork(path);
    const driver = new SharedDriver('here', MIB);
    const file = await open(driver);
    const stop = new AbortController();
    const given = digestOf(file).value({ signal: stop.signal, moved: () => stop.abort() });
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    await file.close();
    expect(work.read()).toBeLessThan(content.length);
    const again = await open(driver);
    expect(await digestOf(again).value(waiting)).toBe(wanted);
    await again.close();
    expect(work.hashed()).toEqual([content.length]);
  });

  it('is none of a file that became shorter', async () => {
    const driver = new SharedDriver('here', MIB);
    const file = await open(driver);
    await truncate(path, 3 * MIB + 100);
    await expect(digestOf(file).value(waiting)).rejects.toMatchObject({ code: 'ESTALE', path });
    await file.close();
  });
});
