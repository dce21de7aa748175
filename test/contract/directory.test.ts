import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../../src/core/file-error.js';
import { OptionError } from '../../src/core/hawser-error.js';
import { withoutSftp } from './files/file-places.js';
import { everywhere, failure, marker, over } from './places.js';

let here: string;
beforeAll(async () => {
  here = await mkdtemp(join(tmpdir(), 'hawser-directory-'));
  await writeFile(join(here, 'si.in'), 'atoms\n');
});
afterAll(() => rm(here, { recursive: true }));

describe('a directory to work in', () => {
  over([...everywhere, withoutSftp], (place) => {
    it('is made with those above it, and is where commands run and paths begin', async () => {
      const connection = await place.shared();
      const top = `~/${marker()}`;
      const run = await connection.directory(`${top}/jobs//si-relax/./`);
      const home = (await connection.execute('cd && pwd -P')).stdout.trim();
      const whole = `${home}${top.slice(1)}/jobs/si-relax`;
      // The embedded server shows files below another root.
      expect(run.path).toBe(place.isEmbedded ? whole.slice(home.length) : whole);
      expect(`${run} ${run.key}`).toBe(`${run.path} ${connection.key}`);
      expect((await run.execute('pwd -P')).stdout).toBe(`${whole}\n`);
      expect((await run.spawn(['pwd', '-P']).wait()).stdout).toBe(`${whole}\n`);

      await run.upload(join(here, 'si.in'));
      await run.upload(join(here, 'si.in'), 'in/');
      expect((await run.execute('cat ../si.in si.in', { cwd: 'in' })).stdout).toBe('atoms\natoms\n');
      expect((await run.execute('pwd -P', { cwd: top })).stdout).toBe(`${home}${top.slice(1)}\n`);
      await run.download('in/si.in', join(here, 'back'));
      expect(await readFile(join(here, 'back'), 'utf8')).toBe('atoms\n');

      await run.fs.writeFile('./job.sh', 'echo ran\n');
      await run.Path('notes', 'a').parent.mkdir();
      await run.Path('notes', 'a').writeText('b');
      expect((await run.fs.readdir('.')).sort()).toEqual(['in', 'job.sh', 'notes', 'si.in']);
      const found: string[] = [];
      for await (const name of run.fs.glob('*/*')) found.push(name);
      expect(found).toEqual(['in/si.in', 'notes/a']);
      expect(String(run.Path())).toBe(run.path);
      expect(await run.fs.exists(top)).toBe(true);
      expect(await run.fs.realpath('in')).toBe(`${run.path}/in`);
      await using tail = await run.tail('job.sh', { from: 'start' });
      expect(await tail.read()).toBe('echo ran\n');

      const below = await run.directory('in');
      expect([below.path, await below.fs.readFile('si.in', 'utf8')]).toEqual([`${run.path}/in`, 'atoms\n']);
      await connection.fs.rm(top, { recursive: true });
    });

    it('is one for all who ask for it, at once and later, by whatever spelling', async () => {
      const connection = place.fresh();
      const path = marker();
      const all = await Promise.all(Array.from({ length: 100 }, () => connection.directory(path)));
      const later = await connection.directory(connection.Path('.', path, '.'));
      expect(new Set([...all, later]).size).toBe(1);
      expect(later.path).toBe(await connection.fs.realpath(path));
      // One of them gives up, and takes nothing from the rest.
      const controller = new AbortController();
      const both = [connection.directory(`${path}/b`, controller), connection.directory(`${path}/b`)] as const;
      controller.abort();
      expect(await failure(both[0])).toMatchObject({ name: 'AbortError' });
      expect((await both[1]).path).toBe(`${later.path}/b`);
      await connection.disconnect();
      expect(await connection.directory(path)).toBe(later);
      await later.fs.rm('.', { recursive: true });
    });

    it('may have any name, and permissions', async () => {
      const connection = await place.shared();
      const top = await connection.directory(`~/${marker()}`, { mode: 0o700 });
      // A byte that is no UTF-8 is a lone surrogate in a name, as in the names that `fs` gives.
      const run = await top.directory("it's\n$(a) \\ é\uDCE9");
      expect((await run.execute('pwd', { encoding: 'buffer' })).stdout.toString('latin1')).toContain(
        `/it's\n$(a) \\ Ã©\xe9\n`,
      );
      await run.upload(join(here, 'si.in'));
      expect((await run.execute('cat si.in')).stdout).toBe('atoms\n');
      expect((await top.fs.stat('.')).mode & 0o777).toBe(0o700);
      await connection.fs.rm(top.path, { recursive: true });
    });

    it('that cannot be made is told of, with what is in the way', async () => {
      const connection = await place.shared();
      const top = await connection.directory(`~/${marker()}`);
      await top.fs.writeFile('file', '');
      expect(await failure(top.directory('file'))).toMatchObject({ code: 'EEXIST', message: /a file is in the way/ });
      expect(await failure(top.directory('file/b/c'))).toMatchObject({ code: 'ENOTDIR', message: /a file stands/ });
      if (!place.isRoot && !place.isEmbedded) {
        await top.fs.mkdir('closed', 0o500);
        const error = await failure(top.directory('closed/a/b'));
        expect(error).toBeInstanceOf(FileError);
        expect(error).toMatchObject({ code: 'EACCES', message: /this user may make nothing there/ });
      }
      for (const path of ['', 'a\0b']) expect(await failure(connection.directory(path))).toBeInstanceOf(OptionError);
      expect(await failure(connection.directory('a', { mode: 0o1000 }))).toBeInstanceOf(OptionError);
      await connection.fs.rm(top.path, { recursive: true });
    });

    it('that was removed is made again by what runs and is made in it, and missed by who looks', async () => {
      const connection = await place.shared();
      const run = await connection.directory(`~/${marker()}/run`, { mode: 0o700 });
      const remove = (): Promise<void> => connection.fs.rm(run.Path().parent.toString(), { recursive: true });
      const works = [
        () => run.execute('ls -a'),
        () => run.spawn('true').wait(),
        () => run.fs.writeFile('new', 'x'),
        () => run.fs.mkdir('a/b', { recursive: true }),
        () => run.Path('link').symlinkTo('x'),
        () => run.upload(join(here, 'si.in')),
        () => run.upload(here, 'tree'),
        () => Promise.all(['a', 'b', 'c'].map((name) => run.fs.writeFile(name, name))),
      ];
      for (const work of works) {
        await remove();
        await work();
        expect((await run.fs.stat('.')).mode & 0o777).toBe(0o700);
      }
      await remove();
      expect(await failure(run.fs.readdir('.'))).toMatchObject({ code: 'ENOENT', path: run.path });
      expect(await run.fs.exists('new')).toBe(false);
      // Whoever asks for it has it looked for again.
      await connection.directory(run.path, { mode: 0o700 });
      expect(await run.fs.readdir('.')).toEqual([]);

      await remove();
      await connection.fs.writeFile(run.Path().parent.toString(), 'in the way');
      expect(await failure(run.execute('echo ran'))).toMatchObject({ reason: 'cwd' });
      expect(await failure(run.fs.writeFile('new', ''))).toMatchObject({ code: 'ENOTDIR' });
      expect(await failure(connection.directory(run.path, { mode: 0o700 }))).toMatchObject({ code: 'ENOTDIR' });
      await connection.fs.rm(run.Path().parent.toString());
    });
  });
});
