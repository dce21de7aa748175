/**
 * The one of `known` that somebody who wrote `name` most likely meant: the same but for case, `_` and `-`, or with a
 * letter in three wrong (at most two), or with `most` letters wrong. `undefined` where nothing is near enough.
 */
export function nearestName(name: string, known: Iterable<string>, most?: number): string | undefined {
  const wanted = plain(name);
  let best: string | undefined;
  let least = (most ?? Math.min(2, Math.floor(wanted.length / 3))) + 1;
  for (const candidate of known) {
    const slips = distance(wanted, plain(candidate));
    if (slips >= least) continue;
    best = candidate;
    least = slips;
  }
  return best;
}

/** The question whether {@link nearestName} was meant, to follow a sentence; nothing where no name is near enough. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const meant = nearestName(name, known);
  return meant === undefined ? '' : ` Did you mean "${meant}"?`;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/** How many letters have to be put in, left out, changed or swapped with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const steps = [at(row, j - 1) + 1, at(above, j) + 1, at(above, j - 1) + (same ? 0 : 1)];
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) steps.push(at(before, j - 2) + 1);
      row.push(Math.min(...steps));
    }
    before = above;
    above = row;
  }
  return at(above, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
