/** What a name has to be like. */
export type NameTest = (name: string) => boolean;

/**
 * A test for one name by a shell pattern, as Python's `fnmatch` and POSIX.1-2017 §2.14.1 have it: `*`, `?`, `[abc]`,
 * `[a-z]`, `[!abc]`. A name that begins with a dot is like any other. `?` is one character, or one byte of a name that is
 * not UTF-8.
 */
export function nameTest(pattern: string, ignoreCase: boolean): NameTest {
  if (!isPattern(pattern)) {
    const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
    return ignoreCase ? (name) => name.toLowerCase() === wanted : (name) => name === wanted;
  }
  const expression = new RegExp(`^${source([...pattern])}$`, ignoreCase ? 'sui' : 'su');
  return (name) => expression.test(name);
}

/** Whether a text has anything in it that stands for more than itself. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

function source(pattern: readonly string[]): string {
  let out = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    if (char === '*') {
      // Several in a row would make the expression slow, and mean no more than one.
      if (pattern[at - 1] !== '*') out += '.*';
    } else if (char === '?') {
      out += '.';
    } else if (char === '[') {
      const end = endOfClass(pattern, at + 1);
      out += end === -1 ? '\\[' : classSource(pattern.slice(at + 1, end));
      if (end !== -1) at = end;
    } else {
      out += /[\\^$.+()\]{}|/]/.test(char) ? `\\${char}` : char;
    }
  }
  return out;
}

/** Where a bracket expression ends; a `]` that comes first in it is one of its characters. */
function endOfClass(pattern: readonly string[], from: number): number {
  const first = pattern[from] === '!' ? from + 1 : from;
  return pattern.indexOf(']', pattern[first] === ']' ? first + 1 : first);
}

function classSource(chars: readonly string[]): string {
  const negated = chars[0] === '!';
  let members = '';
  for (let at = negated ? 1 : 0; at < chars.length; at += 1) {
    const from = chars[at] ?? '';
    const to = chars[at + 1] === '-' ? chars[at + 2] : undefined;
    if (to === undefined) {
      members += literal(from);
      continue;
    }
    // A range that runs backwards holds nothing.
    if ((from.codePointAt(0) ?? 0) <= (to.codePointAt(0) ?? 0)) members += `${literal(from)}-${literal(to)}`;
    at += 2;
  }
  if (members === '') return negated ? '.' : '(?!)';
  return `[${negated ? '^' : ''}${members}]`;
}

/** A character as itself within the brackets of a regular expression. */
function literal(char: string): string {
  return /[\\^[\]-]/.test(char) ? `\\${char}` : char;
}
