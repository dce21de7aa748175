import { execFileSync } from 'node:child_process';
import * as node from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RemotePath } from '../../src/remote/paths/remote-path.js';
import { hasPathlib } from '../unit/remote/paths/pathlib.js';
import { type Ground, machines, overFiles, plant, withoutSftp } from './files/file-places.js';
import { failure } from './places.js';

const pythonIsHere = hasPathlib();
if (!pythonIsHere) console.warn("SKIPPED the comparison with pathlib's glob: no python3 before 3.14 here");

/** What pathlib finds for each pattern, sorted, relative to the top. */
function pathlibFinds(top: string, patterns: readonly string[]): Record<string, string[]> {
  const script = `
import json, sys
from pathlib import Path
top = Path(sys.argv[1])
print(json.dumps({p: sorted(str(f.relative_to(top)) for f in top.glob(p)) for p in sys.argv[2:]}))`;
  return JSON.parse(execFileSync('python3', ['-c', script, top, ...patterns], { encoding: 'utf8' }));
}

async function grow({ here }: Ground): Promise<void> {
  await plant(here, {
    'a.txt': 'a',
    '.hidden': '',
    'd/b.txt': '',
    'd/e/c.md': '',
    'd/e/f/g.txt': '',
    'x[1]/y.txt': '',
    'to-d': { link: 'd' },
    'd/up': { link: '..' },
    nowhere: { link: 'none' },
    empty: null,
  });
}

async function allOf(paths: AsyncIterable<RemotePath>, top: RemotePath): Promise<string[]> {
  const all: string[] = [];
  for await (const path of paths) all.push(String(path.relativeTo(top)));
  return all.sort();
}

