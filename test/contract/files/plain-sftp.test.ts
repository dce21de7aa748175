import * as node from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { embeddedWith } from '../places.js';
import { overFiles, plant } from './file-places.js';
import { snapshot } from './snapshot.js';
import { twinOf } from './twin.js';

const plain = embeddedWith('a server of SFTP without extensions', { noSftpExtensions: true });
const sparing = embeddedWith('a server of SFTP that gives 1,000 bytes at a time', { sftpReadLimit: 1000 });

overFiles(
  (place) => {
    const { same, gives } = twinOf(place);

    describe('files', () => {
      it.each([
        0, 1, 999, 1000, 1001, 32_768, 32_769, 300_000,
      ])('of %i bytes are written and read whole', async (size) => {
        const bytes = Buffer.alloc(size, 'plain SFTP');
        const value = await gives(async (fs, at) => {
          await fs.writeFile(at('a'), bytes);
          const read = await fs.readFile(at('a'));
          return Buffer.isBuffer(read) && read.equals(bytes);
        });
        expect(value).toBe(true);
      });

      it('are streamed, ranges too', () =>
        same(async (fs, at) => {
          await fs.writeFile(at('a'), '0123456789'.repeat(10_000));
          const whole = await text(fs.createReadStream(at('a')));
          return [whole.length, await text(fs.createReadStream(at('a'), { start: 1995, end: 3004 }))];
        }));

      it('are read by a handle as far as they go, however little comes at a time', () =>
        same(async (fs, at) => {
          const content = Buffer.from(Array.from({ length: 70_001 }, (_, i) => i % 251));
          await fs.writeFile(at('a'), content);
          await using file = await fs.open(at('a'));
          const { bytesRead, buffer } = await file.read(Buffer.alloc(40_000, '.'));
          const inTheMiddle = await file.read(Buffer.alloc(5000, '.'), 100, 4000, 2500);
          const buffers = [Buffer.alloc(1500, '.'), Buffer.alloc(20_000, '.'), Buffer.alloc(20_000, '.')];
          const several = await file.readv(buffers);
          const end = await file.read(Buffer.alloc(10, '.'));
          const all = await file.readv([Buffer.alloc(50_000), Buffer.alloc(50_000)], 0);
          return [
            [bytesRead, content.subarray(0, bytesRead).equals(buffer)],
            [inTheMiddle.bytesRead, inTheMiddle.buffer],
            [several.bytesRead, content.subarray(40_000).equals(Buffer.concat(buffers).subarray(0, several.bytesRead))],
            [end.bytesRead, all.bytesRead],
          ];
        }));

      it('are read by a handle from where it is to the end, and line by line', () =>
        same(async (fs, at) => {
          await fs.writeFile(at('a'), 'a line of text\n'.repeat(5000));
          await using file = await fs.open(at('a'));
          await file.read(Buffer.alloc(2000));
          const rest = await file.readFile('utf8');
          let lines = 0;
          for await (const line of file.readLines({ start: 7 })) lines += line.length;
          return [rest.length, lines];
        }));

      it('are renamed, listed, copied and removed', () =>
        same(async (fs, at) => {
          await fs.mkdir(at('d/e'), { recursive: true });
          await fs.writeFile(at('d/a'), 'a');
          await fs.rename(at('d/a'), at('d/e/b'));
          await fs.copyFile(at('d/e/b'), at('c'));
          await fs.cp(at('d'), at('f'), { recursive: true });
          await fs.rm(at('d'), { recursive: true });
          return (await fs.readdir(at(), { recursive: true })).sort();
        }));

      it('and trees go up and come down, and take the place of older ones', async () => {
        const connection = await place.shared();
        const mine = await place.mine();
        const { there, here } = await place.ground();
        await plant(`${mine}/t`, { a: 'a', 'd/b': Buffer.alloc(100_000, 'b'), empty: null, l: { link: 'a' } });
        for (let round = 0; round < 2; round += 1) {
          const sent = await connection.upload(`${mine}/t`, `${there}/t`);
          expect(sent).toMatchObject({ files: 2, failed: [] });
          expect(await snapshot(`${here}/t`)).toEqual(await snapshot(`${mine}/t`));
          await connection.download(`${there}/t`, `${mine}/back`);
          expect(await snapshot(`${mine}/back`)).toEqual(await snapshot(`${mine}/t`));
        }
      });
    });
  },
  [plain, sparing],
);

overFiles(
  (place) => {
    describe('what needs an extension', () => {
      it('replaces what is there by a rename, or says that it cannot, and loses neither file', async () => {
        const fs = await place.fs();
        const { there, here } = await place.ground();
        await fs.writeFile(`${there}/a`, 'new');
        await fs.writeFile(`${there}/b`, 'old');
        const code = await fs.rename(`${there}/a`, `${there}/b`).then(
          () => 'done',
          (error: unknown) => Reflect.get(Object(error), 'code'),
        );
        const left = (await snapshot(here))['b'];
        expect([code, left]).toEqual(code === 'done' ? ['done', 'file 644 "new"'] : ['ENOTSUP', 'file 644 "old"']);
      });

      it('says that the server has it not', async () => {
        const fs = await place.fs();
        const { there } = await place.ground();
        await fs.writeFile(`${there}/a`, 'a');
        await fs.symlink('a', `${there}/l`);
        const refused = { name: 'FileError', code: 'ENOSYS' };
        await expect(fs.link(`${there}/a`, `${there}/b`)).rejects.toMatchObject({ ...refused, syscall: 'link' });
        await expect(fs.statfs(there)).rejects.toMatchObject({ ...refused, syscall: 'statfs' });
        await expect(fs.lutimes(`${there}/l`, 1, 1)).rejects.toMatchObject({ ...refused, syscall: 'lutime' });
        await expect(fs.lchown(`${there}/l`, 0, 0)).rejects.toMatchObject({ ...refused, syscall: 'lchown' });
        await using file = await fs.open(`${there}/a`, 'r+');
        await expect(file.sync()).rejects.toMatchObject({ ...refused, syscall: 'fsync' });
      });

      it('expands `~` all the same', async () => {
        const fs = await place.fs();
        const { here } = await place.ground();
        const name = here.slice(here.lastIndexOf('/') + 1);
        await node.writeFile(`${here}/a`, 'at home');
        expect(await fs.readFile(`~/${name}/a`, 'utf8')).toBe('at home');
      });
    });
  },
  [plain],
);
