import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { oneChannel } from '../places.js';
import { overFiles } from './file-places.js';

overFiles((place) => {
  describe('a server that gives one channel at a time', () => {
    it('serves files, then a command, then files', async () => {
      const connection = await place.shared();
      const { there } = await place.ground();
      await connection.fs.writeFile(`${there}/a`, 'first');
      expect((await connection.execute('echo between')).stdout).toBe('between\n');
      expect(await connection.fs.readFile(`${there}/a`, 'utf8')).toBe('first');
      expect((await connection.execute('echo after')).stdout).toBe('after\n');
    });

    it('serves files and commands that are asked for at once', async () => {
      const connection = await place.shared();
      const { there } = await place.ground();
      const done = await Promise.all([
        connection.fs.writeFile(`${there}/a`, 'a').then(() => 'written'),
        connection.execute('echo one').then(({ stdout }) => stdout),
        connection.fs.isDirectory(there),
        connection.execute('echo two').then(({ stdout }) => stdout),
        connection.fs.readdir(there).then((names) => names.length <= 1),
      ]);
      expect(done).toEqual(['written', 'one\n', true, 'two\n', true]);
    });

    it('serves files through its own way while a command lasts, or after it', async () => {
      const connection = await place.shared();
      const { there } = await place.ground();
      const process = connection.spawn('echo begun; read line; echo "$line"');
      await once(process.stdout, 'readable');
      const listing = connection.fs.readdir(there);
      process.stdin.end('done\n');
      expect(await listing).toEqual([]);
      expect((await process.wait()).stdout).toBe('begun\ndone\n');
    });
  });
}, oneChannel);
