import { describe, expect, it } from 'vitest';
import { isUnsafeName, leadsOut } from '../../../../src/remote/transfer/safe-link.js';

describe('a link of a tree', () => {
  const out = (target: string, depth: number): boolean => leadsOut(Buffer.from(target), depth);

  it('stays inside with names, and with no more `..` than there are directories above it', () => {
    for (const target of ['a', 'a/b', './a', 'a//b/', '.']) expect(out(target, 0), target).toBe(false);
    for (const target of ['..', '../a', '../../a/b', './../x']) expect(out(target, 2), target).toBe(false);
  });

  it('leads out when it is absolute or empty, or goes above the root', () => {
    for (const target of ['/', '/etc', '', '..', '../a']) expect(out(target, 0), target).toBe(true);
    expect(out('../../../a', 2)).toBe(true);
  });

  it('may lead out with `..` after a name, which may be a link itself', () => {
    expect(out('a/..', 5)).toBe(true);
    expect(out('../a/../b', 5)).toBe(true);
  });
});

describe('a name in a listing', () => {
  it('is unsafe where it is a path, or none', () => {
    for (const name of ['', '.', '..', 'a/b', '/a', 'a\0b'])
      expect(isUnsafeName(Buffer.from(name), true), name).toBe(true);
    for (const name of ['...', '..a', '-rf', 'a\nb', '~', '\\'])
      expect(isUnsafeName(Buffer.from(name), false)).toBe(false);
  });
});
