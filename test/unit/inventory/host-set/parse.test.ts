import { describe, expect, it } from 'vitest';
import { OptionError, ParseError } from '../../../../src/core/hawser-error.js';
import { HostSet } from '../../../../src/inventory/host-set/host-set.js';

function parseErrorOf(text: string, options?: Parameters<typeof HostSet.parse>[1]): ParseError {
  try {
    HostSet.parse(text, options);
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  throw new Error(`${text} was not refused`);
}

describe('HostSet.parse', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['  ', []],
    ['web1', ['web1']],
    ['web[01-03,10]', ['web01', 'web02', 'web03', 'web10']],
    ['n[8-10]', ['n8', 'n9', 'n10']],
    ['n[08-10]', ['n08', 'n09', 'n10']],
    ['n[0-30/5]', ['n0', 'n5', 'n10', 'n15', 'n20', 'n25', 'n30']],
    ['n[001-009/4]', ['n001', 'n005', 'n009']],
    ['n[ 1 - 2 , 4 ]', ['n1', 'n2', 'n4']],
    ['r[1-2]n[01-02]', ['r1n01', 'r1n02', 'r2n01', 'r2n02']],
    ['n[1-2][3-4]', ['n13', 'n14', 'n23', 'n24']],
    ['[1-2].example.com', ['1.example.com', '2.example.com']],
    ['a b\n\tc', ['a', 'b', 'c']],
    ['a , b', ['a', 'b']],
    ['n[1-4] ! n3', ['n1', 'n2', 'n4']],
    ['a,b&b,c', ['b', 'c']],
    ['a,b^b,c', ['a', 'c']],
    ['a,b!c,b!b', ['a']],
    ['root@web[1-2]:22', ['root@web1:22', 'root@web2:22']],
    ['web1:[22-23]', ['web1:22', 'web1:23']],
    ['[::1]', ['[::1]']],
    ['root@[fe80::1%eth0]:22,ssh://[::1]:[22-23]', ['root@[fe80::1%eth0]:22', 'ssh://[::1]:22', 'ssh://[::1]:23']],
    ['2001:db8::[1-2]', ['2001:db8::1', '2001:db8::2']],
    ['"my host","a,b","@x"', ['@x', 'a,b', 'my host']],
    ['n[1-1000000] & n[1-2]', ['n1', 'n2']],
  ])('reads %j', (text, names) => {
    expect(HostSet.parse(text).toArray()).toEqual(names);
  });

  it.each<[string, number, string]>([
    ['n[]', 3, '[]'],
    ['n[1,]', 5, '[1,]'],
    ['web,n[1-3', 6, '[1-3'],
    ['n[3-1]', 3, '[3-1]'],
    ['n[1-9/0]', 3, '[1-9/0]'],
    ['n[5/2]', 3, '[5/2]'],
    ['n[1-3,x]', 7, '[1-3,x]'],
    ['n[-1-3]', 3, '[-1-3]'],
    ['n[08-100]', 3, '[08-100]'],
    ['n[1-010]', 3, '[1-010]'],
    ['n[1234567890123456]', 3, '[1234567890123456]'],
    ['n1]', 3, 'n1]'],
    ['n[1[2]]', 4, '[1['],
    ['[::zz]', 1, '[::zz]'],
    ['[::[1-2]]', 4, '[::['],
    [',a', 1, ',a'],
    ['a,', 2, ','],
    ['a, ! b', 2, ', !'],
    ['a,,b', 2, ',,'],
    ['!a', 1, '!a'],
    ['"a', 1, '\\"a'],
    ['"a"b', 4, '\\"a\\"b'],
    ['""', 1, '\\"\\"'],
    ['a\u0007', 2, '\\u0007'],
    ['@', 1, '@'],
  ])('refuses %j at column %i and repeats the part', (text, column, part) => {
    const error = parseErrorOf(text, { groups: () => undefined });
    expect(error).toMatchObject({ file: undefined, line: 1, column });
    expect(error.message).toContain(`"${part}"`);
  });

  it('counts lines, and starts where the text stands in its file', () => {
    expect(parseErrorOf('web1\nweb2 n[3-1]')).toMatchObject({ line: 2, column: 8 });
    const at = { file: 'hosts.yaml', line: 7, column: 11 };
    expect(parseErrorOf('n[]', { at })).toMatchObject({ file: 'hosts.yaml', line: 7, column: 13 });
    expect(parseErrorOf('a\nn[]', { at })).toMatchObject({ file: 'hosts.yaml', line: 8, column: 3 });
  });

  it.each([
    'n[1-1000001]',
    'n[1-1000000000]',
    'n[1-999999999999999]',
    'n[1-1001]m[1-1000]',
    'n[1-9999]m[1-9999]o[1-9999]p[1-9999]q[1-9999]r[1-9999]',
    'n[1-600000],m[1-600000]',
    'n1 & n[1-1000000000]',
    'n1 ! n[1-1000000000]',
    'n[1-600000,1-600000]',
    '@half,@half,@half',
    '@g[1-1000000000]',
  ])('refuses %s before it expands anything', (text) => {
    const error = parseErrorOf(text, { groups: () => 'x[1-400000]' });
    expect(error.message).toContain('1,000,000 is the limit');
  });

  it('takes as many names as the limit, and counts them without expanding them', () => {
    expect(HostSet.parse('n[1-1000]m[1-1000]').size).toBe(1_000_000);
  });

  it.each([
    ['n[1-3,2-5]', 5],
    ['n[1,11]1[1,11]', 3],
    ['n[1,13]3[4,34]', 3],
    ['n[1,11][1,11]', 3],
    ['n[5,1-3]', 4],
  ])('counts the names of %s once each', (text, size) => {
    expect(HostSet.parse(text).size).toBe(size);
    expect(HostSet.parse(text).toArray()).toHaveLength(size);
  });

  it('refuses what is not a string', () => {
    // @ts-expect-error: what a caller without types might do
    expect(() => HostSet.parse(['a'])).toThrow(OptionError);
  });
});

describe('@group', () => {
  const table: Record<string, string | HostSet> = {
    web: 'web[01-04]',
    prod: '@web,db1!@drained',
    drained: HostSet.of(['web03']),
    rack1: 'a',
    rack2: 'b',
    loop: 'x,@pool',
    pool: '@loop',
    self: '@self',
    broken: 'ok,n[3-1]',
  };
  const options = { groups: (name: string) => table[name], groupNames: Object.keys(table) };

  it('is replaced by its hosts, by text or by a set, and may name other groups', () => {
    expect(String(HostSet.parse('@prod', options))).toBe('db1,web[01-02,04]');
    expect(String(HostSet.parse('web[01-50,60],db[1-3]!db2 &@prod', options))).toBe('db1,web[01-02,04]');
  });

  it('takes ranges: several groups at once', () => {
    expect(HostSet.parse('@rack[1-2]', options).toArray()).toEqual(['a', 'b']);
  });

  it('names the group that is unknown, and those that are known', () => {
    const error = parseErrorOf('web1,@prdo', options);
    expect(error.column).toBe(6);
    expect(error.message).toContain('"@prdo"');
    expect(error.message).toContain('known are @web, @prod');
  });

  it('says so where there are no groups at all', () => {
    expect(parseErrorOf('@web').message).toContain('no groups are defined here');
  });

  it('refuses a circle, and shows it', () => {
    expect(parseErrorOf('@loop', options).message).toContain('loop → pool → loop');
    expect(parseErrorOf('@self', options).message).toContain('self → self');
  });

  it('names the group whose own text is at fault', () => {
    expect(parseErrorOf('@broken', options).message).toContain('of the group @broken');
  });
});
