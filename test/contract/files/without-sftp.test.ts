import * as node from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { overFiles, plant, withoutSftp } from './file-places.js';
import { kindOf } from './files.js';
import { snapshot } from './snapshot.js';
import { twinOf } from './twin.js';

const names = ['plain', 'with space', "it's", 'say "so"', 'line\nbreak', '-rf', '~', '$HOME', '`id`', '*', '🚢'];

overFiles(
  (place) => {
    const { same, fails } = twinOf(place);

    describe('through the shell', () => {
      it('writes and reads text and bytes, whatever they are', () =>
        same(async (fs, at) => {
          const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
          await fs.writeFile(at('a'), 'Zürich\n');
          await fs.writeFile(at('b'), bytes);
          await fs.writeFile(at('c'), '');
          return [await fs.readFile(at('a'), 'utf8'), await fs.readFile(at('b')), await fs.readFile(at('c'))];
        }));

      it('writes and reads some MiB', () =>
        same(async (fs, at) => {
          await fs.writeFile(at('a'), Buffer.alloc(3_000_001, 'shell'));
          return (await fs.readFile(at('a'))).length;
        }));

      it('replaces what is longer', () =>
        same(async (fs, at) => {
          await fs.writeFile(at('a'), 'a longer text');
          await fs.writeFile(at('a'), 'short');
        }));

      it.each(names)('takes the name %j', (name) =>
        same(async (fs, at) => {
          await fs.mkdir(at(name));
          await fs.writeFile(at(`${name}/${name}`), 'content');
          const listed = await fs.readdir(at(name));
          const read = await fs.readFile(at(`${name}/${name}`), 'utf8');
          await fs.mkdir(at('gone'));
          await fs.writeFile(at(`gone/${name}`), '');
          await fs.rm(at(`gone/${name}`));
          return [listed, read, (await fs.stat(at(`${name}/${name}`))).size];
        }));

      it('tells what stat tells, links followed or not', async () => {
        const fs = await place.fs();
        const { there, here } = await place.ground();
        await plant(here, { a: '12345', d: null, l: { link: 'd' } });
        await place.give(here);
        await node.chmod(`${here}/a`, 0o640);
        await node.utimes(`${here}/a`, 1_000_000_000, 1_100_000_000);
        const [a, l] = [await fs.stat(`${there}/a`), await fs.stat(`${there}/l`)];
        const seen = await node.stat(`${here}/a`);
        expect([a.size, a.mode, a.uid, a.gid, a.mtimeMs]).toEqual([
          5,
          seen.mode,
          seen.uid,
          seen.gid,
          1_100_000_000_000,
        ]);
        expect([kindOf(l), kindOf(await fs.lstat(`${there}/l`))]).toEqual(['directory', 'link']);
      });

      it('lists names and kinds', () =>
        same(async (fs, at) => {
          await fs.mkdir(at('d/e'), { recursive: true });
          for (const name of names) await fs.writeFile(at(`d/${name}`), '');
          const entries = await fs.readdir(at('d'), { withFileTypes: true });
          return [(await fs.readdir(at('d'))).sort(), entries.map((entry) => `${entry.name} ${kindOf(entry)}`).sort()];
        }));

      it('lists a name that is no UTF-8', async () => {
        const fs = await place.fs();
        const { there, here } = await place.ground();
        await node.writeFile(Buffer.from(`${here}/caf\xe9`, 'latin1'), 'strange');
        await place.give(here);
        expect(await fs.readdir(there)).toEqual(['caf\uDCE9']);
        expect(await fs.readFile(`${there}/caf\uDCE9`, 'utf8')).toBe('strange');
      });

      it('makes directories', () => same((fs, at) => fs.mkdir(at('d/e/f'), { recursive: true })));

      it('removes a tree and follows no link out of it', () =>
        same(async (fs, at) => {
          await fs.mkdir(at('go/d'), { recursive: true });
          await fs.mkdir(at('stay'));
          await fs.writeFile(at('stay/kept'), 'kept');
          await fs.writeFile(at('go/d/a'), '');
          await fs.symlink('../../stay', at('go/d/out'));
          await fs.rm(at('go'), { recursive: true });
        }));

      it('removes what is not there where it is to be forced', () =>
        same((fs, at) => fs.rm(at('none'), { force: true })));

      it('reads what the kernel writes', async () => {
        const fs = await place.fs();
        expect(await fs.readFile('/proc/version', 'utf8')).toBe(await node.readFile('/proc/version', 'utf8'));
      });

      it('has the home directory for `~`', async () => {
        const connection = await place.shared();
        const { stdout } = await connection.execute('cd && pwd -P');
        expect(await connection.fs.realpath('~')).toBe(stdout.trim());
      });

      it('refuses to read what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.readFile(at('none'))));
      it('refuses to ask for what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.stat(at('none'))));
      it('refuses to list what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.readdir(at('none'))));
      it('refuses to remove what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.rm(at('none'))));
      it('refuses to write where there is no directory, with ENOENT', () =>
        fails('ENOENT', (fs, at) => fs.writeFile(at('no/a'), 'x')));
      it('refuses to make what is there, with EEXIST', () =>
        fails('EEXIST', async (fs, at) => {
          await fs.mkdir(at('d'));
          await fs.mkdir(at('d'));
        }));
      it('refuses to read a directory, with EISDIR', () => fails('EISDIR', (fs, at) => fs.readFile(at())));
      it('refuses to write a directory, with EISDIR', () => fails('EISDIR', (fs, at) => fs.writeFile(at(), 'x')));
      it('refuses to list a file, with ENOTDIR', () =>
        fails('ENOTDIR', async (fs, at) => {
          await fs.writeFile(at('a'), '');
          await fs.readdir(at('a'));
        }));
      it('refuses to read what may not be read, with EACCES', async () => {
        const fs = await place.fs();
        const { there, here } = await place.ground();
        await node.writeFile(`${here}/secret`, 'of root', { mode: 0o600 });
        await expect(fs.readFile(`${there}/secret`)).rejects.toMatchObject({ name: 'FileError', code: 'EACCES' });
        await expect(fs.writeFile(`${there}/secret`, 'x')).rejects.toMatchObject({ name: 'FileError', code: 'EACCES' });
      });

      it('uploads and downloads a tree', async () => {
        const connection = await place.shared();
        const mine = await place.mine();
        const { there, here } = await place.ground();
        await plant(`${mine}/t`, {
          a: 'a',
          'd/line\nbreak': 'b',
          'd/e/-rf': Buffer.alloc(200_000, 'c'),
          empty: null,
          nothing: '',
          l: { link: 'a' },
        });
        expect(await connection.upload(`${mine}/t`, `${there}/t`)).toMatchObject({ files: 4, links: 1, failed: [] });
        expect(await snapshot(`${here}/t`)).toEqual(await snapshot(`${mine}/t`));
        expect(await connection.download(`${there}/t`, `${mine}/u`)).toMatchObject({ files: 4, links: 1, failed: [] });
        expect(await snapshot(`${mine}/u`)).toEqual(await snapshot(`${mine}/t`));
      });

      it('says of what it cannot do that the server has no SFTP', async () => {
        const fs = await place.fs();
        const { there } = await place.ground();
        await fs.writeFile(`${there}/a`, '0123456789');
        await expect(fs.open(`${there}/a`, 'r+')).rejects.toMatchObject({
          name: 'FileError',
          code: 'ENOSYS',
          message: expect.stringContaining('SFTP'),
        });
      });
    });
  },
  [withoutSftp],
);
