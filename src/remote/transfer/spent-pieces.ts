import { releaseMemory } from '../../core/release-memory.js';

/** Gives the memory of pieces back that were handed on, as soon as all their bytes have been acknowledged, in order. */
export class SpentPieces {
  readonly #pieces: Buffer[] = [];
  /** How much of the first one has been acknowledged. */
  #acknowledged = 0;

  /** Takes note of pieces that are handed on, whose memory is theirs alone. */
  put(pieces: readonly Buffer[]): void {
    this.#pieces.push(...pieces);
  }

  /** Takes note that `length` more bytes are needed no longer. */
  acknowledged(length: number): void {
    this.#acknowledged += length;
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      // Released, it has no length any more.
      const { length: whole } = first;
      if (this.#acknowledged < whole) return;
      this.#acknowledged -= whole;
      this.#pieces.shift();
      releaseMemory(first);
    }
  }
}
