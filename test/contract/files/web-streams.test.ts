import { once } from 'node:events';
import type { ReadableStream } from 'node:stream/web';
import { describe, expect, it } from 'vitest';
import { embeddedWith } from '../places.js';
import { machines, overFiles } from './file-places.js';
import { twinOf } from './twin.js';

const sparing = embeddedWith('a server of SFTP that gives 1,000 bytes at a time', { sftpReadLimit: 1000 });

async function bytesOf(stream: ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

type Read = () => Promise<{ readonly done: boolean }>;

function plainly(stream: ReadableStream): Read {
  const reader = stream.getReader();
  return () => reader.read();
}

function withOwnMemory(stream: ReadableStream): Read {
  const reader = stream.getReader({ mode: 'byob' });
  return () => reader.read(new Uint8Array(1000));
}

overFiles(
  (place) => {
    const { same, fails } = twinOf(place);

    describe('a web stream of a handle', () => {
      it.each([0, 1, 1000, 16_384, 100_001])('gives all of a file of %i bytes, and leaves the handle open', (size) =>
        same(async (fs, at) => {
          const content = Buffer.alloc(size, '0123456789');
          await fs.writeFile(at('a'), content);
          await using file = await fs.open(at('a'));
          const read = await bytesOf(file.readableWebStream({ type: 'bytes' }));
          return [read.equals(content), (await file.stat()).size];
        }));

      it('begins at the current position', () =>
        same(async (fs, at) => {
          await fs.writeFile(at('a'), '0123456789');
          await using file = await fs.open(at('a'));
          await file.read(Buffer.alloc(3), 0, 3);
          return await bytesOf(file.readableWebStream({ type: 'bytes' }));
        }));

      it('fills the memory of a reader that brings its own', () =>
        same(async (fs, at) => {
          await fs.writeFile(at('a'), '0123456789');
          await using file = await fs.open(at('a'));
          const reader = file.readableWebStream({ type: 'bytes' }).getReader({ mode: 'byob' });
          const parts: string[] = [];
          for (;;) {
            const { done, value } = await reader.read(new Uint8Array(4));
            if (done) return parts.join('');
            parts.push(Buffer.from(value).toString());
          }
        }));

      it('can be left in the middle', () =>
        same(async (fs, at) => {
          await fs.writeFile(at('a'), Buffer.alloc(300_000, 'x'));
          await using file = await fs.open(at('a'));
          const reader = file.readableWebStream({ type: 'bytes' }).getReader();
          const { done } = await reader.read();
          await reader.cancel();
          return [done, (await file.stat()).size];
        }));

      it('is given once', () =>
        fails('ERR_INVALID_STATE', async (fs, at) => {
          await fs.writeFile(at('a'), 'a');
          const file = await fs.open(at('a'));
          await bytesOf(file.readableWebStream({ type: 'bytes' }));
          try {
            file.readableWebStream({ type: 'bytes' });
          } finally {
            await file.close();
          }
        }));

      it('closes the handle where autoClose says so', async () => {
        const fs = await place.fs();
        const { there } = await place.ground();
        await fs.writeFile(`${there}/a`, 'abc');
        const file = await fs.open(`${there}/a`);
        const closed = once(file, 'close');
        expect(String(await bytesOf(file.readableWebStream({ autoClose: true })))).toBe('abc');
        await closed;
        await expect(file.stat()).rejects.toMatchObject({ code: 'EBADF' });
        const left = await fs.open(`${there}/a`);
        await left.readableWebStream({ autoClose: true }).cancel();
        await expect(left.stat()).rejects.toMatchObject({ code: 'EBADF' });
      });

      it.each([plainly, withOwnMemory])('ends where the handle is closed, read $name', async (reading) => {
        const fs = await place.fs();
        const { there } = await place.ground();
        await fs.writeFile(`${there}/a`, Buffer.alloc(5_000_000, 'x'));
        const file = await fs.open(`${there}/a`);
        const read = reading(file.readableWebStream());
        await read();
        const closing = file.close();
        for (let next = await read(); !next.done; next = await read());
        await closing;
      });

      it('is of bytes, and of a handle that is open', async () => {
        const fs = await place.fs();
        const { there } = await place.ground();
        await fs.writeFile(`${there}/a`, 'abc');
        const file = await fs.open(`${there}/a`);
        const type: string = 'text';
        expect(() => Reflect.apply(file.readableWebStream, file, [{ type }])).toThrow(/`type` option/);
        await file.close();
        expect(() => file.readableWebStream()).toThrow(/EBADF/);
      });
    });

    describe('a handle', () => {
      it('emits close once, when it is closed', async () => {
        const fs = await place.fs();
        const { there } = await place.ground();
        await fs.writeFile(`${there}/a`, 'a');
        const file = await fs.open(`${there}/a`);
        let closed = 0;
        file.on('close', () => {
          closed += 1;
        });
        await file.close();
        await file.close();
        expect(closed).toBe(1);
      });
    });
  },
  [...machines, sparing],
);
