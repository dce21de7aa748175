import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { posixPath, windowsPath } from './lexical-path.js';

describe('the text of a path', () => {
  it('is its string, its JSON, and what is shown of it', () => {
    const path = posixPath('/a', 'b');
    expect([String(path), `${path}`, JSON.stringify([path]), inspect(path)]).toEqual([
      '/a/b',
      '/a/b',
      '["/a/b"]',
      'LexicalPath("/a/b")',
    ]);
  });

  it('never changes: what is made of a path is another one', () => {
    const path = posixPath('a/b.c');
    path.join('x');
    path.withName('y');
    expect(String(path)).toBe('a/b.c');
    expect(() => Reflect.apply(Array.prototype.push, path.parts, ['z'])).not.toThrow();
    expect(path.parts).toEqual(['a', 'b.c']);
  });

  it('is equal by its names, and on Windows whatever their case', () => {
    expect(posixPath('a//b/.').equals('a/b')).toBe(true);
    expect(posixPath('a').equals('A')).toBe(false);
    expect(windowsPath('C:\\A').equals('c:/a')).toBe(true);
    expect(posixPath('~').equals(posixPath('./~'))).toBe(false);
  });

  it('holds no NUL, and nothing but text', () => {
    expect(() => posixPath('a\0b')).toThrow('Expected a path without NUL characters, got "a\\u0000b".');
    expect(() => posixPath('a').join('\0')).toThrow(OptionError);
    for (const wrong of [undefined, null, 1, {}]) {
      expect(() => Reflect.apply(posixPath, undefined, [wrong])).toThrow(OptionError);
    }
  });
});

describe('a tilde', () => {
  it('at the very beginning of the text is a home directory, and keeps being one', () => {
    expect(String(posixPath('~/a').parent)).toBe('~');
    expect(String(posixPath('~', 'a'))).toBe('~/a');
    expect(String(posixPath('~user/a').withName('b'))).toBe('~user/b');
    expect(String(posixPath('~/a/b').relativeTo('~'))).toBe('a/b');
  });

  it('anywhere else is a name, and shows so where it comes to stand first', () => {
    expect(String(posixPath('./~'))).toBe('./~');
    expect(posixPath('./~').parts).toEqual(['~']);
    expect(String(posixPath('a/~b').relativeTo('a'))).toBe('./~b');
    expect(String(posixPath('.').join('~'))).toBe('./~');
    expect(String(posixPath('a').withName('~'))).toBe('./~');
    expect(String(posixPath('/a/~'))).toBe('/a/~');
    expect(() => posixPath('./~/a').relativeTo('~')).toThrow(OptionError);
  });
});

describe('the way from one path to another', () => {
  it('may lead up where that is allowed', () => {
    const path = posixPath('/a/b/c');
    expect(() => path.relativeTo('/a/x')).toThrow('(`walkUp: true` allows ".." in the result)');
    expect(String(path.relativeTo('/a/x', { walkUp: true }))).toBe('../b/c');
    expect(String(path.relativeTo('/x/y', { walkUp: true }))).toBe('../../a/b/c');
    expect(String(posixPath('a').relativeTo('b/c', { walkUp: true }))).toBe('../../a');
  });

  it('cannot be told through "..", nor from another root or drive', () => {
    expect(() => posixPath('/a').relativeTo('/b/..', { walkUp: true })).toThrow(OptionError);
    expect(() => posixPath('/a').relativeTo('a', { walkUp: true })).toThrow(OptionError);
    expect(() => windowsPath('c:/a').relativeTo('d:/a', { walkUp: true })).toThrow(OptionError);
  });
});

describe('a pattern', () => {
  it('matches any number of names by **', () => {
    const cases: [string, string, boolean][] = [
      ['/a/b/c.py', '**/*.py', true],
      ['c.py', '**/c.py', true],
      ['/a/b/c.py', '/a/**/c.py', true],
      ['/a/c.py', '/a/**/c.py', true],
      ['/b/c.py', '/a/**/c.py', false],
      ['/a/b', '/a/**', true],
      ['a/b/c/d', 'a/**/d/**', true],
      ['a/b', 'b/**', true],
      ['a/xb', 'a/**b', true],
    ];
    for (const [path, pattern, like] of cases)
      expect([path, pattern, posixPath(path).match(pattern)]).toEqual([path, pattern, like]);
  });

  it('of the whole path begins where that does', () => {
    expect(posixPath('a/b.py').fullMatch('*.py')).toBe(false);
    expect(posixPath('a/b.py').fullMatch('*/*.py')).toBe(true);
    expect(posixPath('/a/b.py').fullMatch('/**/*.py')).toBe(true);
    expect(posixPath('/a').fullMatch('a')).toBe(false);
  });

  it('that says nothing is refused', () => {
    for (const nothing of ['', '.']) expect(() => posixPath('a').match(nothing)).toThrow('Expected a pattern such as');
  });

  it('takes no longer for many stars', () => {
    expect(posixPath('a'.repeat(30_000)).match(`${'*'.repeat(60)}b`)).toBe(false);
    expect(posixPath('a'.repeat(2000)).match(`${'*a'.repeat(30)}b`)).toBe(false);
    expect(posixPath('a'.repeat(2000)).match(`${'*a'.repeat(30)}`)).toBe(true);
  });
});

it('bytes that are no UTF-8 stay what they are in a URI', () => {
  expect(posixPath('/a\udcff/ü%').asURI()).toBe('file:///a%FF/%C3%BC%25');
});
