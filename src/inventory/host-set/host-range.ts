/** The numbers from `first` to `last`, each written with at least `width` digits. */
export interface HostRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  /** Digits to pad to with zeros; 0 for numbers that are not padded. */
  readonly width: number;
}

/** Numbers with more digits are text to us: past 2^53 a double cannot count them. */
export const MOST_DIGITS = 15;

/** How many numbers a range holds. */
export function countRange({ first, last, step }: HostRange): number {
  return Math.floor((last - first) / step) + 1;
}

/** The numbers of a range, as they are written in names. */
export function expandRange({ first, last, step, width }: HostRange): string[] {
  const numbers: string[] = [];
  for (let value = first; value <= last; value += step) numbers.push(String(value).padStart(width, '0'));
  return numbers;
}

/** A range that runs by one, while it is being folded; `last` grows. */
interface Run {
  readonly first: number;
  readonly width: number;
  last: number;
}

/**
 * Folds distinct numbers, as they are written in names, into the text between the brackets of a range list:
 * `['1', '2', '3', '08', '09', '10']` becomes `1-3,08-10`. Padding is kept: a number that begins with a zero only
 * runs together with numbers of its width.
 */
export function foldNumbers(numbers: Iterable<string>): string {
  const runs = joinPadding(runsOf(numbers));
  runs.sort((a, b) => a.first - b.first || a.width - b.width);
  return writeRuns(runs);
}

/** Every run of numbers of one padding: 0 for those without a leading zero, else their width. */
function runsOf(numbers: Iterable<string>): Run[] {
  const byWidth = new Map<number, number[]>();
  for (const number of numbers) {
    const width = isPadded(number) ? number.length : 0;
    const values = byWidth.get(width);
    if (values === undefined) byWidth.set(width, [Number(number)]);
    else values.push(Number(number));
  }
  const runs: Run[] = [];
  for (const [width, values] of byWidth) {
    values.sort((a, b) => a - b);
    let run: Run | undefined;
    for (const value of values) {
      if (run !== undefined && value === run.last + 1) {
        run.last = value;
      } else {
        run = { first: value, last: value, width };
        runs.push(run);
      }
    }
  }
  return runs;
}

/** `08-09` and `10-12` are one run: `10` needs no zero to be two digits wide. */
function joinPadding(runs: readonly Run[]): Run[] {
  const natural = new Map(runs.filter((run) => run.width === 0).map((run) => [run.first, run]));
  const joined: Run[] = [];
  for (const run of runs) {
    const next = run.width === 0 ? undefined : natural.get(run.last + 1);
    if (next === undefined || String(next.first).length !== run.width) {
      if (run.width !== 0) joined.push(run);
      continue;
    }
    const widest = 10 ** run.width - 1;
    joined.push({ ...run, last: Math.min(next.last, widest) });
    natural.delete(next.first);
    if (next.last > widest) natural.set(widest + 1, { first: widest + 1, last: next.last, width: 0 });
  }
  return [...joined, ...natural.values()];
}

function isPadded(number: string): boolean {
  return number.length > 1 && number.startsWith('0');
}

function writeRuns(runs: readonly Run[]): string {
  const texts: string[] = [];
  for (let index = 0; index < runs.length; ) {
    const stepped = writeStepped(runs, index);
    texts.push(stepped?.text ?? writeRun(runs[index]));
    index += stepped?.used ?? 1;
  }
  return texts.join(',');
}

function writeRun(run: Run | undefined): string {
  if (run === undefined) return '';
  const first = String(run.first).padStart(run.width, '0');
  return run.first === run.last ? first : `${first}-${String(run.last).padStart(run.width, '0')}`;
}

/** Writes single numbers at one distance, from `start` on, as `0-30/5`, where that is shorter than their list. */
function writeStepped(runs: readonly Run[], start: number): { text: string; used: number } | undefined {
  const first = runs[start];
  const second = runs[start + 1];
  if (first === undefined || second === undefined) return undefined;
  const step = second.first - first.first;
  let end = start;
  let listLength = -1;
  for (let run: Run | undefined = first; run !== undefined; run = runs[end]) {
    if (run.first !== run.last || run.width !== first.width || run.first !== first.first + step * (end - start)) break;
    listLength += writeRun(run).length + 1;
    end += 1;
  }
  const last = runs[end - 1];
  if (last === undefined) return undefined;
  const text = `${writeRun({ ...first, last: last.last })}/${step}`;
  return text.length < listLength ? { text, used: end - start } : undefined;
}
