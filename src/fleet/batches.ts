/** Hosts that are worked on together, by their places in the fleet, in the order in which they are begun. */
export interface Batch {
  readonly places: readonly number[];
  readonly canary: boolean;
}

/** How to part a fleet. */
export interface Parting {
  readonly total: number;
  readonly order: 'fleet' | 'random';
  /** How many go first, by themselves; 0: none do. */
  readonly canary: number;
  /** The sizes of the batches after that: at least one size, none of them 0. The last one repeats. */
  readonly sizes: readonly number[];
}

/** Parts the places of `total` hosts into batches: each place is in exactly one of them, and none is empty. */
export function makeBatches({ total, order, canary, sizes }: Parting): Batch[] {
  const places = Array.from({ length: total }, (_, place) => place);
  if (order === 'random') shuffle(places);
  const batches: Batch[] = [];
  if (canary > 0 && total > 0) batches.push({ places: places.slice(0, canary), canary: true });
  let at = canary;
  for (let i = 0; at < total; i += 1) {
    const size = sizes[Math.min(i, sizes.length - 1)] ?? total;
    batches.push({ places: places.slice(at, at + size), canary: false });
    at += size;
  }
  return batches;
}

/** Fisher and Yates: every order is as likely as any other. */
function shuffle(list: number[]): void {
  for (let i = list.length - 1; i > 0; i -= 1) {
    const other = Math.floor(Math.random() * (i + 1));
    const [a, b] = [list[i], list[other]];
    if (a === undefined || b === undefined) return;
    list[i] = b;
    list[other] = a;
  }
}
