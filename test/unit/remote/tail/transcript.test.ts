import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Transcript } from '../../../../src/remote/tail/transcript.js';

describe('a transcript', () => {
  it.each(['utf8', 'latin1'] as const)('gives all of its text, or the last of it (%s)', (encoding) => {
    const unit =
      encoding === 'utf8' ? fc.string({ unit: 'grapheme', maxLength: 3000 }) : fc.string({ maxLength: 3000 });
    const limits = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(5000));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 40 }), limits, (pieces, limit) => {
        const transcript = new Transcript(limit, encoding);
        let all = '';
        for (const piece of pieces) {
          transcript.add(piece);
          all += piece;
          expect(transcript.truncated).toBe(all.length > limit);
        }
        expect(transcript.toString()).toBe(all.slice(Math.max(0, all.length - limit)));
        expect(transcript.toString()).toBe(transcript.toString());
      }),
    );
  });

  it('keeps what is far larger than its blocks, and pieces that are', () => {
    const transcript = new Transcript(Number.POSITIVE_INFINITY, 'utf8');
    const line = 'a line of a log, with an ü\n';
    for (let i = 0; i < 100_000; i += 1) transcript.add(line);
    transcript.add('x'.repeat(1_000_000));
    expect(transcript.toString()).toBe(line.repeat(100_000) + 'x'.repeat(1_000_000));
    expect(transcript.truncated).toBe(false);
  });

  it('takes a byte for a byte of text, and next to nothing where nothing is to be kept', () => {
    const external = (): number => process.memoryUsage().arrayBuffers;
    const before = external();
    const none = new Transcript(0, 'utf8');
    const last = new Transcript(100_000, 'utf8');
    const all = new Transcript(Number.POSITIVE_INFINITY, 'utf8');
    const text = 'x'.repeat(1000);
    for (let i = 0; i < 20_000; i += 1) none.add(text);
    expect(external() - before).toBeLessThan(1_000_000);
    for (let i = 0; i < 20_000; i += 1) all.add(text);
    expect(external() - before).toBeLessThan(22_000_000);
    for (let i = 0; i < 200; i += 1) last.add(text);
    expect([none.toString(), last.toString().length, all.toString().length]).toEqual(['', 100_000, 20_000_000]);
  });
});
