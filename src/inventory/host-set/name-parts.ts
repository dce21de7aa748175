import { isIPv6 } from 'node:net';
import { MOST_DIGITS } from './host-range.js';

/** The characters that end a name in an expression: operators and white space. */
export const NAME_END: RegExp = /[\s,!&^]/u;

const BRACKETED = /\[([^[\]]*)\]/gu;

/** What cannot stand in a name unless the name is quoted. */
const NEEDS_QUOTES = /^["@]|[\s,!&^[\]\u0000-\u001f\u007f-\u009f]/u;

/** Pieces that count as text although they hold digits: a bracketed address, and a number too long to count with. */
const OPAQUE = new RegExp(`\\[[^\\]]*\\]|\\d{${MOST_DIGITS + 1},}`, 'u');
const PIECE = new RegExp(`\\[[^\\]]*\\]|\\d{${MOST_DIGITS + 1},}|\\d+|[^\\d[]+|\\[`, 'gu');

/** Whether a name has to stand in quotes to be read back as itself. Brackets round an IPv6 address are no trouble. */
export function needsQuotes(name: string): boolean {
  if (!NEEDS_QUOTES.test(name)) return false;
  return NEEDS_QUOTES.test(name.replace(BRACKETED, (pair, inside: string) => (isIPv6(inside) ? 'x' : pair)));
}

/**
 * Cuts a name into text and numbers, by turns, text first: `r1n01` is `['r', '1', 'n', '01', '']`.
 *
 * Digits of a bracketed IPv6 address and numbers of more than 15 digits stay text, and so does a name in quotes.
 */
export function splitName(name: string): string[] {
  if (needsQuotes(name)) return [name];
  if (!OPAQUE.test(name)) return name.split(/(\d+)/u);
  const parts: string[] = [];
  let text = '';
  for (const [piece] of name.matchAll(PIECE)) {
    if (/^\d/u.test(piece) && piece.length <= MOST_DIGITS) {
      parts.push(text, piece);
      text = '';
    } else {
      text += piece;
    }
  }
  return [...parts, text];
}
