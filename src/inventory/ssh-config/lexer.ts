import { ParseError } from '../../core/hawser-error.js';

/** Where a setting was written: the file (`undefined` for text that was handed in), its 1-based line and column. */
export interface ConfigPosition {
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
}

/** One line with a keyword: `column` is the keyword's. */
export interface ConfigLine extends ConfigPosition {
  /** The keyword in lower case. */
  readonly keyword: string;
  /** The keyword as it was written, for messages. */
  readonly written: string;
  /** Everything after the keyword and its `=`, without trailing white space: what a command keyword takes whole. */
  readonly rest: string;
  readonly restColumn: number;
}

/** One argument with its quotes and escapes resolved. */
export interface Word {
  readonly text: string;
  readonly column: number;
}

const KEYWORD = /^[ \t\r]*=?[ \t\r]*(?:"([^"]*)"|([^ \t\r=]+))[ \t\r]*=?[ \t\r]*/;

/** A {@link ParseError} at a place of the file; the column defaults to the position's own. */
export function errorAt(at: ConfigPosition, what: string, column: number = at.column): ParseError {
  return new ParseError(what, { file: at.file, line: at.line, column });
}

/** Splits a text into the lines that carry a keyword; blank lines and comments are left out. */
export function* lexLines(text: string, file: string | undefined): Generator<ConfigLine> {
  // An editor's byte order mark would otherwise become a part of the first keyword.
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (const [index, raw] of lines.entries()) {
    const line = lexLine(raw, file, index + 1);
    if (line !== undefined) yield line;
  }
}

function lexLine(raw: string, file: string | undefined, number: number): ConfigLine | undefined {
  const text = raw.replace(/[ \t\r\f]+$/, '');
  const found = KEYWORD.exec(text);
  const written = found?.[1] ?? found?.[2] ?? '';
  if (found === null || written === '' || written.startsWith('#')) return undefined;
  return {
    file,
    line: number,
    column: text.indexOf(written) + 1,
    keyword: written.toLowerCase(),
    written,
    rest: text.slice(found[0].length),
    restColumn: found[0].length + 1,
  };
}

/**
 * Splits the arguments of a line into words: single and double quotes group, a backslash escapes a quote, a backslash
 * or (outside of quotes) a space, and a `#` that begins a word begins a comment.
 *
 * @throws ParseError when a quote is not closed.
 */
export function splitWords(line: ConfigLine): Word[] {
  const words: Word[] = [];
  const { rest } = line;
  let index = 0;
  while (index < rest.length) {
    if (isBlank(rest[index])) {
      index++;
      continue;
    }
    if (rest[index] === '#') break;
    const [text, next] = readWord(line, index);
    words.push({ text, column: line.restColumn + index });
    index = next;
  }
  return words;
}

function readWord(line: ConfigLine, start: number): [text: string, next: number] {
  const { rest } = line;
  let text = '';
  let quote: string | undefined;
  let index = start;
  for (; index < rest.length; index++) {
    const char = rest[index] ?? '';
    if (char === '\\' && isEscapable(rest[index + 1], quote)) {
      index++;
      text += rest[index] ?? '';
    } else if (quote === undefined && isBlank(char)) {
      break;
    } else if (quote === undefined && (char === '"' || char === "'")) {
      quote = char;
    } else if (char === quote) {
      quote = undefined;
    } else {
      text += char;
    }
  }
  if (quote !== undefined) {
    throw errorAt(line, `A ${quote} in the arguments of ${line.written} is never closed.`, line.restColumn + start);
  }
  return [text, index];
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

function isEscapable(char: string | undefined, quote: string | undefined): boolean {
  return char === '"' || char === "'" || char === '\\' || (char === ' ' && quote === undefined);
}
