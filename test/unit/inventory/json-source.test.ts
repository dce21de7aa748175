import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../../src/core/hawser-error.js';
import { type JsonPath, readJson } from '../../../src/inventory/json-source.js';

/** What `JSON.parse` says of a text; `undefined` where it is no JSON. */
function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** What our reader says of a text; `undefined` where it is no JSON. */
function read(text: string): { value: unknown } | undefined {
  try {
    return { value: readJson(text).value };
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/** Without prototypes, `toEqual` compares what is in objects. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Texts that are nearly JSON. */
const nearly = fc
  .tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom('', ',', ']', '"', '\\', '\n', '0', '.', 'e', '-', '\u0000', '\\u12', '{'),
  )
  .map(([text, at, noise]) => {
    const index = at % (text.length + 1);
    return text.slice(0, index) + noise + text.slice(noise === '' ? index + 1 : index);
  });

describe('readJson', () => {
  it('takes and refuses what JSON.parse does, with the same value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), nearly), (text) => {
        const theirs = parsed(text);
        const ours = read(text);
        // A field that is there twice is the one thing that it holds against a text.
        fc.pre(ours !== undefined || theirs === undefined || !String(refusal(text)).includes('once'));
        expect(ours === undefined).toBe(theirs === undefined);
        if (ours !== undefined) expect(plain(ours.value)).toEqual(plain(theirs?.value));
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[what: string, text: string, line: number, column: number]>([
    ['nothing', '', 1, 1],
    ['space alone', ' \n ', 2, 2],
    ['a word', 'nul', 1, 1],
    ['two values', '{} {}', 1, 4],
    ['a comma too many', '[1,\n]', 2, 1],
    ['a comma too few', '[1\n2]', 2, 1],
    ['a field without quotes', '{\n  a: 1 }', 2, 3],
    ['a field without a value', '{ "a" }', 1, 7],
    ['a field that is there twice', '{ "a": 1,\n  "a": 2 }', 2, 3],
    ['a text without an end', '["abc]', 1, 2],
    ['a line break in a text', '["a\nb"]', 1, 4],
    ['an escape that is none', String.raw`["a\x"]`, 1, 4],
    ['half an escape', String.raw`["\u12"]`, 1, 3],
    ['a number with a zero before it', '[01]', 1, 3],
    ['a list without an end', '[[1], [2]', 1, 10],
    ['a comment', '{} // no', 1, 4],
  ])('says where %s is', (_what, text, line, column) => {
    expect(refusal(text)).toMatchObject({ line, column, file: 'a.json' });
  });

  it('refuses a document that is deeper than anybody means, and does not break on it', () => {
    expect(refusal('['.repeat(1_000_000))).toMatchObject({ line: 1, column: 102 });
  });

  it('passes over a byte order mark, and takes long texts', () => {
    const long = 'x'.repeat(5_000_000);
    expect(readJson(`\uFEFF"${long}"`).value).toBe(long);
  });

  it('takes __proto__ for a field like any other', () => {
    const { value } = readJson('{ "__proto__": { "polluted": true } }');
    expect(Object.keys(Object(value))).toEqual(['__proto__']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('knows where values and fields stand, and where what holds them does', () => {
    const { position } = readJson('{\n  "a": [\n    1,\n    { "b": 2 } ] }');
    const at = (path: JsonPath, part?: 'field'): unknown[] => Object.values(position(path, part));
    expect(at([])).toEqual([1, 1]);
    expect(at(['a'])).toEqual([2, 8]);
    expect(at(['a'], 'field')).toEqual([2, 3]);
    expect(at(['a', 1, 'b'])).toEqual([4, 12]);
    expect(at(['a', 1, 'b'], 'field')).toEqual([4, 7]);
    expect(at(['a', 1, 'c'])).toEqual([4, 5]);
  });
});

/** The error that a text is refused with. */
function refusal(text: string): unknown {
  try {
    readJson(text, 'a.json');
  } catch (error) {
    return error;
  }
  return undefined;
}
