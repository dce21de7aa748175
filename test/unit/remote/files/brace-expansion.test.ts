import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { expandBraces } from '../../../../src/remote/files/brace-expansion.js';

describe('braces', () => {
  it.each([
    'plain',
    'a{b,c}d',
    'a{b,c/{d,e}}f',
    '{a,b}{1,2}',
    '{1..4}',
    '{08..11}',
    '{a..e..2}',
    '{5..1..2}',
    '{x}',
    '{a,b',
    'a,b}',
    '{,x}y',
    '{-2..1}',
  ])('in %s stand for what they stand for in bash', (pattern) => {
    const bash = execFileSync('bash', ['-c', `printf '%s\\n' ${pattern}`], { encoding: 'utf8' });
    expect(expandBraces(pattern)).toEqual(bash.trimEnd().split('\n'));
  });

  it('mean nothing behind a backslash or in a class of characters', () => {
    expect(expandBraces('\\{a,b\\}')).toEqual(['\\{a,b\\}']);
    expect(expandBraces('[{a,b}]')).toEqual(['[{a,b}]']);
  });

  it('stand for no more patterns than can be meant', () => {
    expect(expandBraces('{1..9}'.repeat(30)).length).toBeLessThan(200_000);
  });
});
