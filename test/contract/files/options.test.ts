import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import * as node from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import { snapshot } from './snapshot.js';
import { twinOf } from './twin.js';

// What callers of Node's own functions may ask for besides: it is done as Node does it, or refused, and never passed over.
overFiles((place) => {
  const { same } = twinOf(place);
  const refused = { name: 'OptionError' };

  describe('opendir', () => {
    it.each(['utf8', 'latin1', 'hex', 'base64'] as const)('gives names in %s', (encoding) =>
      same(async (fs, at) => {
        await fs.writeFile(at('größe'), '');
        const found: string[] = [];
        for await (const { name } of await fs.opendir(at(), { encoding })) found.push(name);
        return found;
      }));

    it('gives names as the bytes that they are', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const name = Buffer.from('6e6f742d757466382dff', 'hex');
      await node.writeFile(Buffer.concat([Buffer.from(`${here}/`), name]), '');
      const theirs: unknown[] = [];
      for await (const entry of await node.opendir(here, { encoding: 'buffer' } as object)) theirs.push(entry.name);
      for (const o of ['buffer', { encoding: 'buffer' }] as const) {
        const ours: Buffer[] = [];
        for await (const entry of await fs.opendir(there, o)) ours.push(entry.name);
        expect(ours).toEqual(theirs);
        expect(ours).toEqual([name]);
      }
    });

    it('gives bytes of what lies below, too', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.mkdir(`${there}/d`);
      await fs.writeFile(`${there}/d/e`, '');
      const found: string[] = [];
      const directory = await fs.opendir(there, { encoding: 'buffer', recursive: true });
      for await (const { name, parentPath } of directory) found.push(`${parentPath}:${name.toString('hex')}`);
      expect(found).toEqual([`${there}:64`, `${there}/d:65`]);
    });

    it.each([1, 2, 1000])('gives all names with a buffer for %i', (bufferSize) =>
      same(async (fs, at) => {
        for (const name of ['a', 'b', 'c']) await fs.writeFile(at(name), '');
        const found: string[] = [];
        for await (const { name } of await fs.opendir(at(), { bufferSize })) found.push(name);
        return found.sort();
      }));

    it('refuses a buffer for nothing, and an encoding that is none', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      for (const bufferSize of [0, -1, 1.5, Number.NaN]) {
        await expect(fs.opendir(there, { bufferSize })).rejects.toMatchObject(refused);
      }
      await expect(Reflect.apply(fs.opendir, fs, [there, 'klingon'])).rejects.toMatchObject(refused);
    });
  });

  describe('mkdtemp', () => {
    it('gives the path in the encoding that is asked for', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const asBytes = await fs.mkdtemp(`${there}/a-`, { encoding: 'buffer' });
      const asHex = await fs.mkdtemp(`${there}/a-`, 'hex');
      const names = [asBytes.toString(), Buffer.from(asHex, 'hex').toString()];
      expect(names.map((path) => path.slice(there.length + 1)).sort()).toEqual((await node.readdir(here)).sort());
    });
  });

  describe('stat', () => {
    it('gives undefined in place of an error for what is not there, where that is asked for', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.writeFile(`${there}/a`, 'abc');
      expect((await fs.stat(`${there}/a`, { throwIfNoEntry: false }))?.size).toBe(3);
      expect(await fs.stat(`${there}/none`, { throwIfNoEntry: false })).toBeUndefined();
      await expect(fs.stat(`${there}/none`, { throwIfNoEntry: true })).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  describe('symlink', () => {
    it('takes the types that Node knows, and refuses others', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      for (const type of ['dir', 'file', 'junction', null] as const) await fs.symlink('x', `${there}/${type}`, type);
      expect((await node.readdir(here)).sort()).toEqual(['dir', 'file', 'junction', 'null']);
      await expect(fs.symlink('x', `${there}/other`, 'bogus')).rejects.toMatchObject(refused);
    });
  });

  describe('writeFile and appendFile', () => {
    it('take null for no options, as Node does', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.writeFile(`${there}/a`, 'a', null);
      await fs.appendFile(`${there}/a`, 'b', null);
      await using file = await fs.open(`${there}/a`, 'a');
      await file.appendFile('c', null);
      expect(await fs.readFile(`${there}/a`, null)).toEqual(Buffer.from('abc'));
    });
  });

  describe('a stream', () => {
    it('reads an open file in place of its path', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await fs.writeFile(`${there}/a`, '0123456789');
      const range = { start: 2, end: 5 };
      const theirs = createReadStream(`${here}/none`, { fd: await node.open(`${here}/a`), ...range });
      const ours = fs.createReadStream(`${there}/none`, { fd: await fs.open(`${there}/a`), ...range });
      expect([await text(ours), await text(theirs)]).toEqual(['2345', '2345']);
    });

    it('writes to an open file in place of its path', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await fs.writeFile(`${there}/a`, '0123456789');
      await node.writeFile(`${here}/b`, '0123456789');
      const theirs = createWriteStream(`${here}/none`, { fd: await node.open(`${here}/b`, 'r+'), start: 3 });
      const ours = fs.createWriteStream(`${there}/none`, { fd: await fs.open(`${there}/a`, 'r+'), start: 3 });
      await Promise.all([once(theirs.end('abc'), 'close'), once(ours.end('abc'), 'close')]);
      expect(await snapshot(here)).toEqual({ a: 'file 644 "012abc6789"', b: 'file 644 "012abc6789"' });
    });

    it('refuses a descriptor of this process, and calls of somebody else', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      for (const name of ['createReadStream', 'createWriteStream'] as const) {
        for (const o of [{ fd: 0 }, { fd: {} }, { fs: node }]) {
          expect(() => Reflect.apply(fs[name], fs, [`${there}/a`, o])).toThrow(/Expected (the `fd`|no `fs`) option/);
        }
      }
    });
  });

  describe('what no protocol here has', () => {
    it('is refused', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.writeFile(`${there}/a`, 'a');
      await using file = await fs.open(`${there}/a`);
      for (const work of [
        fs.stat(there, { bigint: true }),
        fs.lstat(there, { bigint: true }),
        fs.statfs(there, { bigint: true }),
        file.stat({ bigint: true }),
        fs.rmdir(there, { recursive: true }),
        Reflect.apply(fs.readFile, fs, [`${there}/a`, { buffer: Buffer.alloc(10) }]),
        Reflect.apply(file.readFile, file, [{ buffer: Buffer.alloc(10) }]),
        Reflect.apply(fs.glob, fs, ['*', { cwd: there, followSymlinks: true }]).next(),
      ]) {
        await expect(work).rejects.toMatchObject(refused);
      }
      expect(() => fs.watch()).toThrow(/watch/);
    });
  });
});
