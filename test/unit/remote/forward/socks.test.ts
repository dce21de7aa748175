import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChannelError } from '../../../../src/core/errors.js';
import { outcomeOfDial } from '../../../../src/remote/forward/socks/reply-of.js';
import {
  SocksHandshake,
  type SocksRequest,
  type SocksStep,
  socksReply,
} from '../../../../src/remote/forward/socks/socks-request.js';

const GREETING = Buffer.from([5, 1, 0]);

/** What comes of bytes in pieces: the replies, and the last step. */
function heard(pieces: readonly Buffer[]): { replies: Buffer; last: SocksStep; left: Buffer } {
  const handshake = new SocksHandshake();
  const replies: Buffer[] = [];
  for (const [index, piece] of pieces.entries()) {
    const last = handshake.push(piece);
    if (last.reply !== undefined) replies.push(last.reply);
    if (last.type === 'more') continue;
    return { replies: Buffer.concat(replies), last, left: Buffer.concat(pieces.slice(index + 1)) };
  }
  return { replies: Buffer.concat(replies), last: { type: 'more' }, left: Buffer.alloc(0) };
}

/** The bytes of a request, as a client sends them (RFC 1928; the SOCKS 4A extension). */
function encoded({ version, host, port }: SocksRequest, user: string): Buffer {
  const portBytes = Buffer.from([port >> 8, port & 255]);
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(host);
  const address = isAddress ? Buffer.from(host.split('.').map(Number)) : undefined;
  if (version === 4) {
    const named = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from(`${user}\0${host}\0`)]);
    const plain = address === undefined ? named : Buffer.concat([address, Buffer.from(`${user}\0`)]);
    return Buffer.concat([Buffer.from([4, 1]), portBytes, plain]);
  }
  const groups = Buffer.from(
    host.split(':').flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
  const body = host.includes(':')
    ? Buffer.concat([Buffer.from([4]), groups])
    : address === undefined
      ? Buffer.concat([Buffer.from([3, Buffer.byteLength(host)]), Buffer.from(host)])
      : Buffer.concat([Buffer.from([1]), address]);
  return Buffer.concat([GREETING, Buffer.from([5, 1, 0]), body, portBytes]);
}

const octet = fc.integer({ min: 0, max: 255 });
const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,60}$/);
const ipv4 = fc.tuple(fc.integer({ min: 1, max: 255 }), octet, octet, octet).map((octets) => octets.join('.'));
const ipv6 = fc
  .array(fc.integer({ min: 0, max: 65_535 }), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'));
const port = fc.integer({ min: 0, max: 65_535 });
const request: fc.Arbitrary<SocksRequest> = fc.oneof(
  fc.record({ version: fc.constant<4>(4), host: fc.oneof(name, ipv4), port }),
  fc.record({ version: fc.constant<5>(5), host: fc.oneof(name, ipv4, ipv6), port }),
);

/** Bytes cut at any places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

describe('a SOCKS handshake', () => {
  it('comes to the same however its bytes are cut, and keeps what is behind it', () => {
    fc.assert(
      fc.property(
        request,
        fc.stringMatching(/^[a-z]{0,8}$/),
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (asked, user, behind, places) => {
          const { replies, last, left } = heard(cut(Buffer.concat([encoded(asked, user), behind]), places));
          expect(last).toMatchObject({ type: 'request', request: asked });
          const rest = last.type === 'request' ? last.rest : Buffer.alloc(0);
          expect(Buffer.concat([rest, left])).toEqual(Buffer.from(behind));
          expect(replies).toEqual(asked.version === 5 ? Buffer.from([5, 0]) : Buffer.alloc(0));
        },
      ),
    );
  });

  it('ends of any bytes in no other way than these, and holds no more than a request', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
        const { last } = heard(cut(Buffer.from(bytes), places));
        if (bytes.length >= 600) expect(last.type).not.toBe('more');
        expect(['more', 'request', 'refused']).toContain(last.type);
      }),
    );
  });

  it.each([
    ['another version', [6], undefined, 'no version of SOCKS'],
    ['a client that insists on a password', [5, 1, 2], [5, 255], 'authentication'],
    ['BIND', [...GREETING, 5, 2, 0, 1, 1, 2, 3, 4, 0, 80], [5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0], 'than to connect'],
    ['a strange address', [...GREETING, 5, 1, 0, 2, 1], [5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0], 'a kind of its own'],
    ['no name', [...GREETING, 5, 1, 0, 3, 0, 0, 80], [5, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0], 'is none'],
    ['a request of another version', [...GREETING, 4, 1, 0, 1], [5, 0], 'of version 4'],
    ['BIND of SOCKS 4', [4, 2, 0, 80, 1, 2, 3, 4, 0], [0, 91, 0, 0, 0, 0, 0, 0], 'than to connect'],
    ['a name without end', [4, 1, 0, 80, 0, 0, 0, 1, 0, ...Array(300).fill(97)], [0, 91, 0, 0, 0, 0, 0, 0], 'too long'],
    ['a user without end', [4, 1, 0, 80, 1, 2, 3, 4, ...Array(300).fill(97)], [0, 91, 0, 0, 0, 0, 0, 0], 'too long'],
  ] as const)('refuses %s', (_what, bytes, reply, why) => {
    const { replies, last } = heard([Buffer.from(bytes)]);
    expect(last.type === 'refused' && last.why).toContain(why);
    expect(replies).toEqual(Buffer.from(reply ?? []));
  });

  it('answers in the version that it was asked in', () => {
    expect(socksReply(4, 'succeeded')).toEqual(Buffer.from([0, 90, 0, 0, 0, 0, 0, 0]));
    expect(socksReply(4, 'prohibited')).toEqual(Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]));
    expect(socksReply(5, 'succeeded')).toEqual(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  });
});

describe('the answer to a request that could not be had', () => {
  const failed = (cause: Error): ChannelError => new ChannelError('refused', 'no', { cause });

  it.each([
    [failed(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'refused'],
    [failed(Object.assign(new Error('x'), { code: 'ENOTFOUND' })), 'host-unreachable'],
    [failed(Object.assign(new Error('x'), { code: 'ESOMETHING' })), 'failed'],
    [failed(Object.assign(new Error('(SSH) open failed'), { reason: 1 })), 'prohibited'],
    [failed(Object.assign(new Error('(SSH) Connection refused'), { reason: 2 })), 'refused'],
    [failed(Object.assign(new Error('(SSH) Name or service not known'), { reason: 2 })), 'host-unreachable'],
    [failed(Object.assign(new Error('(SSH) Connection timed out'), { reason: 2 })), 'timed-out'],
    [failed(Object.assign(new Error('(SSH) Network is unreachable'), { reason: 2 })), 'network-unreachable'],
    [new ChannelError('refused', 'no'), 'failed'],
    ['text', 'failed'],
  ])('says what the cause of %s says', (error, outcome) => {
    expect(outcomeOfDial(error)).toBe(outcome);
  });
});
