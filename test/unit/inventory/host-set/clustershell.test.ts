import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostSet } from '../../../../src/inventory/host-set/host-set.js';

/** Reads a JSON list of expressions, writes for each its sorted nodes and its folding, or null where it is refused. */
const ORACLE = `
import json, sys
from ClusterShell.NodeSet import NodeSet
def read(text):
    try:
        nodes = NodeSet(text)
        return { "names": sorted(nodes), "folded": str(nodes) }
    except Exception:
        return None
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`;

type Answer = { names: string[]; folded: string } | null;

function ask(texts: readonly string[]): Answer[] {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-c', ORACLE], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const present = spawnSync('/usr/bin/python3', ['-c', 'import ClusterShell.NodeSet']).status === 0;
if (!present) console.warn('SKIPPED: host sets are not compared with ClusterShell, which is not installed here');

const bound = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 15 }));
const range = fc.tuple(bound, fc.constantFrom(0, 0, 3), fc.constantFrom('', '', '/2', '/5')).map(([b, width, step]) => {
  const [first, more] = b;
  const write = (value: number): string => String(value).padStart(width, '0');
  return more === 0 ? write(first) : `${write(first)}-${write(first + more)}${step}`;
});
const list = fc.array(range, { minLength: 1, maxLength: 3 }).map((ranges) => `[${ranges.join(',')}]`);
const term = fc.oneof(
  fc.constantFrom('web', 'n1', 'n01', 'a-b'),
  list.map((l) => `n${l}`),
  list.map((l) => `n${l}.dc`),
  fc.tuple(list, list).map(([a, b]) => `r${a}n${b}`),
);
const operator = fc.constantFrom(',', ',', '!', '&', '^', ' ! ', ', ');
const expression = fc
  .tuple(term, fc.array(fc.tuple(operator, term), { maxLength: 4 }))
  .map(([first, rest]) => first + rest.flat().join(''));

describe.skipIf(!present)('ClusterShell', () => {
  it('expands expressions to the same names', () => {
    const texts = fc.sample(expression, { numRuns: 400, seed: 42 });
    for (const [index, answer] of ask(texts).entries()) {
      const text = texts[index] ?? '';
      expect(HostSet.parse(text).toArray().sort(), text).toEqual(answer?.names);
    }
  });

  it('reads what we fold, as the same names', () => {
    const sets = fc.sample(expression, { numRuns: 400, seed: 43 }).map((text) => HostSet.parse(text));
    for (const [index, answer] of ask(sets.map(String)).entries()) {
      expect(sets[index]?.toArray().sort(), String(sets[index])).toEqual(answer?.names);
    }
  });

  it('folds in the same way where one number varies, with one padding and without steps', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 130 }), { minLength: 1, maxLength: 60 });
    const sample = fc.sample(fc.tuple(numbers, fc.constantFrom(0, 3)), { numRuns: 300, seed: 44 });
    const texts = sample.map(([values, width]) => values.map((v) => `n${String(v).padStart(width, '0')}`).join(','));
    for (const [index, answer] of ask(texts).entries()) {
      const folded = String(HostSet.parse(texts[index] ?? ''));
      // ClusterShell writes no steps unless it is told to.
      if (!folded.includes('/')) expect(folded).toBe(answer?.folded);
    }
  });

  it('folds several dimensions into as few terms, or more', () => {
    const grid = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })), { minLength: 1 });
    const texts = fc
      .sample(grid, { numRuns: 300, seed: 45 })
      .map((cells) => cells.map(([rack, node]) => `r${rack}n${node}`).join(','));
    const terms = (text: string): number => text.replace(/\[[^\]]*\]/gu, '').split(',').length;
    let ours = 0;
    let theirs = 0;
    for (const [index, answer] of ask(texts).entries()) {
      ours += terms(String(HostSet.parse(texts[index] ?? '')));
      theirs += terms(answer?.folded ?? '');
    }
    expect(ours).toBeLessThanOrEqual(theirs);
  });

  it.each([
    'n[]',
    'n[1',
    'n1]',
    'n[3-1]',
    'n[1-9/0]',
    'n[5/2]',
    'n[08-100]',
    'n[1-010]',
    'a,',
    ',a',
    'a,,b',
    '!a',
  ])('refuses %s as we do', (text) => {
    expect(ask([text])).toEqual([null]);
    expect(() => HostSet.parse(text)).toThrow();
  });
});
