import * as node from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { RemoteFs } from '../../../src/remote/files/remote-fs.js';
import { type Ground, overFiles, plant } from './file-places.js';

type WalkOptions = Parameters<RemoteFs['walk']>[1];

async function grow({ here }: Ground): Promise<void> {
  await plant(here, {
    'a.txt': '',
    'd/c.txt': '',
    'd/e/f.txt': '',
    'd/e/g/h.txt': '',
    'i/j.txt': '',
    empty: null,
    'to-file': { link: 'a.txt' },
    'to-i': { link: 'i' },
    'd/up': { link: '..' },
    dangling: { link: 'none' },
  });
}

overFiles((place) => {
  /** The directories of a walk below the ground, in order, with what is in each. */
  async function walked(ground: Ground, o?: WalkOptions): Promise<string[]> {
    const fs = await place.fs();
    const found: string[] = [];
    for await (const { path, directories, files } of fs.walk(ground.there, o)) {
      const name = path === ground.there ? '.' : path.slice(ground.there.length + 1);
      found.push(`${name}: [${directories}] ${files}`);
    }
    return found;
  }

  describe('walk', () => {
    it('gives each directory before those in it', async () => {
      const ground = await place.ground();
      await grow(ground);
      expect(await walked(ground)).toEqual([
        '.: [d,empty,i,to-i] a.txt,dangling,to-file',
        'd: [e,up] c.txt',
        'd/e: [g] f.txt',
        'd/e/g: [] h.txt',
        'empty: [] ',
        'i: [] j.txt',
      ]);
    });

    it('gives each directory after those in it where `topDown` is false', async () => {
      const ground = await place.ground();
      await grow(ground);
      expect((await walked(ground, { topDown: false })).map((line) => line.split(':')[0])).toEqual([
        'd/e/g',
        'd/e',
        'd',
        'empty',
        'i',
        '.',
      ]);
    });

    it('follows links where that is asked for, and no circle round', async () => {
      const ground = await place.ground();
      await grow(ground);
      for (const topDown of [true, false]) {
        const names = (await walked(ground, { followSymlinks: true, topDown })).map((line) => line.split(':')[0]);
        expect(names.sort()).toEqual(['.', 'd', 'd/e', 'd/e/g', 'empty', 'i', 'to-i']);
      }
    });

    it('goes only where its caller leaves it to go', async () => {
      const fs = await place.fs();
      const ground = await place.ground();
      await grow(ground);
      const seen: string[] = [];
      for await (const { path, directories } of fs.walk(ground.there)) {
        seen.push(path.slice(ground.there.length));
        directories.splice(0, directories.length, ...directories.filter((name) => name !== 'd').reverse());
      }
      expect(seen).toEqual(['', '/i', '/empty']);
    });

    it('can be left in the middle', async () => {
      const fs = await place.fs();
      const ground = await place.ground();
      await grow(ground);
      for await (const { path } of fs.walk(ground.there)) {
        expect(path).toBe(ground.there);
        break;
      }
      expect((await fs.stat(ground.there)).isDirectory()).toBe(true);
    });

    it('goes down two hundred levels', async () => {
      const ground = await place.ground();
      await node.mkdir(`${ground.here}/${'d/'.repeat(200)}`, { recursive: true });
      await place.give(ground.here);
      expect(await walked(ground)).toHaveLength(201);
    });

    it('gives names that are no UTF-8 so that they can be used', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await node.mkdir(Buffer.from(`${here}/caf\xe9`, 'latin1'));
      await node.writeFile(Buffer.from(`${here}/caf\xe9/\xff`, 'latin1'), 'strange');
      await place.give(here);
      const texts: string[] = [];
      for await (const { path, files } of fs.walk(there)) {
        for (const name of files) texts.push(await fs.readFile(`${path}/${name}`, 'utf8'));
      }
      expect(texts).toEqual(['strange']);
    });

    it('throws for a top that is not there, and tells `onError` where there is one', async () => {
      const ground = await place.ground();
      const none = { there: `${ground.there}/none`, here: '' };
      await expect(walked(none)).rejects.toMatchObject({ code: 'ENOENT', syscall: 'scandir' });
      const told: unknown[] = [];
      expect(await walked(none, { onError: (error) => told.push(error) })).toEqual([]);
      expect(told).toMatchObject([{ code: 'ENOENT' }]);
    });

    it('is ended by a signal', async () => {
      const ground = await place.ground();
      await grow(ground);
      await expect(walked(ground, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    });
  });
});
