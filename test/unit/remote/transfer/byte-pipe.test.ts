import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../../../src/core/file-error.js';
import type { OpenFile } from '../../../../src/remote/files/file-driver.js';
import { LocalDriver } from '../../../../src/remote/files/local/local-driver.js';
import { pipeBytes } from '../../../../src/remote/transfer/byte-pipe.js';
import { textOf, useLocalPlaces } from './local-places.js';

const at = useLocalPlaces();
const driver = new LocalDriver('local');
const signal = new AbortController().signal;

/** A file that takes pieces of any size, in its own time. */
function sink(lengths: readonly number[]): { file: OpenFile; bytes: () => Buffer } {
  const taken: Buffer[] = [];
  const push: OpenFile['push'] = async ({ next, written }) => {
    for (let i = 0; ; i += 1) {
      const pieces = await next(lengths[i % lengths.length] ?? 1);
      if (pieces === undefined) return 0;
      const chunk = Buffer.concat(pieces);
      taken.push(chunk);
      written?.(chunk.length);
    }
  };
  return { file: { push } as OpenFile, bytes: () => Buffer.concat(taken) };
}

function source(chunks: readonly Uint8Array[]): OpenFile {
  const pull: OpenFile['pull'] = async ({ take }) => {
    let position = 0;
    for (const chunk of chunks) {
      await take(position, [Buffer.from(chunk)]);
      position += chunk.length;
    }
    return position;
  };
  return { pull } as OpenFile;
}

describe('bytes from one file to another', () => {
  it('arrive in order and whole, whatever the pieces', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(chunks, sizes, async (parts, lengths) => {
        const { file, bytes } = sink(lengths);
        let written = 0;
        const all = Buffer.concat(parts);
        const end = await pipeBytes({
          source: source(parts),
          target: file,
          start: 0,
          end: all.length,
          written: (length) => {
            written += length;
          },
          signal,
        });
        expect([end, written]).toEqual([all.length, all.length]);
        expect(bytes().equals(all)).toBe(true);
      }),
    );
  });

  it('stop at the end that was given, and tell where the file ended before it', async () => {
    await writeFile(at.from('a'), 'hello world');
    for (const [end, text, position] of [
      [5, 'hello', 5],
      [100, 'hello world', 11],
    ] as const) {
      await writeFile(at.to('b'), '');
      const from = await driver.open(Buffer.from(at.from('a')), 0, 0);
      const to = await driver.open(Buffer.from(at.to('b')), 1, 0);
      expect(await pipeBytes({ source: from, target: to, start: 0, end, written: () => {}, signal })).toBe(position);
      expect(await textOf(at.to('b'))).toBe(text);
      await from.close();
      await to.close();
    }
  });

  it('tell the first failure of either side, and hold up nobody', async () => {
    const failure = new FileError('ENOSPC', { syscall: 'write' });
    const full: OpenFile['push'] = async ({ next }) => {
      await next(10);
      throw failure;
    };
    const endless = source(Array.from({ length: 100 }, () => Buffer.alloc(1024 * 1024)));
    const o = { start: 0, end: Number.MAX_SAFE_INTEGER, written: () => {}, signal };
    await expect(pipeBytes({ ...o, source: endless, target: { push: full } as OpenFile })).rejects.toBe(failure);
    const broken: OpenFile['pull'] = async ({ take }) => {
      await take(0, [Buffer.alloc(10)]);
      throw failure;
    };
    await expect(pipeBytes({ ...o, source: { pull: broken } as OpenFile, target: sink([3]).file })).rejects.toBe(
      failure,
    );
  });
});
