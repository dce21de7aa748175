import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from '../../../src/core/visible.js';

describe('untrusted text', () => {
  it.each([
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['\x9b2J', '\\x9b2J'],
    ['a\rb', 'a\\x0db'],
    ['a\bb', 'a\\x08b'],
    ['a\0b', 'a\\x00b'],
    ['a\x7fb', 'a\\x7fb'],
    ['evil\u202egnp.exe', 'evil\\u202egnp.exe'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
    ['a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
  ])('%j shows as %s', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each([
    'tab\there',
    'two\nlines',
    'größer',
    '日本語',
    '🚢',
    'עברית',
    'نص',
    "it's $plain",
  ])('%j stays as it is', (text) => {
    expect(visible(text)).toBe(text);
  });

  it('holds nothing that a terminal obeys, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = visible(text);
        expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(visible(shown)).toBe(shown);
      }),
    );
  });
});
