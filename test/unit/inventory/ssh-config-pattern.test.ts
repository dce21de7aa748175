import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compilePattern,
  compilePatternList,
  keyOfPattern,
  keysOfName,
} from '../../../src/inventory/ssh-config/pattern.js';

/** The definition, written as plainly as can be; exponential, so only for short texts. */
function matches(text: string, pattern: string): boolean {
  if (pattern === '') return text === '';
  const rest = pattern.slice(1);
  if (pattern.startsWith('*')) return matches(text, rest) || (text !== '' && matches(text.slice(1), pattern));
  return text !== '' && (pattern.startsWith('?') || pattern[0] === text[0]) && matches(text.slice(1), rest);
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 7 });

describe('compilePattern', () => {
  it('matches what the definition matches', () => {
    fc.assert(
      fc.property(text, pattern, (candidate, wanted) => {
        expect(compilePattern(wanted)(candidate)).toBe(matches(candidate, wanted));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes no regular expression for one', () => {
    expect(compilePattern('a.c')('abc')).toBe(false);
    expect(compilePattern('[a-z]*')('b')).toBe(false);
    expect(compilePattern('^a$')('a')).toBe(false);
  });

  it('ends soon on a pattern that would take backtracking for ever', () => {
    const test = compilePattern(`${'*a'.repeat(30)}*b`);
    expect(test('a'.repeat(5000))).toBe(false);
    expect(test(`${'a'.repeat(5000)}b`)).toBe(true);
  });

  it('is found by a key of every name that it matches', () => {
    fc.assert(
      fc.property(text, pattern, (candidate, wanted) => {
        const key = keyOfPattern(wanted);
        fc.pre(key !== undefined && matches(candidate, wanted));
        expect(keysOfName(candidate)).toContain(key);
      }),
    );
  });
});

describe('compilePatternList', () => {
  it('wants one pattern to match and no negated one', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(fc.tuple(fc.boolean(), pattern), { minLength: 1, maxLength: 4 }),
        (candidate, parts) => {
          const list = parts.map(([negated, part]) => `${negated ? '!' : ''}${part}`).join(',');
          const expected =
            parts.some(([negated, part]) => !negated && matches(candidate, part)) &&
            !parts.some(([negated, part]) => negated && matches(candidate, part));
          expect(compilePatternList(list)(candidate)).toBe(expected);
        },
      ),
    );
  });

  it('lowers the case of the list, not of the text, where it is asked to', () => {
    const test = compilePatternList('WEB*,!Web9', { lowerCase: true });
    expect(test('web1')).toBe(true);
    expect(test('web9')).toBe(false);
    expect(test('WEB1')).toBe(false);
  });
});
