import * as node from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../rigs/rigs.js';
import { asUser, dropbear, embeddedHost, failure } from '../places.js';
import { asUserWithServer, overFiles, plant } from './file-places.js';
import { snapshot } from './snapshot.js';

overFiles((place) => {
  describe('a transfer', () => {
    it('of a file that is not there fails with ENOENT', async () => {
      const connection = await place.shared();
      const mine = await place.mine();
      const { there } = await place.ground();
      const expected = { name: 'FileError', code: 'ENOENT' };
      await expect(connection.upload(`${mine}/none`, `${there}/a`)).rejects.toMatchObject({
        ...expected,
        path: `${mine}/none`,
      });
      await expect(connection.download(`${there}/none`, `${mine}/a`)).rejects.toMatchObject({
        ...expected,
        path: `${there}/none`,
      });
      expect(await node.readdir(mine)).toEqual([]);
    });

    it('of a file to a directory that is not there fails with ENOENT, and makes none', async () => {
      const connection = await place.shared();
      const mine = await place.mine();
      const { there, here } = await place.ground();
      await plant(mine, { a: 'a' });
      await expect(connection.upload(`${mine}/a`, `${there}/no/a`)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await node.readdir(here)).toEqual([]);
    });

    it('of a tree makes the directories that it needs', async () => {
      const connection = await place.shared();
      const mine = await place.mine();
      const { there, here } = await place.ground();
      await plant(mine, { 't/a': 'a' });
      await connection.upload(`${mine}/t`, `${there}/no/such/t`);
      expect(await node.readFile(`${here}/no/such/t/a`, 'utf8')).toBe('a');
    });

    it('that finds directories where files should be, and the other way round, does the rest', async () => {
      const connection = await place.shared();
      const mine = await place.mine();
      const { there, here } = await place.ground();
      await plant(mine, { 't/a': 'a', 't/b/c': 'c', 't/d': 'd' });
      await plant(here, { 't/a/kept': 'kept', 't/b': 'kept' });
      await place.give(here);
      const { failed, files } = await connection.upload(`${mine}/t`, `${there}/t`);
      expect(files).toBe(1);
      expect(failed.map(({ code }) => code).sort()).toEqual(['EISDIR', 'ENOTDIR']);
      expect(await snapshot(join(here, 't'))).toMatchObject({
        'a/kept': 'file 644 "kept"',
        b: 'file 644 "kept"',
        d: 'file 644 "d"',
      });
    });

    it('of a tree onto a file fails with ENOTDIR, and leaves the file', async () => {
      const connection = await place.shared();
      const mine = await place.mine();
      const { there, here } = await place.ground();
      await plant(mine, { 't/a': 'a' });
      await plant(here, { t: 'kept' });
      await place.give(here);
      await expect(connection.upload(`${mine}/t`, `${there}/t`)).rejects.toMatchObject({ code: 'ENOTDIR' });
      expect(await node.readFile(`${here}/t`, 'utf8')).toBe('kept');
    });

    it('of a name that is too long fails alone', async () => {
      const connection = await place.shared();
      const mine = await place.mine();
      const { there } = await place.ground();
      await plant(mine, { a: 'a' });
      await expect(connection.upload(`${mine}/a`, `${there}/${'n'.repeat(256)}`)).rejects.toMatchObject({
        code: 'ENAMETOOLONG',
      });
    });

    it('of a file with the longest name that there is works', async () => {
      const connection = await place.shared();
      const mine = await place.mine();
      const { there, here } = await place.ground();
      const name = 'n'.repeat(255);
      await plant(mine, { [name]: 'long' });
      await connection.upload(`${mine}/${name}`, `${there}/${name}`);
      expect(await node.readFile(`${here}/${name}`, 'utf8')).toBe('long');
    });

    it('that is aborted in the middle leaves the old file whole and nothing beside it', async () => {
      const connection = await place.shared();
      const mine = await place.mine();
      const { there, here } = await place.ground();
      await plant(mine, { a: Buffer.alloc(8_000_000, 'new') });
      await plant(here, { a: 'old' });
      await place.give(here);
      const controller = new AbortController();
      const o = { signal: controller.signal, onProgress: () => controller.abort() };
      expect(await failure(connection.upload(`${mine}/a`, `${there}/a`, o))).toMatchObject({ name: 'AbortError' });
      await waitUntil('the draft to be gone', async () => (await node.readdir(here)).length === 1);
      expect(await node.readFile(`${here}/a`, 'utf8')).toBe('old');
      await connection.upload(`${mine}/a`, `${there}/a`);
      expect((await node.stat(`${here}/a`)).size).toBe(8_000_000);
    });

    it('that is aborted with `resume` goes on from where it was', async () => {
      const connection = await place.shared();
      const mine = await place.mine();
      const { there, here } = await place.ground();
      const bytes = Buffer.alloc(8_000_000, 'resumed');
      await plant(mine, { a: bytes });
      const controller = new AbortController();
      const o = { resume: true, signal: controller.signal, onProgress: () => controller.abort() };
      await failure(connection.upload(`${mine}/a`, `${there}/a`, o));
      expect(await connection.upload(`${mine}/a`, `${there}/a`, { resume: true })).toMatchObject({ bytes: 8_000_000 });
      expect((await node.readFile(`${here}/a`)).equals(bytes)).toBe(true);
      expect(await node.readdir(here)).toEqual(['a']);
    });
  });
});

