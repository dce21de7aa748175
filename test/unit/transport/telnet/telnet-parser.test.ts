import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSubnegotiation, encodeText } from '../../../../src/transport/telnet/telnet-encoder.js';
import {
  LONGEST_SUBNEGOTIATION,
  type TelnetEvent,
  TelnetParser,
} from '../../../../src/transport/telnet/telnet-parser.js';

/** What the bytes mean, with text that follows text as one. */
function read(chunks: readonly Buffer[], binary = false): TelnetEvent[] {
  const parser = new TelnetParser();
  parser.binary = binary;
  const events: TelnetEvent[] = [];
  for (const event of chunks.flatMap((chunk) => [...parser.parse(chunk)])) {
    const last = events.at(-1);
    if (event.type === 'data' && last?.type === 'data') {
      events[events.length - 1] = { type: 'data', bytes: Buffer.concat([last.bytes, event.bytes]) };
    } else events.push(event);
  }
  return events;
}

const text = (words: string): TelnetEvent => ({ type: 'data', bytes: Buffer.from(words, 'latin1') });

const bytes = (...all: readonly (number | string)[]): Buffer =>
  Buffer.concat(all.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part, 'latin1'))));

/** Bytes of which those that mean something are many. */
const telnetBytes = fc
  .array(fc.oneof(fc.constantFrom(255, 255, 250, 240, 251, 252, 253, 254, 13, 10, 0, 24, 31), fc.nat(255)), {
    maxLength: 80,
  })
  .map((all) => Buffer.from(all));

function split(all: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
  return at.slice(1).map((end, index) => all.subarray(at[index], end));
}

describe('the reader of telnet', () => {
  it('takes commands out of the text', () => {
    expect(read([bytes('on', 255, 241, 'e', 255, 253, 31, ' two', 255, 249)])).toEqual([
      text('on'),
      { type: 'command', code: 241 },
      text('e'),
      { type: 'negotiate', verb: 253, option: 31 },
      text(' two'),
      { type: 'command', code: 249 },
    ]);
  });

  it('reads 255 where it is written twice, in text and in what an option says', () => {
    expect(read([bytes('a', 255, 255, 'b')])).toEqual([text('a\xffb')]);
    expect(read([bytes(255, 250, 31, 0, 255, 255, 0, 24, 255, 240)])).toEqual([
      { type: 'subnegotiation', option: 31, payload: Buffer.of(0, 255, 0, 24) },
    ]);
  });

  it('reads CR LF as it is, CR NUL as CR, and another NUL as it is (RFC 854)', () => {
    expect(read([bytes('a\r\nb\r\0c\0\r\r\0\0')])).toEqual([text('a\r\nb\rc\0\r\r\0')]);
  });

  it('reads bytes as they are when that was agreed on (RFC 856), but for 255', () => {
    expect(read([bytes('a\r\0b', 255, 255)], true)).toEqual([text('a\r\0b\xff')]);
  });

  it('has the agreement hold from there on, in the middle of a piece', () => {
    const parser = new TelnetParser();
    const seen: Buffer[] = [];
    for (const event of parser.parse(bytes('\r\0', 255, 251, 0, '\r\0', 255, 252, 0, '\r\0'))) {
      if (event.type === 'data') seen.push(event.bytes);
      if (event.type === 'negotiate') parser.binary = event.verb === 251;
    }
    expect(Buffer.concat(seen).toString('latin1')).toBe('\r\r\0\r');
  });

  it('gives up a subnegotiation in which another command comes, and reads on', () => {
    expect(read([bytes(255, 250, 24, 1, 255, 253, 1, 'on', 255, 250, 255, 240, 'ly')])).toEqual([
      { type: 'negotiate', verb: 253, option: 1 },
      text('on'),
      { type: 'command', code: 240 },
      text('ly'),
    ]);
  });

  it('leaves out a subnegotiation that is too long, and reads what follows', () => {
    const longest = 'x'.repeat(LONGEST_SUBNEGOTIATION);
    expect(read([bytes(255, 250, 39, longest, 255, 240)])).toMatchObject([{ payload: Buffer.from(longest) }]);
    expect(read([bytes(255, 250, 39, longest, 'x', 255, 240, 'text')])).toEqual([text('text')]);
  });

  it('reads the same whatever the pieces that the bytes come in', () => {
    fc.assert(
      fc.property(telnetBytes, fc.array(fc.nat(200), { maxLength: 20 }), fc.boolean(), (all, cuts, binary) => {
        expect(read(split(all, cuts), binary)).toEqual(read([all], binary));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives back what was written, byte for byte, however it was written and however it comes', () => {
    const pieces = fc.array(telnetBytes, { maxLength: 5 });
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(500), { maxLength: 20 }), fc.boolean(), (written, cuts, binary) => {
        const sent = Buffer.concat(written.map((piece) => encodeText(piece, binary)));
        const all = Buffer.concat(written);
        expect(read(split(sent, cuts), binary)).toEqual(all.length === 0 ? [] : [{ type: 'data', bytes: all }]);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives back what an option says, up to the longest', () => {
    fc.assert(
      fc.property(fc.nat(254), fc.uint8Array({ maxLength: LONGEST_SUBNEGOTIATION }), (option, says) => {
        const payload = Buffer.from(says);
        const sent = encodeSubnegotiation(option, payload);
        expect(read([...sent].map((byte) => Buffer.of(byte)))).toEqual([{ type: 'subnegotiation', option, payload }]);
      }),
    );
  });
});

describe('the writer of telnet', () => {
  it('writes 255 twice, NUL after a CR that stands alone, and nothing else', () => {
    expect(encodeText(bytes('a\r\nb\rc', 255, '\r'), false)).toEqual(bytes('a\r\nb\r\0c', 255, 255, '\r\0'));
    expect(encodeText(bytes('a\r\nb\rc', 255, '\r'), true)).toEqual(bytes('a\r\nb\rc', 255, 255, '\r'));
  });

  it('tells a size as in RFC 1073', () => {
    expect(encodeSubnegotiation(31, Buffer.of(0, 80, 0, 255))).toEqual(
      Buffer.of(255, 250, 31, 0, 80, 0, 255, 255, 255, 240),
    );
  });

  it('copies nothing where there is nothing to change', () => {
    const plain = Buffer.from('show version\r\n');
    expect(encodeText(plain, true)).toBe(plain);
    const line = Buffer.from('plain');
    expect(encodeText(line, false)).toBe(line);
  });
});
