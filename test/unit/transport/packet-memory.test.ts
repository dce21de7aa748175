import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { savePacketMemory } from '../../../src/transport/ssh2/packet-memory.js';

const require = createRequire(import.meta.url);
const { createCipher, createDecipher, CIPHER_INFO, init } = require('ssh2/lib/protocol/crypto.js');
await init;

/** The two ends of a connection that stands, of ssh2's own parts: what one end sends, the other one is given as payloads. */
function ends(cipher = 'aes256-gcm@openssh.com'): {
  /** What is written for a payload, piece by piece. */
  seal: (payload: Buffer) => Buffer[];
  protocol: { parse: (data: Buffer, from: number, to: number) => void; _decipher: unknown };
  payloads: Buffer[];
  save: () => void;
} {
  const info = CIPHER_INFO[cipher];
  const key = randomBytes(info.keyLen);
  const iv = randomBytes(info.ivLen || 16);
  let sent: Buffer[] = [];
  const outbound = { seqno: 0, cipherInfo: info, cipherKey: key, cipherIV: Buffer.from(iv) };
  const sealer = createCipher({ outbound: { ...outbound, onWrite: (data: Buffer) => sent.push(data) } });
  const payloads: Buffer[] = [];
  const inbound = { seqno: 0, decipherInfo: info, decipherKey: key, decipherIV: Buffer.from(iv) };
  const protocol = {
    _cipher: sealer,
    _decipher: createDecipher({ inbound: { ...inbound, onPayload: (payload: Buffer) => void payloads.push(payload) } }),
    _packetRW: { read: {} },
    parse(data: Buffer, from: number, to: number): void {
      for (let at: number | undefined = from; at !== undefined && at < to; ) at = this._decipher.decrypt(data, at, to);
    },
  };
  const seal = (payload: Buffer): Buffer[] => {
    sent = [];
    const packet = protocol._cipher.allocPacket(payload.length);
    payload.copy(packet, 5);
    protocol._cipher.encrypt(packet);
    return sent;
  };
  return { seal, protocol, payloads, save: () => savePacketMemory({ _protocol: protocol }) };
}

/** The bytes that were sent for some payloads, looked at after all of them have been sent. */
function sealed(seal: (payload: Buffer) => Buffer[], payloads: readonly Buffer[]): Buffer {
  const sent = payloads.map(seal);
  return Buffer.concat(sent.flat());
}

/** The same bytes in chunks that have their memory to themselves, as a socket gives them. */
function* chunks(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? bytes.length;
    const chunk = Buffer.allocUnsafeSlow(Math.min(length, bytes.length - at));
    bytes.copy(chunk, 0, at);
    at += chunk.length;
    yield chunk;
  }
}

const payload = fc
  .tuple(fc.constantFrom(1, 9, 100, 16_384, 20_000, 32_777), fc.nat(255))
  .map(([length, byte]) => Buffer.alloc(length, byte));

describe('packets of AES-GCM whose memory is used again', () => {
  it('are the same, however many wait to be sent and in whatever chunks they come', () => {
    fc.assert(
      fc.property(
        fc.array(payload, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (sent, lengths, late) => {
          const { seal, protocol, payloads, save } = ends();
          if (!late) save();
          const bytes = sealed(seal, sent);
          let first = true;
          for (const chunk of chunks(bytes, lengths)) {
            protocol.parse(chunk, 0, chunk.length);
            // It may begin in the middle of a packet.
            if (late && first) save();
            first = false;
          }
          expect(payloads.map((got) => got.toString('latin1'))).toEqual(sent.map((want) => want.toString('latin1')));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leave nothing of the chunks in which they came', () => {
    const { seal, protocol, payloads, save } = ends();
    save();
    const sent = Array.from({ length: 8 }, (_, i) => Buffer.alloc(32_768, i));
    const given = [...chunks(sealed(seal, sent), [65_536])];
    for (const chunk of given) protocol.parse(chunk, 0, chunk.length);
    expect(given.slice(0, -1).map(({ length }) => length)).toEqual(given.slice(0, -1).map(() => 0));
    expect(payloads.every((got, i) => got.equals(sent[i] ?? got.subarray(1)))).toBe(true);
  });

  it('that are only a part of a buffer leave the rest alone', () => {
    const { seal, protocol, payloads, save } = ends();
    save();
    const bytes = sealed(seal, [Buffer.alloc(32_768, 1)]);
    const larger = Buffer.concat([bytes, Buffer.alloc(100, 'x')]);
    protocol.parse(larger.subarray(0, bytes.length), 0, bytes.length);
    expect(payloads.length).toBe(1);
    expect(larger.subarray(bytes.length).toString()).toBe('x'.repeat(100));
  });

  it('are refused with a length that cannot be meant, and with a wrong tag', () => {
    for (const spoil of [(b: Buffer) => b.writeUInt32BE(0xffff_ffff, 0), (b: Buffer) => b.writeUInt32BE(5, 0)]) {
      for (const length of [1, 3, 70_000]) {
        const { seal, protocol, save } = ends();
        save();
        const bytes = sealed(seal, [Buffer.alloc(20_000)]);
        spoil(bytes);
        const feed = (): void => {
          for (const chunk of chunks(bytes, [length])) protocol.parse(chunk, 0, chunk.length);
        };
        expect(feed).toThrow(/Bad packet length/);
      }
    }
    const { seal, protocol, save } = ends();
    save();
    const bytes = sealed(seal, [Buffer.alloc(20_000)]);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    expect(() => protocol.parse(bytes, 0, bytes.length)).toThrow();
  });

  it('of other ciphers are left as they are', () => {
    const { seal, protocol, payloads, save } = ends('chacha20-poly1305@openssh.com');
    save();
    const sent = [Buffer.alloc(32_768, 7), Buffer.alloc(20, 8)];
    for (const chunk of chunks(sealed(seal, sent), [40_000])) {
      protocol.parse(chunk, 0, chunk.length);
      expect(chunk.length).toBeGreaterThan(0);
    }
    expect(payloads.map((got) => got.toString('latin1'))).toEqual(sent.map((want) => want.toString('latin1')));
  });
});
