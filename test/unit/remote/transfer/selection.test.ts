import { describe, expect, it } from 'vitest';
import { Selection } from '../../../../src/remote/transfer/selection.js';

describe('a selection', () => {
  it('takes everything without globs, dot files included', () => {
    const selection = new Selection([], []);
    expect([selection.all, selection.includes('.a/.b'), selection.excludes('.a')]).toEqual([true, true, false]);
  });

  it('matches the whole path, not the name alone', () => {
    const selection = new Selection(['*.txt'], ['*.log']);
    expect(selection.includes('a.txt')).toBe(true);
    expect(selection.includes('d/a.txt')).toBe(false);
    expect(selection.excludes('d/a.log')).toBe(false);
    expect(new Selection([], ['**/*.log']).excludes('a.log')).toBe(true);
  });

  it('takes all that lies in a directory which matches', () => {
    const selection = new Selection(['src', 'lib/*/'], []);
    expect(['src', 'src/a/b', 'lib/x/y'].map((path) => selection.includes(path))).toEqual([true, true, true]);
    expect(['lib', 'srcs', 'lib.x'].map((path) => selection.includes(path))).toEqual([false, false, false]);
  });

  it('enters only directories that may hold something', () => {
    const selection = new Selection(['src/lib/**/*.ts', 'docs/a.md'], []);
    expect(['src', 'src/lib', 'src/lib/x', 'docs'].map((path) => selection.mayHold(path))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['test', 'src/other', 'node_modules'].map((path) => selection.mayHold(path))).toEqual([false, false, false]);
    expect(new Selection(['**/*.ts'], []).mayHold('anything/at/all')).toBe(true);
  });

  it('means an exclamation mark as itself, and braces as choices', () => {
    expect(new Selection([], ['!a']).excludes('b')).toBe(false);
    expect(new Selection(['{a,b}/*'], []).includes('b/x')).toBe(true);
    expect(new Selection(['{a,b}/*'], []).mayHold('a')).toBe(true);
  });
});
