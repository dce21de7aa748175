import { type ConfigLine, errorAt, splitWords, type Word } from './lexer.js';
import { type JumpHost, parsePort, parseProxyJump } from './proxy-jump.js';
import type { AlgorithmList } from './settings.js';

const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const MAX_INT = 2_147_483_647;

/** The words of a line; none may be empty. There are none where all is a comment, which ssh lets pass for lists. */
export function readWords(line: ConfigLine): Word[] {
  if (line.rest === '') throw errorAt(line, `${line.written} has no argument.`, line.restColumn);
  const words = splitWords(line);
  for (const word of words) {
    if (word.text === '') throw errorAt(line, `An argument of ${line.written} is empty.`, word.column);
  }
  return words;
}

/** The one word of a line that wants exactly one. */
export function readWord(line: ConfigLine): Word {
  const [word, extra] = readWords(line);
  if (word === undefined) throw errorAt(line, `${line.written} has no argument.`, line.restColumn);
  if (extra !== undefined) {
    throw errorAt(line, `Expected one argument after ${line.written}, got "${extra.text}" too.`, extra.column);
  }
  return word;
}

export function readText(line: ConfigLine): string {
  return readWord(line).text;
}

/** Everything after the keyword, quotes and `#` included: it is for a shell to read (ssh_config(5), ProxyCommand). */
export function readCommand(line: ConfigLine): string {
  // The quotes must be balanced although they are kept: ssh refuses the line otherwise.
  splitWords(line);
  if (line.rest === '') throw errorAt(line, `${line.written} has no argument.`, line.restColumn);
  return line.rest.replace(/^[\s=]+/, '');
}

/** One of a set of words, whatever their case. */
export function readChoice<T>(choices: Readonly<Record<string, T>>): (line: ConfigLine) => T {
  return (line) => {
    const word = readWord(line);
    const key = word.text.toLowerCase();
    const value = Object.hasOwn(choices, key) ? choices[key] : undefined;
    if (value === undefined) {
      const known = Object.keys(choices).join(', ');
      throw errorAt(line, `Expected ${line.written} to be one of ${known}, got "${word.text}".`, word.column);
    }
    return value;
  };
}

export const readFlag: (line: ConfigLine) => boolean = readChoice({ yes: true, no: false, true: true, false: false });

/** A whole number from 0 to 2^31-1. */
export function readInteger(line: ConfigLine): number {
  const word = readWord(line);
  const value = /^\s*\+?\d+$/.test(word.text) ? Number(word.text) : Number.NaN;
  if (!(value <= MAX_INT)) {
    throw errorAt(line, `Expected ${line.written} to be a whole number, got "${word.text}".`, word.column);
  }
  return value;
}

export function readPort(line: ConfigLine): number {
  const word = readWord(line);
  const port = parsePort(word.text);
  if (port === undefined) {
    throw errorAt(line, `Expected ${line.written} to be a number from 1 to 65535, got "${word.text}".`, word.column);
  }
  return port;
}

/** A time in seconds, such as `90`, `1m30s` or `2h` (sshd_config(5) TIME FORMATS); `undefined` for `none`. */
export function readTime(line: ConfigLine): number | undefined {
  const word = readWord(line);
  if (word.text === 'none') return undefined;
  const seconds = parseTime(word.text);
  if (seconds === undefined) {
    throw errorAt(line, `Expected ${line.written} to be a time such as 30 or 1m30s, got "${word.text}".`, word.column);
  }
  return seconds;
}

function parseTime(text: string): number | undefined {
  if (!/^(\s*\+?\d+[smhdw])*(\s*\+?\d+[smhdw]?)$/i.test(text)) return undefined;
  let total = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)([smhdw]?)/gi)) {
    total += Number(digits) * (SECONDS_OF[(unit ?? '').toLowerCase()] ?? 1);
  }
  return total <= MAX_INT ? total : undefined;
}

/** A list of algorithms. Their names are not checked: which exist depends on who connects. */
export function readAlgorithms(line: ConfigLine): AlgorithmList {
  const { text } = readWord(line);
  const op = text.startsWith('+')
    ? 'append'
    : text.startsWith('-')
      ? 'remove'
      : text.startsWith('^')
        ? 'prepend'
        : 'set';
  return { op, names: splitNames(op === 'set' ? text : text.slice(1)) };
}

/** A comma-separated list of names in one word. */
export function readNames(line: ConfigLine): readonly string[] {
  return splitNames(readText(line));
}

function splitNames(text: string): readonly string[] {
  return text.split(',').filter((name) => name !== '');
}

/** Several file names; `none`, which must stand alone, is the empty list. `undefined` where there is no name at all. */
export function readFiles(line: ConfigLine): readonly string[] | undefined {
  const words = readWords(line);
  for (const word of words) {
    if (word.text.toLowerCase() !== 'none') continue;
    if (words.length > 1) throw errorAt(line, `"none" must stand alone after ${line.written}.`, word.column);
    return [];
  }
  return words.length === 0 ? undefined : words.map((word) => word.text);
}

/**
 * The hops of a ProxyJump. A `#` or white space (but around a comma) ends them, for no host name has either. Quotes are
 * dropped: ssh keeps them for the shell that starts the jump, which drops them.
 */
export function readProxyJump(line: ConfigLine): readonly JumpHost[] | 'none' {
  const text = readCommand(line);
  const plain = text.replaceAll(/["']/g, '').replaceAll(/\s*,\s*/g, ',');
  const hops = parseProxyJump(plain.replace(/[#\s].*$/, ''));
  if (hops === undefined) {
    throw errorAt(
      line,
      `Expected ${line.written} to be none or [user@]host[:port], separated by commas, got "${text}".`,
      line.restColumn,
    );
  }
  return hops;
}
