import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostSet } from '../../../../src/inventory/host-set/host-set.js';
import { compareNames } from '../../../../src/inventory/host-set/natural-order.js';

/** Names that look like hosts, collide often, and differ in padding. */
const name = fc
  .tuple(
    fc.constantFrom('n', 'web', 'r1n', 'root@h', '10.0.', '[::1]:', ''),
    fc.stringMatching(/^0{0,2}(\d|1\d|9\d|10\d)$/u),
    fc.constantFrom('', '', '.dc', ':22', '-ib'),
    fc.constantFrom('', '', '1', '2', '02'),
  )
  .map((parts) => parts.join(''));

describe('toString', () => {
  it.each([
    ['n1,n2,n3', 'n[1-3]'],
    ['n3 n1 n2', 'n[1-3]'],
    ['n1,n2', 'n[1-2]'],
    ['n1', 'n1'],
    ['n1,n3', 'n[1,3]'],
    ['n08,n09,n10,n11', 'n[08-11]'],
    ['n[8-11]', 'n[8-11]'],
    ['n[98-101]', 'n[98-101]'],
    ['n[08-99,100-101]', 'n[08-99,100-101]'],
    ['n[1-3],n[01-03]', 'n[1-3,01-03]'],
    ['n1,n01,n001', 'n[1,01,001]'],
    ['n[0-30/5]', 'n[0-30/5]'],
    ['n[001-007/3]', 'n[001-007/3]'],
    ['n[1,3,5]', 'n[1,3,5]'],
    ['n[1-4,6,8,10,12]', 'n[1-4,6-12/2]'],
    ['node[001-128]!node065', 'node[001-064,066-128]'],
    ['r[1-2]n[01-04]', 'r[1-2]n[01-04]'],
    ['r[1-3]n[1-4]!r2n3', 'r[1,3]n[1-4],r2n[1-2,4]'],
    ['n1m1,n2m2', 'n1m1,n2m2'],
    ['a[1-2]b[1-2]c[1-2]', 'a[1-2]b[1-2]c[1-2]'],
    ['10.0.[0-3].[1-254]', '10.0.[0-3].[1-254]'],
    ['root@web[1-3]:22', 'root@web[1-3]:22'],
    ['[::1]:22,[::1]:23,[::2]:22', '[::1]:[22-23],[::2]:22'],
    ['n10 n9 m1 web', 'm1,n[9-10],web'],
    ['"a b","a,b",plain', '"a b","a,b",plain'],
    ['i-12345678901234567,i-12345678901234568', 'i-12345678901234567,i-12345678901234568'],
    ['', ''],
  ])('folds %s into %s', (text, folded) => {
    expect(String(HostSet.parse(text))).toBe(folded);
  });

  it('is read back to an equal set', () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 40 }), (names) => {
        const set = HostSet.of(names);
        const again = HostSet.parse(set.toString());
        expect(again.toArray()).toEqual(set.toArray());
        expect(again.size).toBe(set.size);
        expect(again.toString()).toBe(set.toString());
      }),
      { numRuns: 1000 },
    );
  });

  it('is read back whatever the names hold', () => {
    const odd = fc.array(fc.constantFrom('[', ']', '@', '"', ',', ' ', '\\', '[::1]', '1', '9', 'a', '\u0000', '!'), {
      minLength: 1,
      maxLength: 6,
    });
    const any = fc.oneof(
      odd.map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary', minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), (names) => {
        const set = HostSet.of(names);
        expect(HostSet.parse(set.toString()).toArray()).toEqual(set.toArray());
      }),
      { numRuns: 1000, examples: [[['9', '\u0000\u0000']]] },
    );
  });

  it('is never longer than the list of the names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 40 }), (names) => {
        const brackets = 2 * names.length;
        expect(HostSet.of(names).toString().length).toBeLessThanOrEqual(names.join(',').length + brackets);
      }),
    );
  });

  it('folds ten thousand names, and a hundred thousand in two dimensions', () => {
    const flat = Array.from({ length: 10_000 }, (_, index) => `node${(index * 7919) % 10_000}`);
    expect(String(HostSet.of(flat))).toBe('node[0-9999]');
    const grid = Array.from({ length: 100_000 }, (_, index) => `r${index % 100}n${Math.floor(index / 100)}`);
    expect(String(HostSet.of(grid))).toBe('r[0-99]n[0-999]');
  });
});

describe('the natural order', () => {
  it('counts as people do', () => {
    const sorted = ['', '1', '2', '10', 'a', 'a1', 'a01', 'a1b', 'a2', 'a02', 'a10', 'b', 'b1c2', 'b1c10', 'b2c1'];
    expect(sorted.toReversed().sort(compareNames)).toEqual([
      '',
      '1',
      '2',
      '10',
      'a',
      'a1',
      'a1b',
      'a01',
      'a2',
      'a02',
      'a10',
      'b',
      'b1c2',
      'b1c10',
      'b2c1',
    ]);
  });

  it('is a total order', () => {
    const text = fc.oneof(name, fc.stringMatching(/^[a0-2.]{0,6}$/u));
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(Math.sign(compareNames(a, b))).toBe(0 - Math.sign(compareNames(b, a)));
        expect(compareNames(a, b) === 0).toBe(a === b);
        if (compareNames(a, b) <= 0 && compareNames(b, c) <= 0) expect(compareNames(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
  });
});
