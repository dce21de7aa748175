import { isIPv6 } from 'node:net';
import { countRange, expandRange, type HostRange, MOST_DIGITS } from './host-range.js';
import { NAME_END } from './name-parts.js';

/** A name with ranges in it: text, and lists of ranges, of which every combination is a name. */
export interface Term {
  readonly parts: readonly (string | readonly HostRange[])[];
  /** How many names are written, those that are written twice counted twice. Known without expanding anything. */
  readonly count: number;
  /** Whether no two of them can be the same name, so that `count` is the number of names. */
  readonly distinct: boolean;
}

/** Reports a fault at an index of the text, with the part that is at fault. */
export type Fail = (why: string, index: number, part: string) => never;

/**
 * Reads the name that begins at `start` and ends at an operator, at white space or at the end.
 *
 * @returns the term, and the index behind it.
 */
export function readTerm(text: string, start: number, fail: Fail): { term: Term; end: number } {
  if (text[start] === '"') return readQuoted(text, start, fail);
  const parts: (string | readonly HostRange[])[] = [];
  let literal = '';
  let index = start;
  for (; index < text.length; ) {
    const character = text[index] ?? '';
    if (character === '[') {
      const close = findClose(text, index, fail);
      const inside = text.slice(index + 1, close);
      if (inside.includes(':')) {
        if (!isIPv6(inside)) fail('brackets hold ranges or an IPv6 address, and this is neither', index, `[${inside}]`);
        literal += `[${inside}]`;
      } else {
        parts.push(literal, readRanges(text, index + 1, close, fail));
        literal = '';
      }
      index = close + 1;
      continue;
    }
    if (NAME_END.test(character)) break;
    if (character === ']') fail('this bracket was never opened', index, text.slice(start, index + 1));
    if (/[\u0000-\u001f\u007f-\u009f]/u.test(character))
      fail('a name cannot hold a control character', index, character);
    literal += character;
    index += 1;
  }
  parts.push(literal);
  return { term: makeTerm(parts.filter((part) => part !== '')), end: index };
}

/** A name in double quotes is itself, whatever it holds; inside, the escapes are those of JSON (RFC 8259 §7). */
function readQuoted(text: string, start: number, fail: Fail): { term: Term; end: number } {
  const quoted = /^"(?:[^"\\]|\\.)*"/su.exec(text.slice(start))?.[0];
  if (quoted === undefined) return fail('the quote is never closed', start, text.slice(start));
  const name = parseJsonString(quoted);
  if (name === undefined || name === '') return fail('a quoted name is a JSON string that is not empty', start, quoted);
  const end = start + quoted.length;
  if (end < text.length && !NAME_END.test(text[end] ?? '')) {
    fail('a quoted name ends at its quote', end, text.slice(start, end + 1));
  }
  return { term: { parts: [name], count: 1, distinct: true }, end };
}

function parseJsonString(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function findClose(text: string, open: number, fail: Fail): number {
  const length = text.slice(open + 1).search(/[[\]]/u);
  const close = open + 1 + length;
  if (length < 0) fail('the bracket is never closed', open, text.slice(open));
  if (text[close] === '[') fail('brackets cannot stand in brackets', close, text.slice(open, close + 1));
  return close;
}

function readRanges(text: string, start: number, end: number, fail: Fail): HostRange[] {
  const ranges: HostRange[] = [];
  let index = start;
  for (const item of text.slice(start, end).split(',')) {
    const at = index + (item.length - item.trimStart().length);
    ranges.push(readRange(item.trim(), (why) => fail(why, at, `[${text.slice(start, end)}]`)));
    index += item.length + 1;
  }
  return ranges;
}

function readRange(item: string, fail: (why: string) => never): HostRange {
  if (item === '') fail('a range is empty');
  const match = /^(\d+)(?:\s*-\s*(\d+)(?:\s*\/\s*(\d+))?)?$/u.exec(item);
  if (match === null) return fail(`${JSON.stringify(item)} is not a range; write 5, 1-9, 01-09 or 0-30/5`);
  const [, first = '', last = first, step = '1'] = match;
  if (Math.max(first.length, last.length, step.length) > MOST_DIGITS)
    fail(`a number has more than ${MOST_DIGITS} digits`);
  const padded = (first.length > 1 && first.startsWith('0')) || (last.length > 1 && last.startsWith('0'));
  if (padded && first.length !== last.length) {
    fail(`${item} pads its ends to different widths; write both with as many digits, such as 08-99,100-120`);
  }
  if (Number(last) < Number(first)) fail(`${item} runs backwards; write ${last}-${first}`);
  if (Number(step) === 0) fail(`${item} has a step of 0, which never ends`);
  return { first: Number(first), last: Number(last), step: Number(step), width: padded ? first.length : 0 };
}

function makeTerm(parts: Term['parts']): Term {
  let count = 1;
  for (const part of parts) {
    if (typeof part !== 'string') count *= part.reduce((sum, range) => sum + countRange(range), 0);
  }
  return { parts, count, distinct: isDistinct(parts) };
}

/** Sure where no list repeats a number, and something other than digits, which could move over, parts the lists. */
function isDistinct(parts: Term['parts']): boolean {
  let apart = true;
  for (const part of parts) {
    if (typeof part === 'string') {
      apart ||= /\D/u.test(part);
    } else {
      if (!apart || !isAscending(part)) return false;
      apart = false;
    }
  }
  return true;
}

function isAscending(ranges: readonly HostRange[]): boolean {
  return ranges.every((range, index) => range.first > (ranges[index - 1]?.last ?? -1));
}

/** Every name of a term; where a name is written twice it comes twice. */
export function expandTerm({ parts }: Term): string[] {
  let names = [''];
  for (const part of parts) {
    if (typeof part === 'string') {
      names = names.map((name) => name + part);
    } else {
      const numbers = part.flatMap(expandRange);
      names = names.flatMap((name) => numbers.map((number) => name + number));
    }
  }
  return names;
}
