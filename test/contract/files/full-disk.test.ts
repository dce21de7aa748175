import * as node from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asUser, dropbear, local } from '../places.js';
import { overFiles } from './file-places.js';
import { mayMount, mountSmallDisk, type SmallDisk } from './small-disk.js';

const MiB = 1024 * 1024;
const canMount = mayMount();

// The embedded servers show one directory, which is no disk of its own.
overFiles(
  (place) => {
    describe.runIf(canMount)('a disk of 4 MiB that is full', () => {
      let disk: SmallDisk;
      let ground: string;
      beforeAll(async () => {
        disk = await mountSmallDisk(4);
      });
      afterAll(() => disk.unmount());

      /** An empty directory on the disk, and the disk empty but for it. */
      async function cleared(): Promise<string> {
        await node.rm(`${disk.path}/d`, { recursive: true, force: true });
        ground = `${disk.path}/d`;
        await node.mkdir(ground);
        await place.give(ground);
        return ground;
      }

      it('refuses writeFile, appendFile, a handle and a stream with ENOSPC', async () => {
        const fs = await place.fs();
        const at = await cleared();
        const big = Buffer.alloc(5 * MiB);
        await expect(fs.writeFile(`${at}/a`, big)).rejects.toMatchObject({ code: 'ENOSPC', syscall: 'write' });
        await expect(fs.appendFile(`${at}/a`, big)).rejects.toMatchObject({ code: 'ENOSPC' });
        const file = await fs.open(`${at}/b`, 'w');
        await expect(file.write(big)).rejects.toMatchObject({ code: 'ENOSPC' });
        await file.close().catch(() => {});
        const writing = new Promise((_, reject) => fs.createWriteStream(`${at}/c`).on('error', reject).end(big));
        await expect(writing).rejects.toMatchObject({ code: 'ENOSPC' });
      });

      it('still lets files be removed, and has room again', async () => {
        const fs = await place.fs();
        const at = await cleared();
        await expect(fs.writeFile(`${at}/a`, Buffer.alloc(5 * MiB))).rejects.toMatchObject({ code: 'ENOSPC' });
        await fs.rm(`${at}/a`);
        await fs.writeFile(`${at}/a`, Buffer.alloc(3 * MiB));
        expect((await fs.stat(`${at}/a`)).size).toBe(3 * MiB);
      });

      it('leaves the old file whole and nothing else when it fills up at 90 % of an upload', async () => {
        const connection = await place.shared();
        const at = await cleared();
        const mine = await place.mine();
        await node.writeFile(`${mine}/a`, Buffer.alloc(4 * MiB, 'new'));
        await node.writeFile(`${at}/a`, Buffer.alloc(MiB, 'old'));
        await place.give(at);
        await expect(connection.upload(`${mine}/a`, `${at}/a`)).rejects.toMatchObject({ code: 'ENOSPC' });
        expect(await node.readdir(at)).toEqual(['a']);
        expect((await node.readFile(`${at}/a`)).equals(Buffer.alloc(MiB, 'old'))).toBe(true);
      });

      it('fails the files of a tree that have no room, and the others are there', async () => {
        const connection = await place.shared();
        const at = await cleared();
        const mine = await place.mine();
        await node.mkdir(`${mine}/t`);
        await node.writeFile(`${mine}/t/big`, Buffer.alloc(5 * MiB));
        await node.writeFile(`${mine}/t/small`, 'small');
        const summary = await connection.upload(`${mine}/t`, `${at}/t`, { concurrency: 1 });
        expect(summary).toMatchObject({ files: 1, failed: [{ code: 'ENOSPC' }] });
        expect(await node.readdir(`${at}/t`)).toEqual(['small']);
      });

      it('of this machine leaves the old file whole when a download fills it', async () => {
        const connection = await place.shared();
        const { there, here } = await place.ground();
        await node.writeFile(`${here}/a`, Buffer.alloc(5 * MiB));
        await place.give(here);
        const at = await cleared();
        await node.writeFile(`${at}/a`, 'old');
        await expect(connection.download(`${there}/a`, `${at}/a`)).rejects.toMatchObject({ code: 'ENOSPC' });
        expect(await node.readdir(at)).toEqual(['a']);
        expect(await node.readFile(`${at}/a`, 'utf8')).toBe('old');
      });
    });
  },
  [local, asUser, dropbear],
);
