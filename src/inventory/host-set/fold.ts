import { foldNumbers } from './host-range.js';
import { needsQuotes, splitName } from './name-parts.js';
import { compareNames } from './natural-order.js';

/** The names that share their text and differ in their numbers at most. */
interface Family {
  readonly texts: readonly string[];
  /** One row a name: its numbers, as they are written. */
  readonly rows: string[][];
}

/** Some rows at once: those of every combination of one number from each dimension. */
interface Block {
  readonly dimensions: readonly Dimension[];
}

/** Distinct numbers, and their folded text, which is the same for the same numbers. */
interface Dimension {
  readonly numbers: readonly string[];
  readonly text: string;
}

/** Past so many rows only {@link FEW_ORDERS} orders are tried: time is worth more than a comma. */
const MANY_ROWS = 20_000;
const FEW_ORDERS = 2;
const MOST_ORDERS = 6;

/**
 * Writes distinct names, given in natural order, as one expression: families of names fold into ranges, in as many
 * dimensions as they have numbers, and what folds into fewer terms wins.
 */
export function foldNames(names: readonly string[]): string {
  const terms: { text: string; first: string }[] = [];
  for (const family of familiesOf(names)) {
    for (const block of foldFamily(family)) {
      terms.push({ text: writeBlock(family.texts, block), first: firstName(family.texts, block) });
    }
  }
  terms.sort((a, b) => compareNames(a.first, b.first));
  return terms.map(({ text }) => text).join(',');
}

function familiesOf(names: readonly string[]): Iterable<Family> {
  const families = new Map<string, Family>();
  for (const name of names) {
    const parts = splitName(name);
    const row: string[] = [];
    // Names may hold anything, so those without numbers keep clear of the keys of those with some.
    let key = `=${name}`;
    if (parts.length > 1) {
      key = '#';
      for (const [index, part] of parts.entries()) {
        if (index % 2 === 1) row.push(part);
        else key += `${part}\0`;
      }
    }
    const family = families.get(key);
    if (family !== undefined) family.rows.push(row);
    else families.set(key, { texts: parts.filter((_, index) => index % 2 === 0), rows: [row] });
  }
  return families.values();
}

function foldFamily({ rows }: Family): readonly Block[] {
  const varying = (rows[0] ?? []).map((_, column) => column).filter((column) => variesIn(rows, column));
  const [only, ...others] = varying;
  if (only === undefined || others.length === 0) return [foldOne(rows, only)];

  const blocks = rows.map((row) => ({ dimensions: row.map((number) => ({ numbers: [number], text: number })) }));
  const candidates = ordersOf(varying)
    .slice(0, rows.length > MANY_ROWS ? FEW_ORDERS : MOST_ORDERS)
    .map((order) => foldAlong(blocks, order));
  return candidates.reduce((best, next) => (costOf(next) < costOf(best) ? next : best));
}

/** The common case: one number varies, so the rows are one block. */
function foldOne(rows: readonly string[][], varying: number | undefined): Block {
  const dimensions = (rows[0] ?? []).map((number, column) => {
    if (column !== varying) return { numbers: [number], text: number };
    const numbers = rows.map((row) => row[column] ?? '');
    return { numbers, text: foldNumbers(numbers) };
  });
  return { dimensions };
}

function variesIn(rows: readonly string[][], column: number): boolean {
  const first = rows[0]?.[column];
  return rows.some((row) => row[column] !== first);
}

/** In which orders the dimensions are folded: the last one first, as people write them, then the others in front. */
function ordersOf(columns: readonly number[]): number[][] {
  const last = columns.toReversed();
  if (columns.length > 3) return last.map((_, shift) => [...last.slice(shift), ...last.slice(0, shift)]);
  return permutations(last);
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

/** Folds along one dimension after the other, until a whole round changes nothing. */
function foldAlong(blocks: readonly Block[], order: readonly number[]): readonly Block[] {
  let folded = blocks;
  for (let before = -1; before !== folded.length; ) {
    before = folded.length;
    for (const column of order) folded = mergeColumn(folded, column);
  }
  return folded;
}

/** Makes one block of all that differ in one dimension alone. */
function mergeColumn(blocks: readonly Block[], column: number): Block[] {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) {
    let key = '';
    for (const [index, { text }] of block.dimensions.entries()) if (index !== column) key += `${text} `;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [block]);
    else group.push(block);
  }
  return [...groups.values()].map((group) => mergeGroup(group, column));
}

function mergeGroup(group: readonly Block[], column: number): Block {
  const [first] = group;
  if (first === undefined || group.length === 1) return first ?? { dimensions: [] };
  const numbers = group.flatMap((block) => block.dimensions[column]?.numbers ?? []);
  return { dimensions: first.dimensions.with(column, { numbers, text: foldNumbers(numbers) }) };
}

/** Fewer terms first; among as many terms, less text. */
function costOf(blocks: readonly Block[]): number {
  let text = 0;
  for (const { dimensions } of blocks) for (const dimension of dimensions) text += dimension.text.length;
  return blocks.length * 1e6 + text;
}

function writeBlock(texts: readonly string[], { dimensions }: Block): string {
  const [name = ''] = texts;
  if (dimensions.length === 0) return needsQuotes(name) ? JSON.stringify(name) : name;
  return join(texts, dimensions, ({ numbers, text }) => (numbers.length === 1 ? text : `[${text}]`));
}

function firstName(texts: readonly string[], { dimensions }: Block): string {
  return join(texts, dimensions, ({ numbers }) => numbers.reduce((a, b) => (compareNames(a, b) <= 0 ? a : b)));
}

function join(texts: readonly string[], dimensions: readonly Dimension[], write: (d: Dimension) => string): string {
  let joined = texts[0] ?? '';
  for (const [index, dimension] of dimensions.entries()) joined += write(dimension) + (texts[index + 1] ?? '');
  return joined;
}
