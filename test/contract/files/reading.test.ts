import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import { twinOf } from './twin.js';

const long = 'x'.repeat(256);

overFiles((place) => {
  const { same, gives, fails } = twinOf(place);

  describe('readFile', () => {
    it('gives bytes where no encoding is asked for', async () => {
      const value = await gives(async (fs, at) => {
        await fs.writeFile(at('a'), Buffer.from([0, 255, 128, 10, 13]));
        const read = await fs.readFile(at('a'));
        return [Buffer.isBuffer(read), read];
      });
      expect(value).toEqual([true, { bytes: '\0\xff\x80\n\r' }]);
    });

    it.each(['utf8', 'latin1', 'base64', 'hex', 'utf16le', 'ascii'] as const)('decodes %s', (encoding) =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'Zürich €uro 🚢');
        return [await fs.readFile(at('a'), encoding), await fs.readFile(at('a'), { encoding })];
      }));

    it('splits no character where two answers meet', async () => {
      const text = 'x€🚢'.repeat(100_000);
      const value = await gives(async (fs, at) => {
        await fs.writeFile(at('a'), text);
        return (await fs.readFile(at('a'), 'utf8')) === text;
      });
      expect(value).toBe(true);
    });

    it('gives nothing of a file of no bytes', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        return [await fs.readFile(at('a')), await fs.readFile(at('a'), 'utf8')];
      }));

    it('gives every byte of a file of some MiB', async () => {
      const bytes = Buffer.alloc(3_000_001, 'hawser and some more');
      const value = await gives(async (fs, at) => {
        await fs.writeFile(at('a'), bytes);
        const read = await fs.readFile(at('a'));
        return Buffer.isBuffer(read) && read.equals(bytes);
      });
      expect(value).toBe(true);
    });

    it.each([1, 32_767, 32_768, 32_769, 65_536, 261_120, 261_121])('gives a file of %i bytes whole', (size) =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), Buffer.alloc(size, 'abc'));
        return (await fs.readFile(at('a'))).length;
      }));

    it('follows a link', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'linked');
        await fs.symlink('a', at('l'));
        await fs.symlink(at('l'), at('m'));
        return [await fs.readFile(at('l'), 'utf8'), await fs.readFile(at('m'), 'utf8')];
      }));

    it('takes a name as bytes and as a file: URL', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a b%20#?'), 'named');
        return [
          await fs.readFile(Buffer.from(at('a b%20#?')), 'utf8'),
          await fs.readFile(pathToFileURL(at('a b%20#?')), 'utf8'),
        ];
      }));

    it('takes names with `.`, `..` and doubled slashes', () =>
      same(async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.writeFile(at('a'), 'there');
        return Promise.all(
          [at('./a'), at('d/../a'), at('d//..//a'), at('./d/./../a')].map((p) => fs.readFile(p, 'utf8')),
        );
      }));

    it('gives text and bytes of the same file to many at once', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'shared'.repeat(10_000));
        const read = await Promise.all(Array.from({ length: 20 }, () => fs.readFile(at('a'), 'utf8')));
        return read.every((text) => text === 'shared'.repeat(10_000));
      }));

    it('makes the file with the flag a+', () =>
      same(async (fs, at) => [await fs.readFile(at('new'), { flag: 'a+' }), await fs.readFile(at('new'), 'utf8')]));

    it('empties the file with the flag w+', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'before');
        return fs.readFile(at('a'), { encoding: 'utf8', flag: 'w+' });
      }));

    it('reads a file while it is being appended to by others', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'one\n');
        await Promise.all([fs.appendFile(at('a'), 'two\n'), fs.readFile(at('a'))]);
        return fs.readFile(at('a'), 'utf8');
      }));
  });

  describe('readFile refuses', () => {
    it('what is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.readFile(at('none'))));

    it('what lies in a directory that is not there, with ENOENT', () =>
      fails('ENOENT', (fs, at) => fs.readFile(at('no/ne'))));

    it('a link to nothing, with ENOENT', () =>
      fails('ENOENT', async (fs, at) => {
        await fs.symlink('none', at('l'));
        return fs.readFile(at('l'));
      }));

    it('a directory, with EISDIR', () =>
      fails('EISDIR', async (fs, at) => {
        await fs.mkdir(at('d'));
        return fs.readFile(at('d'));
      }));

    it('a link to a directory, with EISDIR', () =>
      fails('EISDIR', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.symlink('d', at('l'));
        return fs.readFile(at('l'));
      }));

    it.skipIf(place.isEmbedded)('what would lie in a file, with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        return fs.readFile(at('a/b'));
      }),
    );

    it.skipIf(place.isEmbedded)('links that lead in a circle, with ELOOP', () =>
      fails('ELOOP', async (fs, at) => {
        await fs.symlink('b', at('a'));
        await fs.symlink('a', at('b'));
        return fs.readFile(at('a'));
      }),
    );

    it('a name of 256 bytes, with ENAMETOOLONG', () => fails('ENAMETOOLONG', (fs, at) => fs.readFile(at(long))));

    it('a path of 5,000 bytes, with ENAMETOOLONG', () =>
      fails('ENAMETOOLONG', (fs, at) => fs.readFile(at('d/'.repeat(2500)))));

    it('to make anew what is there (wx+), with EEXIST', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.writeFile(at('a'), 'kept');
        return fs.readFile(at('a'), { flag: 'wx+' });
      }));

    it('a name with a NUL in it, and asks nobody', async () => {
      const fs = await place.fs();
      await expect(fs.readFile('/tmp/a\0b')).rejects.toThrow(/null byte|NUL/i);
    });
  });
});
