import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onlyFirst, withoutFirst } from '../../../../../src/remote/files/pieces.js';
import { MalformedPacket, PacketReader } from '../../../../../src/remote/files/sftp/packet-reader.js';
import { PacketSplitter } from '../../../../../src/remote/files/sftp/packet-splitter.js';
import { encodePacket, type Field } from '../../../../../src/remote/files/sftp/packet-writer.js';

const bytes: fc.Arbitrary<Buffer> = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const field: fc.Arbitrary<Field> = fc.oneof(
  fc.nat(0xffff_ffff),
  fc.nat(Number.MAX_SAFE_INTEGER).map((n) => BigInt(n)),
  bytes,
);

function cut(whole: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(whole.subarray(at, at + length));
    at += length;
  }
  return [...chunks, whole.subarray(at)];
}

describe('packets of SFTP', () => {
  it('are read as they were written, in whatever pieces they come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ type: fc.nat(255), fields: fc.array(field, { maxLength: 5 }) }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.array(fc.nat(200)),
        (packets, lengths) => {
          const stream = Buffer.concat(packets.map(({ type, fields }) => encodePacket(type, fields)));
          const splitter = new PacketSplitter();
          const got = cut(stream, lengths).flatMap((chunk) => [...splitter.push(chunk)]);
          expect(got.length).toBe(packets.length);
          for (const [i, packet] of got.entries()) {
            const reader = new PacketReader(packet);
            expect(reader.u8()).toBe(packets[i]?.type);
            for (const one of packets[i]?.fields ?? []) {
              if (typeof one === 'number') expect(reader.u32()).toBe(one);
              else if (typeof one === 'bigint') expect(BigInt(reader.u64())).toBe(one);
              else expect(reader.string().equals(one)).toBe(true);
            }
            expect(reader.left).toBe(0);
          }
        },
      ),
    );
  });

  it('keep nothing of the chunk in which they came, and large ones have their memory to themselves', () => {
    const payload = Buffer.alloc(100_000, 'a');
    const chunk = encodePacket(103, [1, payload]);
    const [packet] = new PacketSplitter().push(chunk);
    chunk.fill(0);
    expect(packet?.buffer.byteLength).toBe(packet?.length);
    expect(packet?.subarray(9).equals(payload)).toBe(true);
  });

  it('announce a payload that follows them', () => {
    const payload = Buffer.from('data');
    const packet = Buffer.concat([encodePacket(6, [1, Buffer.from('h')], payload.length), payload]);
    expect(packet.equals(encodePacket(6, [1, Buffer.from('h'), payload]))).toBe(true);
  });

  it('end where a field is longer than what is left', () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 4 }), fc.nat(), (fields, at) => {
        const whole = encodePacket(1, fields).subarray(5);
        const reader = new PacketReader(whole.subarray(0, at % whole.length));
        const read = (): void => {
          for (const one of fields) {
            if (typeof one === 'number') reader.u32();
            else if (typeof one === 'bigint') reader.u64();
            else reader.string();
          }
        };
        expect(read).toThrow(MalformedPacket);
      }),
    );
  });

  it('are cut at any byte into a beginning and a rest', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 6 }), fc.nat(1500), (pieces, count) => {
        const whole = Buffer.concat(pieces);
        expect(Buffer.concat(onlyFirst(pieces, count)).equals(whole.subarray(0, count))).toBe(true);
        expect(Buffer.concat(withoutFirst(pieces, count)).equals(whole.subarray(count))).toBe(true);
      }),
    );
  });
});
