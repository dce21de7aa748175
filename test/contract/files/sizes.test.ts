import * as node from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';

const GiB = 1024 ** 3;

overFiles((place) => {
  /** A file of 5 GiB that takes no room, with a word at 4.5 GiB. */
  async function sparse(): Promise<{ there: string; here: string }> {
    const ground = await place.ground();
    const file = await node.open(`${ground.here}/big`, 'w');
    await file.write('beyond', 4.5 * GiB);
    await file.truncate(5 * GiB);
    await file.close();
    await place.give(ground.here);
    return { there: `${ground.there}/big`, here: `${ground.here}/big` };
  }

  describe('a file of more than 4 GiB', () => {
    it('is as long as it is', async () => {
      const fs = await place.fs();
      const { there } = await sparse();
      await using file = await fs.open(there);
      expect([(await fs.stat(there)).size, (await fs.lstat(there)).size, (await file.stat()).size]).toEqual([
        5 * GiB,
        5 * GiB,
        5 * GiB,
      ]);
    });

    it('is read past 4 GiB, by a handle and by a stream', async () => {
      const fs = await place.fs();
      const { there } = await sparse();
      await using file = await fs.open(there);
      const { buffer } = await file.read(Buffer.alloc(6), 0, 6, 4.5 * GiB);
      expect(buffer.toString()).toBe('beyond');
      const range = { start: 4.5 * GiB + 2, end: 4.5 * GiB + 5 };
      expect(await text(fs.createReadStream(there, range))).toBe('yond');
      expect((await file.read(Buffer.alloc(6), 0, 6, 5 * GiB)).bytesRead).toBe(0);
    });

    it('is written past 4 GiB, by a handle and by a stream', async () => {
      const fs = await place.fs();
      const { there, here } = await sparse();
      await using file = await fs.open(there, 'r+');
      await file.write('BE', 4.5 * GiB);
      await file.write('grown', 6 * GiB);
      const stream = fs.createWriteStream(there, { flags: 'r+', start: 4.5 * GiB + 4 });
      await new Promise((resolve) => stream.end('ND', () => resolve(undefined)));
      const seen = await node.open(here);
      const { buffer } = await seen.read(Buffer.alloc(6), 0, 6, 4.5 * GiB);
      const { size } = await seen.stat();
      await seen.close();
      expect([buffer.toString(), size]).toEqual(['BEyoND', 6 * GiB + 5]);
    });

    it('is made longer and shorter', async () => {
      const fs = await place.fs();
      const { there, here } = await sparse();
      await fs.truncate(there, 7 * GiB + 1);
      expect((await node.stat(here)).size).toBe(7 * GiB + 1);
      await fs.truncate(there, 4 * GiB + 1);
      expect((await node.stat(here)).size).toBe(4 * GiB + 1);
    });

    it('is too large to be read into memory, and refused before it is read', async () => {
      const fs = await place.fs();
      const { there } = await sparse();
      await expect(fs.readFile(there, 'utf8')).rejects.toMatchObject({ code: 'ERR_FS_FILE_TOO_LARGE' });
    });

    it('is listed with its length and removed', async () => {
      const fs = await place.fs();
      const { there, here } = await sparse();
      await fs.rename(there, `${there}-moved`);
      await fs.rm(`${there}-moved`);
      await expect(node.stat(`${here}-moved`)).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });
});
