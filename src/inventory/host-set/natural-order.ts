const ZERO = 48;
const NINE = 57;

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** The index after the run of digits that holds `start`. */
function runEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isDigit(text.charCodeAt(end))) end += 1;
  return end;
}

/**
 * Compares two runs of digits by value, then the less padded one first (`1`, `01`, `2`). Works on digits rather than
 * numbers, so runs of any length keep their order.
 */
function comparePadded(a: string, b: string): number {
  const left = a.replace(/^0+(?=\d)/u, '');
  const right = b.replace(/^0+(?=\d)/u, '');
  if (left.length !== right.length) return left.length - right.length;
  if (left !== right) return left < right ? -1 : 1;
  return a.length - b.length;
}

/**
 * The order in which people count: `n2` before `n10`, `n1` before `n01`. A total order: 0 for equal names alone.
 *
 * It does not depend on the locale, so a fleet has one order on every machine.
 */
export function compareNames(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  let index = 0;
  let runStart = 0;
  while (index < shared && a.charCodeAt(index) === b.charCodeAt(index)) {
    if (!isDigit(a.charCodeAt(index))) runStart = index + 1;
    index += 1;
  }
  const left = isDigit(a.charCodeAt(index));
  const right = isDigit(b.charCodeAt(index));
  if ((left && right) || ((left || right) && runStart < index)) {
    const aEnd = runEnd(a, index);
    const bEnd = runEnd(b, index);
    if (aEnd === bEnd) return a.charCodeAt(index) - b.charCodeAt(index);
    if (a.charCodeAt(runStart) !== ZERO && b.charCodeAt(runStart) !== ZERO) return aEnd - bEnd;
    return comparePadded(a.slice(runStart, aEnd), b.slice(runStart, bEnd));
  }
  return index < shared ? a.charCodeAt(index) - b.charCodeAt(index) : a.length - b.length;
}

/** The distinct names, in natural order. */
export function sortedNames(names: Iterable<string>): string[] {
  return [...new Set(names)].sort(compareNames);
}
