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

/**
 * The regular expression of a pattern. What lies between two stars is taken where it is first found, for good: later
 * places could match no more than that one, and trying them would take for ever on some names.
 */
function source(pattern: readonly string[]): string {
  const [first = '', ...others] = betweenStars(pattern);
  const last = others.pop();
  if (last === undefined) return first;
  const middle = others.filter((part) => part !== '').map((part, i) => `(?=(?<p${i}>.*?${part}))\\k<p${i}>`);
  return `${first}${middle.join('')}.*${last}`;
}

function betweenStars(pattern: readonly string[]): string[] {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    const end = char === '[' ? endOfClass(pattern, at + 1) : -1;
    if (char === '*') {
      parts.push(part);
      part = '';
    } else if (end !== -1) {
      part += classSource(pattern.slice(at + 1, end));
      at = end;
    } else {
      part += char === '?' ? '.' : /[\\^$.+()[\]{}|/]/.test(char) ? `\\${char}` : char;
    }
  }
  return [...parts, part];
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