overFiles(
  (place) => {
    describe('an ordinary user', () => {
      it('uploads nothing to where he may not write', async () => {
        const connection = await place.shared();
        const mine = await place.mine();
        const { there, here } = await place.ground();
        await plant(mine, { a: 'a', 't/a': 'a' });
        await node.mkdir(`${here}/roots`, { mode: 0o755 });
        await expect(connection.upload(`${mine}/a`, `${there}/roots/a`)).rejects.toMatchObject({ code: 'EACCES' });
        await expect(connection.upload(`${mine}/t`, `${there}/roots/t`)).rejects.toMatchObject({ code: 'EACCES' });
        expect(await node.readdir(`${here}/roots`)).toEqual([]);
      });

      it('downloads all of a tree but what he may not read', async () => {
        const connection = await place.shared();
        const mine = await place.mine();
        const { there, here } = await place.ground();
        await plant(here, { 't/a': 'a', 't/d/b': 'b' });
        await place.give(here);
        await node.writeFile(`${here}/t/secret`, 'of root', { mode: 0o600 });
        await node.mkdir(`${here}/t/shut`, { mode: 0o700 });
        const { files, failed } = await connection.download(`${there}/t`, `${mine}/t`);
        expect(files).toBe(2);
        expect(failed.map(({ code, path }) => `${code} ${path?.slice(there.length)}`).sort()).toEqual([
          'EACCES /t/secret',
          'EACCES /t/shut',
        ]);
        expect(await snapshot(`${mine}/t`)).toMatchObject({ a: 'file 644 "a"', 'd/b': 'file 644 "b"' });
      });
    });
  },
  [asUser, asUserWithServer, dropbear],
);

describe('a link that is cut in the middle of a transfer', () => {
  const { host, connection: open } = embeddedHost();

  it('ends an upload with the reason, and the file is the old one', async () => {
    const connection = open();
    await node.writeFile(`${host().directory}/a`, 'old');
    const mine = await node.mkdtemp('/tmp/hawser-mine-');
    await node.writeFile(`${mine}/a`, Buffer.alloc(8_000_000, 'new'));
    const error = await failure(connection.upload(`${mine}/a`, '/a', { onProgress: () => host().cut() }));
    expect(error).toMatchObject({ name: 'DisconnectedError', retryable: true });
    expect(await node.readFile(`${host().directory}/a`, 'utf8')).toBe('old');
    await node.rm(mine, { recursive: true });
  });

  it('ends a download with the reason, and leaves the old file and nothing else', async () => {
    const connection = open();
    await node.writeFile(`${host().directory}/a`, Buffer.alloc(8_000_000, 'new'));
    const mine = await node.mkdtemp('/tmp/hawser-mine-');
    await node.writeFile(`${mine}/a`, 'old');
    const error = await failure(connection.download('/a', `${mine}/a`, { onProgress: () => host().cut() }));
    expect(error).toMatchObject({ name: 'DisconnectedError', retryable: true });
    expect(await node.readFile(`${mine}/a`, 'utf8')).toBe('old');
    expect(await node.readdir(mine)).toEqual(['a']);
    await node.rm(mine, { recursive: true });
  });

  it('settles every call that waited, and the next one connects again', async () => {
    const connection = await open().connect();
    await node.writeFile(`${host().directory}/b`, Buffer.alloc(10_000_000));
    await connection.fs.stat('/b');
    const file = await connection.fs.open('/b');
    const waiting = [
      connection.fs.readFile('/b'),
      connection.fs.stat('/b'),
      connection.fs.readdir('/'),
      file.read(Buffer.alloc(1000)),
      connection.fs.writeFile('/c', Buffer.alloc(10_000_000)),
    ].map((call) => failure(call));
    host().cut('reset');
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ name: 'DisconnectedError' });
    expect((await connection.fs.stat('/b')).size).toBe(10_000_000);
  });

  it('that stands still is given up by the transfer', async () => {
    const connection = open();
    const mine = await node.mkdtemp('/tmp/hawser-mine-');
    await node.writeFile(`${mine}/a`, Buffer.alloc(8_000_000, 'new'));
    try {
      const o = { stallTimeout: 300, onProgress: () => host().stall() };
      expect(await failure(connection.upload(`${mine}/a`, '/stalled', o))).toMatchObject({ name: 'TimeoutError' });
    } finally {
      host().unstall();
    }
    await node.rm(mine, { recursive: true });
  });
});
