import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitsHeader, tarEnd, tarHeader, tarPadding } from '../../../../src/remote/transfer/tar/tar-header.js';
import { TarReader } from '../../../../src/remote/transfer/tar/tar-reader.js';
import { useLocalPlaces } from './local-places.js';

const run = promisify(execFile);
const at = useLocalPlaces();

/** What a reader tells of an archive that comes in pieces of these sizes, over and over. */
function read(
  archive: Buffer,
  sizes: readonly number[],
  most = 1 << 20,
): { members: [string, string][]; good: boolean } {
  const members: [string, string][] = [];
  const reader = new TarReader({
    accept: ({ size }) => size <= most,
    take: ({ name }, content) => members.push([name.toString('latin1'), content.toString('latin1')]),
  });
  let good = true;
  for (let start = 0, i = 0; start < archive.length; i += 1) {
    const end = start + (sizes[i % sizes.length] ?? 1);
    good = reader.add(archive.subarray(start, end));
    start = end;
  }
  return { members, good };
}

function archiveOf(members: readonly (readonly [string, string])[]): Buffer {
  const parts = members.flatMap(([name, content]) => {
    const bytes = Buffer.from(content, 'latin1');
    return [tarHeader(Buffer.from(name, 'latin1'), bytes.length, 0o644), bytes, tarPadding(bytes.length)];
  });
  return Buffer.concat([...parts, tarEnd()]);
}

const latin1 = (o: { minLength?: number; maxLength: number }): fc.Arbitrary<string> =>
  fc.uint8Array(o).map((bytes) => Buffer.from(bytes.map((byte) => byte || 1)).toString('latin1'));
const sizes = fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 5 });

describe('a reader of archives', () => {
  it('gets back what was put in, whatever the names, the bytes and the pieces', () => {
    const member = fc.tuple(latin1({ minLength: 1, maxLength: 100 }), latin1({ maxLength: 1400 }));
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), sizes, (members, pieces) => {
        expect(read(archiveOf(members), pieces)).toEqual({ members, good: true });
      }),
    );
  });

  it('reads what the tar of the system writes, long paths included', async () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(60)}/${'f'.repeat(99)}`;
    const names = ['a', 'ünï', 'with space', long];
    await mkdir(at.from(long, '..'), { recursive: true });
    for (const name of names) await writeFile(at.from(name), `content of ${name}`);
    const args = ['-c', '--format=ustar', '-C', at.from(), ...names];
    const { stdout } = await run('tar', args, { encoding: 'buffer' });
    const expected = names.map((name) =>
      [name, `content of ${name}`].map((text) => Buffer.from(text).toString('latin1')),
    );
    expect(read(stdout, [1000])).toEqual({ members: expected, good: true });
  });

  it('does not make anything of bytes that are no archive', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 512, maxLength: 3000 }), sizes, (bytes, pieces) => {
        fc.pre(bytes.subarray(0, 512).some((byte) => byte !== 0));
        expect(read(Buffer.from(bytes), pieces)).toEqual({ members: [], good: false });
      }),
    );
  });

  it('finds out a header of which one byte is another', () => {
    const archive = archiveOf([['name', 'content']]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 511 }), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const bad = Buffer.from(archive);
        bad[place] = (bad[place] ?? 0) ^ change;
        const { members } = read(bad, [512]);
        // What ends the sum's field may be a blank or a zero.
        if (place < 148 || place >= 156) expect(members).toEqual([]);
      }),
    );
  });

  it('holds no member that is not wanted', () => {
    expect(read(archiveOf([['a', 'x'.repeat(2000)]]), [512], 1000)).toEqual({ members: [], good: false });
  });

  it('takes no notice of what follows the end', () => {
    const archive = Buffer.concat([archiveOf([['a', 'a']]), Buffer.from('whatever')]);
    expect(read(archive, [700])).toEqual({ members: [['a', 'a']], good: true });
  });

  it('keeps a member that has not come whole to itself', () => {
    expect(read(archiveOf([['a', 'a'.repeat(600)]]).subarray(0, 1200), [512])).toEqual({ members: [], good: true });
  });
});

describe('a header', () => {
  it('has room for a path as the tar of the system judges it', async () => {
    const paths = [
      ...[99, 100, 101].map((length) => 'n'.repeat(length)),
      ...[99, 100, 101].map((length) => `./${'n'.repeat(length)}`),
      ...[155, 156].map((length) => `${'d/'.repeat(40)}${'d'.repeat(length - 80)}/${'n'.repeat(100)}`),
    ];
    for (const path of paths) {
      await mkdir(at.from(path, '..'), { recursive: true });
      await writeFile(at.from(path), '');
      const packed = await run('tar', ['-c', '--format=ustar', '-C', at.from(), '-f', at.to('archive'), path]).then(
        () => true,
        () => false,
      );
      expect(fitsHeader(Buffer.from(path)), path).toBe(packed);
    }
  });
});
