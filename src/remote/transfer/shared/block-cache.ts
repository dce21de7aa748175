/** A part of a file that is in memory, or on its way there. */
export interface Block {
  /** What it takes of the budget, in bytes. */
  readonly length: number;
  /** How far away its next reader is, in bytes; `Infinity` where nobody is known to come. */
  distance(): number;
  /** Told when it is given up. Who reads it just then may go on. */
  readonly dropped: () => void;
}

/**
 * Says which blocks are kept: as many as the budget holds. The one that will be wanted last is given up first (Bélády's
 * rule: the readers go forward, so that what they will want is known); among those that nobody is known to come for, the
 * one that was touched longest ago.
 */
export class BlockCache {
  readonly #budget: number;
  /** In the order of the last touch. */
  readonly #blocks = new Set<Block>();
  #held = 0;

  /** @param budget in bytes. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  add(block: Block): void {
    this.#blocks.add(block);
    this.#held += block.length;
    while (this.#held > this.#budget) this.#giveUpOne();
  }

  touch(block: Block): void {
    if (this.#blocks.delete(block)) this.#blocks.add(block);
  }

  remove(block: Block): void {
    if (this.#blocks.delete(block)) this.#held -= block.length;
  }

  #giveUpOne(): void {
    let last: Block | undefined;
    let farthest = -1;
    for (const block of this.#blocks) {
      const distance = block.distance();
      if (distance <= farthest) continue;
      last = block;
      farthest = distance;
      if (distance === Number.POSITIVE_INFINITY) break;
    }
    if (last === undefined) return;
    this.remove(last);
    last.dropped();
  }
}
