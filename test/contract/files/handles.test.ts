import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import { twinOf } from './twin.js';

overFiles((place) => {
  const { same, fails } = twinOf(place);

  describe('a handle reads', () => {
    it('on from where the last read ended', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await using file = await fs.open(at('a'));
        const read = async () => {
          const { bytesRead, buffer } = await file.read(Buffer.alloc(4, '.'));
          return [bytesRead, buffer];
        };
        return [await read(), await read(), await read(), await read()];
      }));

    it('at a position, and leaves its own where it is', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await using file = await fs.open(at('a'));
        const first = await file.read(Buffer.alloc(3), 0, 3, 5);
        const second = await file.read(Buffer.alloc(3), 0, 3, null);
        return [first.buffer, second.buffer];
      }));

    it('into a part of a buffer', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await using file = await fs.open(at('a'));
        const { bytesRead, buffer } = await file.read(Buffer.alloc(10, '.'), 4, 3, 1);
        return [bytesRead, buffer];
      }));

    it('with an object of options', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await using file = await fs.open(at('a'));
        const { bytesRead, buffer } = await file.read({
          buffer: Buffer.alloc(6, '.'),
          offset: 2,
          length: 3,
          position: 7,
        });
        return [bytesRead, buffer];
      }));

    it('into a buffer of its own where it is given none', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await using file = await fs.open(at('a'));
        const { bytesRead, buffer } = await file.read();
        return [bytesRead, buffer.length, buffer.subarray(0, bytesRead)];
      }));

    it('nothing at the end, past the end, and of length 0', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123');
        await using file = await fs.open(at('a'));
        const lengths: number[] = [];
        for (const [length, position] of [
          [2, 4],
          [2, 400],
          [0, 1],
        ] as const) {
          lengths.push((await file.read(Buffer.alloc(4), 0, length, position)).bytesRead);
        }
        return lengths;
      }));

    it('into several buffers', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await using file = await fs.open(at('a'));
        const buffers = [Buffer.alloc(2, '.'), Buffer.alloc(5, '.'), Buffer.alloc(4, '.')];
        const { bytesRead } = await file.readv(buffers, 1);
        return [bytesRead, buffers];
      }));

    it('the rest as readFile, from where it stands', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await using file = await fs.open(at('a'));
        await file.read(Buffer.alloc(4));
        return [await file.readFile('utf8'), await file.readFile('utf8')];
      }));

    it('lines', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'one\ntwo\r\n\nfour');
        const file = await fs.open(at('a'));
        const lines: string[] = [];
        for await (const line of file.readLines()) lines.push(line);
        await file.close();
        return lines;
      }));

    it('many pieces at once, each its own', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), Array.from({ length: 100 }, (_, i) => String(i).padStart(4, '0')).join(''));
        await using file = await fs.open(at('a'));
        const pieces = await Promise.all(
          Array.from({ length: 100 }, (_, i) => file.read(Buffer.alloc(4), 0, 4, i * 4)),
        );
        return pieces.map(({ buffer }) => buffer);
      }));
  });

  describe('a handle writes', () => {
    it('on from where the last write ended', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        const first = await file.write('one ');
        const second = await file.write(Buffer.from('two'));
        return [first.bytesWritten, first.buffer, second.bytesWritten, second.buffer];
      }));

    it('at a position, and leaves its own where it is', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        await file.write('0123456789', 0);
        await file.write('abc', 5);
        await file.write('X');
      }));

    it('a part of a buffer', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        const { bytesWritten } = await file.write(Buffer.from('0123456789'), 2, 5, 3);
        return bytesWritten;
      }));

    it('text in an encoding', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        return (await file.write('ff00ff', null, 'hex')).bytesWritten;
      }));

    it('zeros into the gap before a position past the end', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        await file.write('end', 100);
      }));

    it('several buffers', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        const { bytesWritten } = await file.writev([Buffer.from('one '), Buffer.alloc(0), Buffer.from('two')]);
        await file.writev([Buffer.from('O')], 0);
        return bytesWritten;
      }));

    it('at the end alone where it is open to append', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'one');
        await using file = await fs.open(at('a'), 'a');
        await file.write(' two');
        await file.write(Buffer.from(' three'), 0, 6, 0);
        await file.appendFile(' four');
      }));

    it('whole contents from where it stands, as writeFile', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w+');
        await file.writeFile('one ');
        await file.writeFile(Buffer.from('two '));
        await file.writeFile(['three ', 'four']);
        return file.readFile('utf8');
      }));

    it('many pieces at once, each where it belongs', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        await Promise.all(Array.from({ length: 100 }, (_, i) => file.write(String(i).padStart(4, '0'), i * 4)));
      }));

    it('and reads back (w+ and r+)', () =>
      same(async (fs, at) => {
        await using made = await fs.open(at('a'), 'w+');
        await made.write('0123456789');
        await using again = await fs.open(at('a'), 'r+');
        await again.write('ab', 4);
        return (await again.read(Buffer.alloc(10), 0, 10, 0)).buffer;
      }));
  });

  describe('a handle', () => {
    it('tells what its file is, also when its name has gone', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w+', 0o640);
        await file.write('12345');
        await fs.unlink(at('a'));
        const stats = await file.stat();
        return [stats.size, stats.isFile(), (stats.mode & 0o777).toString(8)];
      }));

    it('makes its file shorter and longer', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await fs.writeFile(at('b'), '0123456789');
        await fs.writeFile(at('c'), '0123456789');
        for (const [name, length] of [
          ['a', 4],
          ['b', 20],
          ['c', undefined],
        ] as const) {
          await using file = await fs.open(at(name), 'r+');
          await file.truncate(length);
        }
      }));

    it('changes permissions and times', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        await file.chmod(0o604);
        await file.utimes(1_000_000_000, new Date(1_100_000_000_000));
        const { atimeMs, mtimeMs } = await fs.stat(at('a'));
        return [atimeMs, mtimeMs];
      }));

    it('gives its file to whom it belongs already', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        const { uid, gid } = await file.stat();
        await file.chown(uid, gid);
      }));

    it('brings what was written to the disk', () =>
      same(async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        await file.write('synced');
        await file.sync();
        await file.datasync();
      }));

    it('is closed by `await using`, and once more without harm', () =>
      same(async (fs, at) => {
        const file = await fs.open(at('a'), 'w');
        await file.close();
        await file.close();
      }));

    it('that is closed refuses to be used', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      const file = await fs.open(`${there}/a`, 'w+');
      await file.close();
      for (const use of [
        () => file.read(Buffer.alloc(1)),
        () => file.write('x'),
        () => file.stat(),
        () => file.truncate(0),
        () => file.readFile(),
      ]) {
        await expect(use()).rejects.toMatchObject({ code: 'EBADF' });
      }
    });

    it('is told by name that its file was replaced: it keeps the old one', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'old');
        await fs.writeFile(at('b'), 'new');
        await using file = await fs.open(at('a'));
        await fs.rename(at('b'), at('a'));
        return [await file.readFile('utf8'), await fs.readFile(at('a'), 'utf8')];
      }));

    it('opened to read refuses to write, with EBADF', () =>
      fails('EBADF', async (fs, at) => {
        await fs.writeFile(at('a'), 'kept');
        await using file = await fs.open(at('a'), 'r');
        await file.write('lost');
      }));

    it('opened to write refuses to read, with EBADF', () =>
      fails('EBADF', async (fs, at) => {
        await using file = await fs.open(at('a'), 'w');
        await file.read(Buffer.alloc(1));
      }));
  });

  describe('open', () => {
    it.each(['r', 'r+', 'w', 'w+', 'a', 'a+'])('with the flags %s does as Node does', (flags) =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'before');
        await using file = await fs.open(at('a'), flags);
        return (await file.stat()).size;
      }));

    it.runIf(place.isLocal).each(['rs+', 'as', 'as+'])('with the flags %s does as Node does', (flags) =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'before');
        await using file = await fs.open(at('a'), flags);
        await file.write('after');
      }),
    );

    it.skipIf(place.isLocal).each(['rs+', 'as', 'as+'])('with the flags %s says what to do instead', async (flags) => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await expect(fs.open(`${there}/a`, flags)).rejects.toMatchObject({
        code: 'ENOTSUP',
        message: expect.stringContaining('sync()'),
      });
    });

    it.each(['w', 'w+', 'wx', 'wx+', 'a', 'a+', 'ax', 'ax+'])('with the flags %s makes what is not there', (flags) =>
      same(async (fs, at) => {
        await using _ = await fs.open(at('a'), flags, 0o600);
      }));

    it.each(['wx', 'wx+', 'ax', 'ax+'])('with the flags %s refuses what is there', (flags) =>
      fails('EEXIST', async (fs, at) => {
        await fs.writeFile(at('a'), 'kept');
        await fs.open(at('a'), flags);
      }));

    it.each(['r', 'r+'])('with the flags %s refuses what is not there', (flags) =>
      fails('ENOENT', (fs, at) => fs.open(at('a'), flags)));

    it('to write refuses a directory', () => fails('EISDIR', (fs, at) => fs.open(at(), 'r+')));

    it('takes flags as a number', () =>
      same(async (fs, at) => {
        const { O_CREAT, O_EXCL, O_WRONLY } = (await import('node:fs')).constants;
        await using file = await fs.open(at('a'), O_WRONLY | O_CREAT | O_EXCL, 0o600);
        await file.write('numbered');
      }));

    it('refuses flags that are none', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await expect(fs.open(`${there}/a`, 'rw')).rejects.toThrow(/rw/);
    });
  });
});
