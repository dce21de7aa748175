import { constants } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../../../src/core/file-error.js';
import { DataDriver } from '../../../../src/remote/files/data/data-driver.js';

describe('data as a file', () => {
  const path = Buffer.from('whatever');
  const data = Buffer.alloc(600_000, 'abc');
  const driver = new DataDriver(new Uint8Array(data));

  it('is read as a regular file of its size, in pieces and in order', async () => {
    const stats = await driver.stat();
    expect([stats.isFile(), stats.size]).toEqual([true, data.length]);
    const file = await driver.open(path, constants.O_RDONLY);
    const read: Buffer[] = [];
    const end = await file.pull({
      start: 3,
      inOrder: true,
      take: (position, pieces) => {
        expect(position).toBe(3 + read.reduce((sum, { length }) => sum + length, 0));
        read.push(...pieces);
      },
    });
    expect(end).toBe(data.length);
    expect(Buffer.concat(read).equals(data.subarray(3))).toBe(true);
    expect(Buffer.concat(await file.read(data.length - 2, 10)).toString()).toBe('bc');
    expect(await file.read(data.length, 10)).toEqual([]);
    await file.close();
  });

  it('is not read any further once that is given up', async () => {
    const file = await driver.open(path, constants.O_RDONLY);
    const stop = new AbortController();
    const pull = file.pull({ start: 0, inOrder: true, signal: stop.signal, take: () => stop.abort() });
    await expect(pull).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('cannot be changed, nor be anything else', async () => {
    const file = await driver.open(path, constants.O_RDONLY);
    const refused = [
      () => driver.open(path, constants.O_RDWR),
      () => driver.mkdir(),
      () => driver.unlink(),
      () => driver.rename(),
      () => driver.chmod(),
      () => driver.readlink(),
      () => driver.list().next(),
      () => file.write(0, [data]),
      () => file.truncate(0),
    ];
    for (const call of refused) await expect(call()).rejects.toBeInstanceOf(FileError);
  });
});
