import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../../../src/inventory/host-pattern.js';

/** The obvious definition, exponential and short, to hold the quick one against. */
function matchesByDefinition(pattern: string, name: string): boolean {
  if (pattern === '') return name === '';
  const rest = pattern.slice(1);
  if (pattern.startsWith('*')) {
    return matchesByDefinition(rest, name) || (name !== '' && matchesByDefinition(pattern, name.slice(1)));
  }
  if (name === '' || (!pattern.startsWith('?') && pattern[0] !== name[0])) return false;
  return matchesByDefinition(rest, name.slice(1));
}

const short = (...letters: string[]): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 });

describe('matchesPattern', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['?', '', false],
    ['web1', 'web1', true],
    ['web1', 'web11', false],
    ['web?', 'web1', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['10.0.0.*', '10.0.0.7', true],
    ['[10.0.0.?]:22', '[10.0.0.7]:22', true],
    ['a.c', 'abc', false],
    ['WEB*', 'web1', false],
  ])('says of the pattern %j and the name %j: %j', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  it('agrees with the definition for every pattern', () => {
    fc.assert(
      fc.property(short('a', 'b', '*', '?'), short('a', 'b'), (pattern, name) => {
        expect(matchesPattern(pattern, name)).toBe(matchesByDefinition(pattern, name));
      }),
      { numRuns: 2000 },
    );
  });

  it('answers a pattern made to make matchers backtrack', () => {
    expect(matchesPattern('*a'.repeat(500), `${'a'.repeat(5000)}b`)).toBe(false);
  });
});
