/** How many patterns one may stand for. */
const MOST = 10_000;

/**
 * The patterns that one with braces stands for, as in bash: `a{b,c/d}e` is `abe` and `ac/de`, `{1..3}` counts, and a
 * brace without a comma or two dots is itself. A backslash takes its meaning from a character.
 */
export function expandBraces(pattern: string): string[] {
  let done: string[] = [];
  let open = [pattern];
  while (open.length > 0 && done.length + open.length < MOST) {
    const next: string[] = [];
    for (const one of open) {
      const braces = firstBraces(one);
      if (braces === undefined) done = [...done, one];
      else for (const choice of braces.choices) next.push(`${braces.before}${choice}${braces.after}`);
    }
    open = next;
  }
  return [...done, ...open];
}

interface Braces {
  readonly before: string;
  readonly choices: readonly string[];
  readonly after: string;
}

/** The first braces that mean a choice. */
function firstBraces(pattern: string): Braces | undefined {
  for (let from = 0; from < pattern.length; from += 1) {
    const c = pattern[from];
    if (c === '\\') from += 1;
    else if (c === '[') from = endOfClass(pattern, from);
    else if (c === '{') {
      const found = bracesAt(pattern, from);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function bracesAt(pattern: string, from: number): Braces | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let at = from; at < pattern.length; at += 1) {
    const c = pattern[at];
    if (c === '\\') at += 1;
    else if (c === '{') depth += 1;
    else if (c === ',' && depth === 1) commas.push(at);
    else if (c === '}') {
      depth -= 1;
      if (depth > 0) continue;
      const inside = pattern.slice(from + 1, at);
      const choices = commas.length > 0 ? between(pattern, [from, ...commas, at]) : range(inside);
      if (choices === undefined) return undefined;
      return { before: pattern.slice(0, from), choices, after: pattern.slice(at + 1) };
    }
  }
  return undefined;
}

function between(pattern: string, marks: readonly number[]): string[] {
  return marks.slice(1).map((mark, i) => pattern.slice((marks[i] ?? 0) + 1, mark));
}

/** `1..10`, `01..10`, `a..e`, with a step or without. */
function range(inside: string): string[] | undefined {
  const parts = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?$/.exec(inside);
  if (parts === null) return undefined;
  const [, first = '', last = '', by] = parts;
  const letters = /[a-zA-Z]/.test(first);
  if (letters !== /[a-zA-Z]/.test(last)) return undefined;
  const from = letters ? first.charCodeAt(0) : Number(first);
  const to = letters ? last.charCodeAt(0) : Number(last);
  const step = Math.max(1, Math.abs(Number(by ?? 1))) * (to < from ? -1 : 1);
  const width = /^-?0\d/.test(first) || /^-?0\d/.test(last) ? Math.max(first.length, last.length) : 0;
  const all: string[] = [];
  for (let n = from; (step > 0 ? n <= to : n >= to) && all.length < MOST; n += step) {
    all.push(letters ? String.fromCharCode(n) : padded(n, width));
  }
  return all;
}

function padded(n: number, width: number): string {
  return n < 0 ? `-${String(-n).padStart(width - 1, '0')}` : String(n).padStart(width, '0');
}

function endOfClass(pattern: string, from: number): number {
  const end = pattern.indexOf(']', from + 2);
  return end === -1 ? from : end;
}
