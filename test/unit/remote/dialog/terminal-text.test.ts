import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TerminalText } from '../../../../src/remote/dialog/terminal-text.js';

/** What a terminal makes of bytes that come in pieces of these lengths. */
function shown(bytes: Buffer, lengths: readonly number[] = []): string {
  const terminal = new TerminalText();
  let done = '';
  let at = 0;
  for (const length of lengths) {
    done += terminal.push(bytes.subarray(at, at + length));
    at += length;
  }
  done += terminal.push(bytes.subarray(at));
  return done + terminal.line;
}

const pieces = fc.array(fc.nat(9), { maxLength: 200 });

describe('the text of a terminal', () => {
  it.each([
    ['lines that end as terminals end them', 'one\r\ntwo\n', 'one\ntwo\n'],
    ['blanks at the end of a line', 'eth1   default         \r\n   \r\n', 'eth1   default         \n   \n'],
    ['a carriage return that draws over', '10%\r50%\r100%\r\n', '100%\n'],
    ['a shorter text over a longer one', 'longer\rshort\r\n', 'shortr\n'],
    ['backspaces', 'ab\b\bxy\r\n', 'xy\n'],
    [
      'a pager that is erased',
      ` --More-- \0${'\b'.repeat(10)}${' '.repeat(10)}${'\b'.repeat(10)}    help\r\n`,
      '    help\n',
    ],
    ['a prompt over an erased pager', ` --More-- ${'\b'.repeat(10)}${' '.repeat(10)}${'\b'.repeat(10)}R> `, 'R> '],
    ['colours and titles', '\u001b[1;31mred\u001b[0m \u001b]0;title\u0007x\u001b]2;t\u001b\\y\u001b(B', 'red xy'],
    ['bracketed paste', '\u001b[?2004h$ \u001b[?2004l', '$ '],
    ['erasing to the end of the line', ':\r\u001b[K!\r\n', '!\n'],
    ['moving to and fro', 'abc\u001b[2Dx\u001b[Cy\u001b[1Gz', 'zxcy'],
    ['deleted characters', 'abcd\r\u001b[2P', 'cd'],
    ['a broken sequence before the end of a line', 'a\u001b[31\r\nb', 'a\nb'],
    ['bells, NULs and deletes', 'a\u0007\0b\u007fc', 'abc'],
    ['tabs', 'a\tb', 'a\tb'],
    ['characters of several bytes', 'é€😀\r\n', 'é€😀\n'],
  ])('knows %s', (_, written, text) => {
    expect(shown(Buffer.from(written))).toBe(text);
  });

  it('is the same in whichever pieces it comes', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\r\n',
        '\r',
        '\b',
        '\u001b[K',
        '\u001b[31m',
        '\u001b]0;t\u0007',
        '\u001b[3D',
        ' --More-- ',
        'R# ',
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), pieces, (parts, lengths) => {
        const bytes = Buffer.from(parts.join(''));
        expect(shown(bytes, lengths)).toBe(shown(bytes));
      }),
    );
  });

  it('leaves text without control characters as it is', () => {
    const plain = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\u0000-\u001f\u007f]/g, ''));
    fc.assert(
      fc.property(fc.array(plain), pieces, (lines, lengths) => {
        const text = lines.join('\n');
        expect(shown(Buffer.from(text.replaceAll('\n', '\r\n')), lengths)).toBe(text);
      }),
    );
  });

  it('keeps no more than a few thousand characters of a line that does not end, and loses none', () => {
    const terminal = new TerminalText();
    let length = 0;
    for (let i = 0; i < 200; i += 1) {
      length += terminal.push(Buffer.alloc(50_000, 'x')).length;
      expect(terminal.line.length).toBeLessThanOrEqual(8192);
    }
    expect(length + terminal.line.length).toBe(10_000_000);
  });

  it('is not held up by a sequence that does not end', () => {
    for (const start of ['\u001b[', '\u001b]0;', '\u001bP', '\u001b ']) {
      const text = shown(Buffer.from(`${start}${'1'.repeat(5000)}\r\nafter`));
      expect(text.endsWith('after')).toBe(true);
    }
  });
});