overFiles(
  (place) => {
    async function pathOf(ground: Ground): Promise<RemotePath> {
      return (await place.shared()).Path(ground.there);
    }

    describe('a path', () => {
      it('writes, reads and appends, text and bytes', async () => {
        const top = await pathOf(await place.ground());
        const file = top.join('ä file');
        await file.writeText('größer');
        await file.appendText('\n');
        expect(await file.readText()).toBe('größer\n');
        expect(await file.readBytes()).toEqual(Buffer.from('größer\n'));
        await file.writeBytes(Uint8Array.of(0xe9));
        expect(await file.readText({ encoding: 'latin1' })).toBe('é');
        await using handle = await file.open('r+');
        await handle.write(Buffer.from('z'), 0, 1, 0);
        expect(await file.readText()).toBe('z');
      });

      it('tells what kind of file there is, and whether there is one', async () => {
        const ground = await place.ground();
        await grow(ground);
        const top = await pathOf(ground);
        const told = async (name: string): Promise<boolean[]> => {
          const path = top.join(name);
          return Promise.all([path.exists(), path.isFile(), path.isDirectory(), path.isSymbolicLink()]);
        };
        expect(await told('a.txt')).toEqual([true, true, false, false]);
        expect(await told('d')).toEqual([true, false, true, false]);
        expect(await told('to-d')).toEqual([true, false, true, true]);
        expect(await told('nowhere')).toEqual([false, false, false, true]);
        expect(await told('none')).toEqual([false, false, false, false]);
        expect((await top.join('a.txt').stat()).size).toBe(1);
        expect((await top.join('to-d').lstat()).isSymbolicLink()).toBe(true);
      });

      it('makes directories: with those above, and where they may be there already', async () => {
        const ground = await place.ground();
        const deep = (await pathOf(ground)).join('a/b/c');
        expect(await failure(deep.mkdir())).toMatchObject({ code: 'ENOENT' });
        await deep.mkdir({ parents: true, mode: 0o700 });
        expect((await node.stat(join(ground.here, 'a/b/c'))).mode & 0o777).toBe(0o700);
        // SFTP tells only that it failed, and what is there says why.
        expect(await failure(deep.mkdir())).toMatchObject({ code: 'EEXIST' });
        await deep.mkdir({ existOk: true });
        await deep.join('file').touch();
        expect(await failure(deep.join('file').mkdir({ existOk: true }))).toMatchObject({ code: 'EEXIST' });
        await deep.join('file').unlink();
        await deep.rmdir();
        expect(await failure(deep.rmdir())).toMatchObject({ code: 'ENOENT' });
        await deep.parent.parent.rm({ recursive: true });
        expect(await node.readdir(ground.here)).toEqual([]);
      });

      it('is touched: made where it is missing, given new times where it is not', async () => {
        const ground = await place.ground();
        const file = (await pathOf(ground)).join('f');
        await file.touch();
        await node.utimes(join(ground.here, 'f'), 1, 1);
        await file.touch();
        expect((await node.stat(join(ground.here, 'f'))).mtimeMs).toBeGreaterThan(1000);
        expect(await failure(file.touch({ existOk: false }))).toMatchObject({ code: 'EEXIST' });
        await file.unlink();
        await file.unlink({ missingOk: true });
        expect(await failure(file.unlink())).toMatchObject({ code: 'ENOENT', syscall: 'unlink' });
      });

      it('is renamed over what is there, linked, and read as a link', async () => {
        const ground = await place.ground();
        await plant(ground.here, { old: 'old', taken: 'taken' });
        await place.give(ground.here);
        const top = await pathOf(ground);
        const renamed = await top.join('old').rename(top.join('taken'));
        expect([renamed.name, await renamed.readText()]).toEqual(['taken', 'old']);
        expect((await renamed.replace(top.join('again'))).name).toBe('again');
        await top.join('link').symlinkTo('again');
        expect(String(await top.join('link').readlink())).toBe('again');
        await top.join('hard').hardlinkTo(top.join('again'));
        expect((await node.stat(join(ground.here, 'hard'))).nlink).toBe(2);
        expect(await top.join('link').samefile(top.join('again'))).toBe(true);
        await top.join('other').touch();
        expect(await top.join('other').samefile(top.join('again'))).toBe(false);
        await top.join('again').chmod(0o600);
        expect((await node.stat(join(ground.here, 'again'))).mode & 0o777).toBe(0o600);
      });

      it('is resolved as far as there is something, and strictly', async () => {
        const ground = await place.ground();
        await grow(ground);
        const top = await pathOf(ground);
        expect(String(await top.join('to-d/up/a.txt').resolve())).toBe(String(top.join('a.txt')));
        expect(String(await top.join('to-d/none/../x').resolve())).toBe(String(top.join('d/x')));
        expect(String(await top.join('to-d/none/x').resolve())).toBe(String(top.join('d/none/x')));
        expect(await failure(top.join('to-d/none/x').resolve({ strict: true }))).toMatchObject({ code: 'ENOENT' });
      });

      it('that is relative begins where the session did, and `~` at home', async () => {
        const connection = await place.shared();
        const start = await connection.fs.realpath('.');
        expect(String(await connection.Path('a/..').absolute())).toBe(String(connection.Path(start, 'a/..')));
        const home = await connection.fs.realpath('~');
        expect(String(await (await connection.Path('~', 'x').expandUser()).parent.resolve())).toBe(home);
        expect(String(await connection.Path('./~').expandUser())).toBe('./~');
      });

      it('lists what is in a directory, and what was listed can be opened, whatever its name', async () => {
        const ground = await place.ground();
        const names = [
          Buffer.from([0x66, 0xff]),
          Buffer.from('~'),
          Buffer.from('-n'),
          Buffer.from('a\nb'),
          Buffer.from('*'),
        ];
        for (const name of names) await node.writeFile(Buffer.concat([Buffer.from(`${ground.here}/`), name]), name);
        const top = await pathOf(ground);
        const listed = new Map<string, string>();
        for await (const path of top.iterdir()) listed.set(path.name, (await path.readBytes()).toString('hex'));
        expect([...listed.values()].sort()).toEqual(names.map((name) => name.toString('hex')).sort());
        expect(listed.has('f\udcff')).toBe(true);
        expect(await failure(top.join('none').iterdir().next())).toMatchObject({ code: 'ENOENT' });
      });

      it.skipIf(!pythonIsHere)('finds what pathlib finds', async () => {
        const ground = await place.ground();
        await grow(ground);
        const patterns = [
          ...[
            '*',
            '*.txt',
            '*/*',
            '*/*.txt',
            '**/*.txt',
            '**/*',
            'd/**/*.txt',
            '.h*',
            '*.TXT',
            'd',
            'none',
            'd/none',
            'a.txt/x',
          ],
          ...['[ad]*', '[!ad]*', '?.txt', 'x[[]1]/*', 'to-d/*', 'd/up/*.txt', '*/e', '**/e/*', '**/e/**/*'],
        ];
        const theirs = pathlibFinds(ground.here, patterns);
        const top = await pathOf(ground);
        for (const pattern of patterns) {
          expect([pattern, await allOf(top.glob(pattern), top)]).toEqual([pattern, theirs[pattern]]);
        }
      });

      it('finds at any depth, each file once, and directories alone by a slash', async () => {
        const ground = await place.ground();
        await grow(ground);
        const top = await pathOf(ground);
        expect(await allOf(top.rglob('*.txt'), top)).toEqual(['a.txt', 'd/b.txt', 'd/e/f/g.txt', 'x[1]/y.txt']);
        expect(await allOf(top.glob('**/e/**'), top)).toEqual(['d/e', 'd/e/c.md', 'd/e/f', 'd/e/f/g.txt']);
        expect(await allOf(top.glob('**/**/*.md'), top)).toEqual(['d/e/c.md']);
        expect(await allOf(top.glob('**/f/**/g*'), top)).toEqual(['d/e/f/g.txt']);
        expect(await allOf(top.glob('*/'), top)).toEqual(['d', 'empty', 'to-d', 'x[1]']);
        expect(await allOf(top.join('none').rglob('*'), top)).toEqual([]);
        expect(await allOf(top.glob('nowhere'), top)).toEqual(['nowhere']);
        expect(await failure(top.glob('/etc/*').next())).toMatchObject({ code: 'ERR_HAWSER_OPTION' });
      });

      it('passes over what cannot be looked into', async () => {
        const ground = await place.ground();
        await plant(ground.here, { 'open/a.c': '', 'shut/b.c': '' });
        await place.give(ground.here);
        await node.chmod(join(ground.here, 'shut'), 0);
        const top = await pathOf(ground);
        const closed = place.isRoot || place.isLocal ? ['open/a.c', 'shut/b.c'] : ['open/a.c'];
        expect(await allOf(top.rglob('*.c'), top)).toEqual(closed);
        expect(await allOf(top.glob('**'), top)).toContain('shut');
      });

      it('walks, and leaves out what is taken out of the list', async () => {
        const ground = await place.ground();
        await grow(ground);
        const top = await pathOf(ground);
        const seen: string[] = [];
        for await (const { path, directories, files } of top.walk()) {
          seen.push(`${path.relativeTo(top)}: ${files}`);
          if (path.equals(top)) directories.splice(0, directories.length, 'd');
        }
        expect(seen).toEqual(['.: .hidden,a.txt,nowhere', 'd: b.txt', 'd/e: c.md', 'd/e/f: g.txt']);
      });

      it('ends with its signal', async () => {
        const top = await pathOf(await place.ground());
        const signal = AbortSignal.abort();
        const calls = [
          top.exists({ signal }),
          top.readText({ signal }),
          top.writeText('', { signal }),
          top.mkdir({ signal }),
          top.touch({ signal }),
          top.unlink({ signal }),
          top.resolve({ signal }),
          top.iterdir({ signal }).next(),
          top.rglob('*', { signal }).next(),
          top.walk({ signal }).next(),
          top.owner({ signal }),
        ];
        for (const call of calls) expect(await failure(call)).toMatchObject({ name: 'AbortError' });
      });
    });
  },
  [...machines],
);

overFiles(
  (place) => {
    it('a path tells the names of its owner and its group', async () => {
      const ground = await place.ground();
      const connection = await place.shared();
      const path = connection.Path(ground.there);
      const owner = (await connection.execute('id -un; id -gn')).stdout.trim().split('\n');
      expect([await path.owner(), await path.group()]).toEqual(owner);
      expect(await connection.Path('/').owner()).toBe(place.isEmbedded ? userInfo().username : 'root');
    });

    it('a number that no account has is an error that names it', async () => {
      const ground = await place.ground();
      await node.writeFile(join(ground.here, 'f'), '');
      await node.chown(join(ground.here, 'f'), 54_321, 54_322);
      const path = (await place.shared()).Path(ground.there, 'f');
      expect(await failure(path.owner())).toMatchObject({ code: 'ENOENT', syscall: 'getpwuid', path: '54321' });
      expect(await failure(path.group())).toMatchObject({ code: 'ENOENT', syscall: 'getgrgid', path: '54322' });
    });
  },
  [...machines, withoutSftp],
);
