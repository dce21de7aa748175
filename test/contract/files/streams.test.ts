import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../rigs/rigs.js';
import { overFiles } from './file-places.js';
import type { StreamOptions } from './files.js';
import { twinOf } from './twin.js';

const digits = '0123456789';

overFiles((place) => {
  const { same, fails } = twinOf(place);

  describe('a read stream', () => {
    it('gives the whole file', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), Buffer.alloc(1_000_003, 'streams'));
        const stream = fs.createReadStream(at('a'));
        const read = await buffer(stream);
        return [read.length, read.equals(Buffer.alloc(1_000_003, 'streams')), stream.bytesRead];
      }));

    it('ends at once for a file of no bytes', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '');
        return text(fs.createReadStream(at('a')));
      }));

    it.each([
      { start: 3 },
      { start: 0, end: 0 },
      { start: 2, end: 5 },
      { end: 4 },
      { start: 9 },
      { start: 10 },
      { start: 50 },
      { start: 5, end: 500 },
    ])('gives the range %o, its end included', (range) =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), digits);
        return text(fs.createReadStream(at('a'), range));
      }));

    it('gives text in an encoding, no character split', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), '€'.repeat(50_000));
        const chunks: string[] = [];
        for await (const chunk of fs.createReadStream(at('a'), { encoding: 'utf8', highWaterMark: 1000 }))
          chunks.push(chunk);
        return [chunks.join('') === '€'.repeat(50_000), chunks.every((chunk) => !chunk.includes('\uFFFD'))];
      }));

    it('takes the encoding alone', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), 'ab');
        return (await fs.createReadStream(at('a'), 'hex').toArray()).join('');
      }));

    it('asks for no more than a little beyond what is taken', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.writeFile(`${there}/a`, '');
      await fs.truncate(`${there}/a`, 64 * 1024 * 1024);
      const stream = fs.createReadStream(`${there}/a`);
      await once(stream, 'readable');
      stream.read(1);
      expect(stream.bytesRead).toBeLessThan(16 * 1024 * 1024);
      stream.destroy();
      await once(stream, 'close');
    });

    it('can be left in the middle', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), Buffer.alloc(1_000_000));
        for await (const chunk of fs.createReadStream(at('a'))) return chunk.length > 0;
        return undefined;
      }));

    it('tells when it is open and ready, and closes after its end', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), digits);
        const stream = fs.createReadStream(at('a'));
        const events: string[] = [];
        for (const name of ['open', 'ready', 'end', 'close']) stream.on(name, () => events.push(name));
        stream.resume();
        await once(stream, 'close');
        return [events, stream.path];
      }));

    it('of what is not there fails with ENOENT', () =>
      fails('ENOENT', (fs, at) => text(fs.createReadStream(at('none')))));

    it('of a directory fails with EISDIR', () => fails('EISDIR', (fs, at) => text(fs.createReadStream(at()))));

    it('is ended by a signal', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.writeFile(`${there}/a`, Buffer.alloc(1_000_000));
      const controller = new AbortController();
      const stream = fs.createReadStream(`${there}/a`, { signal: controller.signal });
      await once(stream, 'readable');
      controller.abort();
      await expect(buffer(stream)).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('of a handle begins where it is told, and closes the handle', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), digits);
        const file = await fs.open(at('a'));
        const read = await text(file.createReadStream({ start: 4 }));
        return [read, await file.stat().catch((error) => error.code)];
      }));

    it('of a handle leaves it open where autoClose is false', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), digits);
        const file = await fs.open(at('a'));
        const read = await text(file.createReadStream({ start: 4, autoClose: false }));
        const { size } = await file.stat();
        await file.close();
        return [read, size];
      }));
  });

  describe('a write stream', () => {
    it('writes all that it is given', () =>
      same(async (fs, at) => {
        const stream = fs.createWriteStream(at('a'));
        stream.write('one ');
        stream.write(Buffer.from('two '));
        stream.end('three');
        await once(stream, 'close');
        return [stream.bytesWritten, stream.path];
      }));

    it('makes an empty file of nothing', () =>
      same(async (fs, at) => {
        const stream = fs.createWriteStream(at('a'));
        stream.end();
        await once(stream, 'close');
      }));

    it('takes some MiB out of a pipeline, with back-pressure', () =>
      same(async (fs, at) => {
        const pieces = Array.from({ length: 100 }, (_, i) => Buffer.alloc(30_001, String(i)));
        await pipeline(Readable.from(pieces), fs.createWriteStream(at('a')));
      }));

    it('says when it is full, and drains', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const stream = fs.createWriteStream(`${there}/a`);
      let writes = 0;
      while (stream.write(Buffer.alloc(65_536, 'x')) && writes < 4096) writes += 1;
      expect(writes).toBeLessThan(4096);
      await once(stream, 'drain');
      stream.end();
      await once(stream, 'close');
      const { size } = await (await import('node:fs/promises')).stat(`${here}/a`);
      expect(size).toBe((writes + 1) * 65_536);
    });

    const options: readonly (readonly [o: StreamOptions, what: string])[] = [
      [{ flags: 'a' }, 'appends'],
      [{ flags: 'r+', start: 4 }, 'writes over a part'],
      [{ start: 3 }, 'leaves a gap'],
      [{ encoding: 'hex' }, 'encodes'],
      [{ highWaterMark: 1 }, 'goes byte by byte'],
    ];
    it.each(options)('with %o %s', (o) =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), digits);
        const stream = fs.createWriteStream(at('a'), o);
        stream.write('ab');
        stream.end('cd');
        await once(stream, 'close');
      }));

    it('makes the file with the mode that is asked for', () =>
      same(async (fs, at) => {
        const stream = fs.createWriteStream(at('a'), { mode: 0o600 });
        stream.end('x');
        await once(stream, 'close');
      }));

    it('to a directory that is not there fails with ENOENT', () =>
      fails('ENOENT', (fs, at) => pipeline(Readable.from(['x']), fs.createWriteStream(at('no/a')))));

    it('to what is there fails with EEXIST (wx)', () =>
      fails('EEXIST', async (fs, at) => {
        await fs.writeFile(at('a'), 'kept');
        await pipeline(Readable.from(['x']), fs.createWriteStream(at('a'), { flags: 'wx' }));
      }));

    it('can be destroyed in the middle, and what was written stays', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const stream = fs.createWriteStream(`${there}/a`);
      stream.write('begun');
      await waitUntil('the first bytes to be written', () => stream.bytesWritten === 5);
      stream.destroy();
      await once(stream, 'close');
      expect(await (await import('node:fs/promises')).readFile(`${here}/a`, 'utf8')).toBe('begun');
    });

    it('of a handle writes on, and closes it', () =>
      same(async (fs, at) => {
        const file = await fs.open(at('a'), 'w');
        await file.write('one ');
        const stream = file.createWriteStream();
        stream.end('two');
        await once(stream, 'close');
        return file.stat().catch((error) => error.code);
      }));

    it('copies a file when a read stream is piped into it', () =>
      same(async (fs, at) => {
        await fs.writeFile(at('a'), Buffer.alloc(700_001, 'piped'));
        await pipeline(fs.createReadStream(at('a')), fs.createWriteStream(at('b')));
      }));
  });
});
