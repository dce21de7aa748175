/** Says whether a text matches one compiled pattern. */
export type PatternTest = (text: string) => boolean;

/** Whether a pattern has wildcards, so that it names more than itself. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

/** Lower-cases ASCII letters alone, as ssh does with host names: other letters have no case for it. */
export function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Compiles a pattern of ssh_config(5) PATTERNS: `*` stands for any characters, `?` for exactly one, all else for itself.
 *
 * The test looks for the parts between the stars from left to right and never goes back, so that no pattern can make it
 * slow; a regular expression or the obvious recursion takes exponential time on `*a*a*a*b`.
 */
export function compilePattern(pattern: string): PatternTest {
  if (!hasWildcard(pattern)) return (text) => text === pattern;
  const [first = '', ...others] = pattern.split('*');
  const startsFirst = partTest(first);
  const last = others.pop();
  if (last === undefined) return (text) => text.length === first.length && startsFirst(text, 0);
  const startsLast = partTest(last);
  const middle = others.filter((part) => part !== '').map((part) => ({ length: part.length, starts: partTest(part) }));
  const least = first.length + last.length + middle.reduce((sum, part) => sum + part.length, 0);
  return (text) => {
    const end = text.length - last.length;
    if (text.length < least || !startsFirst(text, 0) || !startsLast(text, end)) return false;
    let position = first.length;
    for (const { length, starts } of middle) {
      while (position + length <= end && !starts(text, position)) position++;
      if (position + length > end) return false;
      position += length;
    }
    return true;
  };
}

/** Says whether a part without stars stands at a place of a text that is long enough for it. */
function partTest(part: string): (text: string, start: number) => boolean {
  if (!part.includes('?')) return (text, start) => text.startsWith(part, start);
  return (text, start) => {
    for (let index = 0; index < part.length; index++) {
      if (part[index] !== '?' && part[index] !== text[start + index]) return false;
    }
    return true;
  };
}

/**
 * A key that every name that the pattern matches has among its {@link keysOfName}: the name itself, how it begins, or
 * how it ends. `undefined` for a pattern that says neither, such as `*`.
 */
export function keyOfPattern(pattern: string): string | undefined {
  if (!hasWildcard(pattern)) return `=${pattern}`;
  const start = pattern.search(/[*?]/);
  if (start > 0) return `^${pattern.slice(0, start)}`;
  const end = pattern.slice(Math.max(pattern.lastIndexOf('*'), pattern.lastIndexOf('?')) + 1);
  return end === '' ? undefined : `$${end}`;
}

/** Every key that a name can be found by. */
export function keysOfName(name: string): string[] {
  const keys = [`=${name}`];
  for (let index = 1; index <= name.length; index++) {
    keys.push(`^${name.slice(0, index)}`, `$${name.slice(name.length - index)}`);
  }
  return keys;
}

/**
 * Compiles a comma-separated pattern list: it matches when one of its patterns does and none of those with a `!` before
 * them does. A list of negations alone matches nothing.
 */
export function compilePatternList(list: string, options: { readonly lowerCase?: boolean } = {}): PatternTest {
  const text = options.lowerCase === true ? asciiLowerCase(list) : list;
  const wanted: PatternTest[] = [];
  const refused: PatternTest[] = [];
  for (const part of text.split(',')) {
    if (part.startsWith('!')) refused.push(compilePattern(part.slice(1)));
    else wanted.push(compilePattern(part));
  }
  return (candidate) => !refused.some((test) => test(candidate)) && wanted.some((test) => test(candidate));
}
