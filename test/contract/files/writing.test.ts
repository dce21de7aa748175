import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import { twinOf } from './twin.js';

overFiles((place) => {
  const { same, gives, fails } = twinOf(place);

  describe('writeFile', () => {
    it('makes a file with the permissions that the umask leaves', () =>
      same((fs, at) => fs.writeFile(at('a'), 'text')));

    it('writes bytes, and the part of a buffer that a view shows', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), Buffer.from([1, 2, 0, 255]));
        await fs.writeFile(at('b'), new Uint8Array([9, 8, 7, 6]).subarray(1, 3));
      }));

    it.each(['utf8', 'latin1', 'base64', 'hex', 'utf16le'] as const)('encodes text as %s', (encoding) =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'abcd', encoding);
        await fs.writeFile(at('b'), 'ffee', { encoding });
      }));

    it('leaves nothing of a longer file that was there', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'a longer text');
        await fs.writeFile(at('a'), 'short');
        return fs.readFile(at('a'), 'utf8');
      }));

    it('writes nothing, which makes an empty file', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.writeFile(at('b'), Buffer.alloc(0));
      }));

    it('writes some MiB', () => same((fs, at) => fs.writeFile(at('a'), Buffer.alloc(3_000_001, 'hawser'))));

    it('takes an iterable', () => same((fs, at) => fs.writeFile(at('a'), ['one ', 'two ', Buffer.from('three')])));

    it('takes an async iterable', () =>
      same((fs, at) =>
        fs.writeFile(
          at('a'),
          (async function* () {
            yield 'one ';
            yield Buffer.from('two ');
            yield '€';
          })(),
        ),
      ));

    it('takes a stream', () => same((fs, at) => fs.writeFile(at('a'), Readable.from(['x'.repeat(70_000), 'end']))));

    it.each([0o600, 0o644, 0o755, 0o400, 0o777, 0])('makes a file of mode %o less the umask', (mode) =>
      same((fs, at) => fs.writeFile(at('a'), 'moded', { mode })));

    it('takes a mode as octal text', () => same((fs, at) => fs.writeFile(at('a'), '', { mode: '640' })));

    it('leaves the mode of a file that is there', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '1', { mode: 0o600 });
        await fs.writeFile(at('a'), '2', { mode: 0o777 });
      }));

    it('appends with the flag a', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'one', { flag: 'a' });
        await fs.writeFile(at('a'), ' two', { flag: 'a' });
      }));

    it('writes over the beginning with the flag r+', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '0123456789');
        await fs.writeFile(at('a'), 'abc', { flag: 'r+' });
      }));

    it('makes a file that nobody has made, with the flag wx', () =>
      same((fs, at) => fs.writeFile(at('a'), 'first', { flag: 'wx' })));

    it('writes through to the disk where that is asked for', () =>
      same((fs, at) => fs.writeFile(at('a'), 'flushed', { flush: true })));

    it('writes through a link, which stays a link', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'before');
        await fs.symlink('a', at('l'));
        await fs.writeFile(at('l'), 'after');
      }));

    it.skipIf(place.isEmbedded)('makes what a link to nothing leads to', () =>
      same(async (fs, at) => {
        await fs.symlink('made', at('l'));
        await fs.writeFile(at('l'), 'after');
      }),
    );

    it('leaves both of two files that are written at once whole', () =>
      same((fs, at) =>
        Promise.all([fs.writeFile(at('a'), 'a'.repeat(200_000)), fs.writeFile(at('b'), 'b'.repeat(200_000))]),
      ));
  });

  describe('appendFile', () => {
    it('makes the file where there is none', () => same((fs, at) => fs.appendFile(at('a'), 'first')));

    it('adds text and bytes at the end', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'one');
        await fs.appendFile(at('a'), ' two');
        await fs.appendFile(at('a'), Buffer.from(' three'));
        await fs.appendFile(at('a'), '20666f7572', 'hex');
      }));

    it('makes the file with the mode that is asked for', () =>
      same((fs, at) => fs.appendFile(at('a'), 'first', { mode: 0o600 })));

    it('loses nothing of what twenty append at once', async () => {
      const value = await gives(async (fs, at) => {
        await Promise.all(Array.from({ length: 20 }, (_, i) => fs.appendFile(at('a'), `${i}\n`)));
        const text = String(await fs.readFile(at('a'), 'utf8'));
        await fs.unlink(at('a'));
        return text.split('\n').sort();
      });
      expect(value).toHaveLength(21);
    });

    it('refuses a directory with EISDIR', () =>
      fails('EISDIR', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.appendFile(at('d'), 'x');
      }));
  });

  describe('writeFile refuses', () => {
    it('a directory, with EISDIR', () =>
      fails('EISDIR', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.writeFile(at('d'), 'x');
      }));

    it('a link to a directory, with EISDIR', () =>
      fails('EISDIR', async (fs, at) => {
        await fs.mkdir(at('d'));
        await fs.symlink('d', at('l'));
        await fs.writeFile(at('l'), 'x');
      }));

    it('a directory that is not there, with ENOENT', () => fails('ENOENT', (fs, at) => fs.writeFile(at('no/a'), 'x')));

    it.skipIf(place.isEmbedded)('a file where a directory should be, with ENOTDIR', () =>
      fails('ENOTDIR', async (fs, at) => {
        await fs.writeFile(at('a'), '');
        await fs.writeFile(at('a/b'), 'x');
      }),
    );

    it('to make anew what is there (wx), with EEXIST, and leaves it', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.writeFile(at('a'), 'kept');
        await fs.writeFile(at('a'), 'lost', { flag: 'wx' });
      }));

    it.skipIf(place.isEmbedded)('to make anew what a link to nothing leads to (wx), with EEXIST', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.symlink('none', at('l'));
        await fs.writeFile(at('l'), 'lost', { flag: 'wx' });
      }),
    );

    it('to write over what is not there (r+), with ENOENT', () =>
      fails('ENOENT', (fs, at) => fs.writeFile(at('a'), 'x', { flag: 'r+' })));

    it('to write what is open to be read alone (r), with EBADF', () =>
      fails('EBADF', async (fs, at) => {
        await fs.writeFile(at('a'), 'kept');
        await fs.writeFile(at('a'), 'lost', { flag: 'r' });
      }));

    it('a name of 256 bytes, with ENAMETOOLONG', () =>
      fails('ENAMETOOLONG', (fs, at) => fs.writeFile(at('n'.repeat(256)), 'x')));

    it.skipIf(place.isEmbedded)('a name that ends in a slash, with EISDIR', () =>
      fails('EISDIR', (fs, at) => fs.writeFile(at('a/'), 'x')),
    );
  });
});
