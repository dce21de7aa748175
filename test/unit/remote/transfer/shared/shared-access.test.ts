import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenFile } from '../../../../../src/remote/files/file-driver.js';
import { LocalFile } from '../../../../../src/remote/files/local/local-file.js';
import { SharedDriver } from '../../../../../src/remote/transfer/shared/shared-driver.js';

const MIB = 1024 * 1024;

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-shared-'));
  path = join(directory, 'file');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Looks on at what is read of files, and counts it. */
function countReads(): { readonly bytes: () => number; [Symbol.dispose](): void } {
  const { read } = LocalFile.prototype;
  let bytes = 0;
  LocalFile.prototype.read = async function (this: LocalFile, position, length) {
    const pieces = await read.call(this, position, length);
    for (const piece of pieces) bytes += piece.length;
    return pieces;
  };
  return {
    bytes: () => bytes,
    [Symbol.dispose]: () => {
      LocalFile.prototype.read = read;
    },
  };
}

const open = (driver: SharedDriver): Promise<OpenFile> => driver.open(Buffer.from(path), constants.O_RDONLY, 0);

async function contentOf(file: OpenFile, pace: (position: number) => Promise<void> = async () => {}): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const take = async (position: number, some: readonly Buffer[]): Promise<void> => {
    pieces.push(...some);
    await pace(position);
  };
  await file.pull({ start: 0, inOrder: true, take });
  return Buffer.concat(pieces);
}

async function closing<T>(file: OpenFile, work: Promise<T>): Promise<T> {
  return work.finally(() => file.close());
}

describe('a file that many transfers read', () => {
  it('is read once when they go side by side', async () => {
    const content = randomBytes(3 * MIB + 17);
    await writeFile(path, content);
    using reads = countReads();
    const driver = new SharedDriver('here', MIB);
    const files = await Promise.all(Array.from({ length: 20 }, () => open(driver)));
    const contents = await Promise.all(files.map((file) => closing(file, contentOf(file))));
    expect(contents.every((one) => one.equals(content))).toBe(true);
    expect(reads.bytes()).toBe(content.length);
  });

  it('is read once when they come one after another, and it fits into the budget', async () => {
    const content = randomBytes(MIB);
    await writeFile(path, content);
    using reads = countReads();
    const driver = new SharedDriver('here', 2 * MIB);
    for (let times = 0; times < 3; times += 1) {
      const file = await open(driver);
      expect((await contentOf(file)).equals(content)).toBe(true);
      await file.close();
    }
    expect(reads.bytes()).toBe(content.length);
  });

  it('is read again by one who falls behind, who keeps nobody waiting', async () => {
    const content = randomBytes(4 * MIB);
    await writeFile(path, content);
    using reads = countReads();
    const driver = new SharedDriver('here', MIB);
    const [slow, fast] = [await open(driver), await open(driver)];
    let others: (() => void) | undefined;
    const othersDone = new Promise<void>((resolve) => {
      others = resolve;
    });
    const slowly = contentOf(slow, () => othersDone);
    expect((await closing(fast, contentOf(fast))).equals(content)).toBe(true);
    others?.();
    expect((await closing(slow, slowly)).equals(content)).toBe(true);
    expect(reads.bytes()).toBeGreaterThan(content.length);
    expect(reads.bytes()).toBeLessThanOrEqual(2 * content.length);
  });

  it('goes on for the others when one of them gives up', async () => {
    const content = randomBytes(2 * MIB);
    await writeFile(path, content);
    const driver = new SharedDriver('here', MIB);
    const [one, other] = [await open(driver), await open(driver)];
    const controller = new AbortController();
    const take = (): void => controller.abort();
    await expect(one.pull({ start: 0, inOrder: true, take, signal: controller.signal })).rejects.toThrow(/Aborted/);
    await one.close();
    expect((await closing(other, contentOf(other))).equals(content)).toBe(true);
    await expect(one.read(0, 1)).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('is a new file for those who open it after it was replaced', async () => {
    await writeFile(path, 'old');
    const driver = new SharedDriver('here', MIB);
    const old = await open(driver);
    expect(String(await contentOf(old))).toBe('old');
    await writeFile(join(directory, 'new'), 'new');
    await rename(join(directory, 'new'), path);
    const fresh = await open(driver);
    expect(String(await closing(fresh, contentOf(fresh)))).toBe('new');
    expect(String(await closing(old, contentOf(old)))).toBe('old');
  });

  it('ends where it ends now when it became shorter, and where it ended when it grew', async () => {
    await writeFile(path, randomBytes(MIB));
    const driver = new SharedDriver('here', MIB);
    const shrunk = await open(driver);
    await truncate(path, 1000);
    expect((await contentOf(shrunk)).length).toBe(1000);
    expect((await shrunk.stat()).size).toBe(1000);
    await shrunk.close();
    const grown = await open(driver);
    await appendFile(path, 'more');
    expect((await contentOf(grown)).length).toBe(1000);
    expect((await grown.stat()).size).toBe(1004);
    await grown.close();
  });

  it('is not shared for writing', async () => {
    const driver = new SharedDriver('here', MIB);
    const file = await driver.open(Buffer.from(path), constants.O_WRONLY | constants.O_CREAT, 0o600);
    await file.write(0, [Buffer.from('text')]);
    await file.close();
    const reader = await open(driver);
    await expect(reader.write(0, [Buffer.from('x')])).rejects.toMatchObject({ code: 'EBADF' });
    expect(String(await closing(reader, contentOf(reader)))).toBe('text');
  });

  it('has no size where the system makes it up as it is read', async () => {
    path = '/proc/cpuinfo';
    const driver = new SharedDriver('here', MIB);
    const file = await open(driver);
    expect(String(await contentOf(file))).toContain('processor');
    await file.close();
  });

  it('tells of a file that is not there as any driver does', async () => {
    await expect(open(new SharedDriver('here', MIB))).rejects.toMatchObject({ code: 'ENOENT', path });
  });
});
