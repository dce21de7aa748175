/** Ends of names that compressors make (logrotate(8) `compresscmd`, newsyslog.conf(5) flags). */
const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|lzma|Z|zip)$/;
/** What is put into a name when its file is rotated: a number, a date, a time, or some of them. */
const MARKING = /^[-._@]?(?=[^/]*\d)[-\dTtZz:._+]+$/;
/** A number that counts files and is no date. */
const COUNTER = /^\D*(\d{1,5})\D*$/;

/** The name of a file that may have been rotated away. Names are text of one character for each byte. */
export interface RotatedName {
  readonly name: string;
  /** Whether its file was compressed since, so that it cannot be read on. */
  readonly compressed: boolean;
  /** What was put into the name: `.1`, `-20261122`, `.2026-11-22T10:00`. */
  readonly marking: string;
}

/**
 * Tells whether `name` is one that a log called `base` may have been given when it was rotated: `app.log.1`,
 * `app.log-20261122`, `app-2026-11-22.log`, each compressed or not. `app.log.err` and `app-web.log` are other logs.
 */
export function rotatedName(base: string, name: string): RotatedName | undefined {
  const compressed = COMPRESSED.test(name);
  const plain = compressed ? name.replace(COMPRESSED, '') : name;
  const dot = base.lastIndexOf('.');
  const ways = [[base, ''] as const, ...(dot > 0 ? [[base.slice(0, dot), base.slice(dot)] as const] : [])];
  for (const [start, end] of ways) {
    if (plain.length <= start.length + end.length || !plain.startsWith(start) || !plain.endsWith(end)) continue;
    const marking = plain.slice(start.length, plain.length - end.length);
    if (MARKING.test(marking)) return { name, compressed, marking };
  }
  return undefined;
}

/**
 * Puts rotated names in order, the newest first: by their dates, or by their numbers, of which the smallest is the newest
 * unless `mtimeMs` says that they count upwards. Names of several manners go by `mtimeMs`.
 */
export function newestFirst<T extends RotatedName & { readonly mtimeMs: number }>(names: readonly T[]): readonly T[] {
  const manners = new Set(names.map(({ marking }) => (COUNTER.test(marking) ? 'counter' : 'date')));
  const natural = names.toSorted((a, b) => compareNaturally(b.marking, a.marking));
  if (manners.size > 1) return natural.toSorted((a, b) => b.mtimeMs - a.mtimeMs);
  if (!manners.has('counter')) return natural;
  const [largest, smallest] = [natural[0], natural.at(-1)];
  const upwards = largest !== undefined && smallest !== undefined && largest.mtimeMs > smallest.mtimeMs;
  return upwards ? natural : natural.toReversed();
}

/** Compares text in which numbers count as such: `a9` comes before `a10`. */
function compareNaturally(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/\d+|\D/g) ?? []);
  for (const [i, part] of (left ?? []).entries()) {
    const other = right?.[i];
    if (other === undefined) return 1;
    const difference = /\d/.test(part) && /\d/.test(other) ? compareNumbers(part, other) : compareText(part, other);
    if (difference !== 0) return difference;
  }
  return (left?.length ?? 0) - (right?.length ?? 0);
}

/** Numbers of any length. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || compareText(left, right);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
