import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { HostSet } from '../../../../src/inventory/host-set/host-set.js';

const hosts = fc
  .array(fc.tuple(fc.constantFrom('n', 'm'), fc.integer({ min: 0, max: 12 })), { maxLength: 20 })
  .map((pairs) => HostSet.of(pairs.map(([text, number]) => text + number)));

describe('set algebra', () => {
  it('keeps the laws of sets', () => {
    fc.assert(
      fc.property(hosts, hosts, hosts, (a, b, c) => {
        expect(a.union(b).equals(b.union(a))).toBe(true);
        expect(a.union(b.union(c)).equals(a.union(b).union(c))).toBe(true);
        expect(a.intersection(b.union(c)).equals(a.intersection(b).union(a.intersection(c)))).toBe(true);
        expect(a.difference(b.union(c)).equals(a.difference(b).intersection(a.difference(c)))).toBe(true);
        expect(a.symmetricDifference(b).equals(a.union(b).difference(a.intersection(b)))).toBe(true);
        expect(a.union(a).equals(a)).toBe(true);
        expect(a.difference(a).size).toBe(0);
      }),
    );
  });

  it('is what the operators of an expression mean', () => {
    fc.assert(
      fc.property(hosts, hosts, (a, b) => {
        fc.pre(a.size > 0 && b.size > 0);
        const groups = (name: string): HostSet | undefined => ({ a, b })[name];
        const parse = (text: string): string[] => HostSet.parse(text, { groups }).toArray();
        expect(parse('@a,@b')).toEqual(a.union(b).toArray());
        expect(parse('@a @b')).toEqual(a.union(b).toArray());
        expect(parse('@a ! @b')).toEqual(a.difference(b).toArray());
        expect(parse('@a&@b')).toEqual(a.intersection(b).toArray());
        expect(parse('@a^@b')).toEqual(a.symmetricDifference(b).toArray());
      }),
    );
  });

  it('changes neither side', () => {
    const [a, b] = [HostSet.parse('n[1-3]'), HostSet.parse('n[2-4]')];
    a.union(b);
    a.difference(b);
    a.symmetricDifference(b);
    expect([String(a), String(b)]).toEqual(['n[1-3]', 'n[2-4]']);
    a.toArray().push('n9');
    expect(a.size).toBe(3);
  });
});

describe('split', () => {
  it('cuts into slices of neighbours, nearly equal, none empty', () => {
    fc.assert(
      fc.property(hosts, fc.integer({ min: 1, max: 30 }), (set, parts) => {
        const slices = set.split(parts);
        const sizes = slices.map((slice) => slice.size);
        expect(slices.flatMap((slice) => slice.toArray())).toEqual(set.toArray());
        expect(slices).toHaveLength(Math.min(parts, set.size));
        if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(sizes).not.toContain(0);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d slices', (parts) => {
    expect(() => HostSet.parse('n[1-3]').split(parts)).toThrow(OptionError);
  });
});

describe('a HostSet', () => {
  const set = HostSet.parse('web[09-11],db1');

  it('knows its hosts by their exact names', () => {
    expect(set.has('web09')).toBe(true);
    expect(set.has('web9')).toBe(false);
    expect(set.size).toBe(4);
  });

  it('iterates in natural order, as often as it is asked to', () => {
    expect([...set]).toEqual(['db1', 'web09', 'web10', 'web11']);
    expect([...set]).toEqual(['db1', 'web09', 'web10', 'web11']);
  });

  it('equals a set of the same hosts, however that is written', () => {
    expect(set.equals(HostSet.parse('db1 web09 web[10-11]'))).toBe(true);
    expect(set.equals(HostSet.parse('db1 web09 web[10-12]'))).toBe(false);
    expect(set.equals(HostSet.parse('db1 web9 web[10-11]'))).toBe(false);
  });

  it('is its folded text in JSON, and in the console with its size', () => {
    expect(JSON.stringify({ set })).toBe('{"set":"db1,web[09-11]"}');
    expect(inspect(set)).toBe('HostSet(4) db1,web[09-11]');
  });

  it('is made of a list of names, taken as they are', () => {
    expect(HostSet.of(['n[1-2]', 'n2', 'n2']).toArray()).toEqual(['n2', 'n[1-2]']);
    expect(() => HostSet.of('n[1-2]')).toThrow(/HostSet\.parse/u);
    expect(() => HostSet.of([''])).toThrow(OptionError);
  });
});
