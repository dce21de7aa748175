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
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return (text) => text.length === first.length && matchesAt(text, first, 0);
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  const least = parts.reduce((sum, part) => sum + part.length, 0);
  return (text) => {
    if (text.length < least || !matchesAt(text, first, 0)) return false;
    const end = text.length - last.length;
    if (!matchesAt(text, last, end)) return false;
    let position = first.length;
    for (const part of middle) {
      position = findPart(text, part, position, end);
      if (position === -1) return false;
    }
    return true;
  };
}

/** The position after the first place between `from` and `end` where the part stands; -1 if there is none. */
function findPart(text: string, part: string, from: number, end: number): number {
  for (let start = from; start + part.length <= end; start++) {
    if (matchesAt(text, part, start)) return start + part.length;
  }
  return -1;
}

function matchesAt(text: string, part: string, start: number): boolean {
  if (!part.includes('?')) return text.startsWith(part, start);
  for (let index = 0; index < part.length; index++) {
    const wanted = part[index];
    if (wanted !== '?' && wanted !== text[start + index]) return false;
  }
  return true;
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
