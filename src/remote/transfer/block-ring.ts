/** A block that has been handed on, and how many of its bytes have not been acknowledged. */
interface Lent {
  readonly block: Buffer;
  left: number;
}

/**
 * Memory for bytes that are read and written in order, used again once they have been acknowledged: new memory for each
 * piece of a large file costs more than the copying of it.
 */
export class BlockRing {
  readonly #free: Buffer[] = [];
  readonly #lent: Lent[] = [];

  /** A block of `length` bytes whose content nobody needs any more. */
  take(length: number): Buffer {
    const block = this.#free.pop();
    return block !== undefined && block.length >= length ? block.subarray(0, length) : Buffer.allocUnsafeSlow(length);
  }

  /** Notes that the first `length` bytes of a block have been handed on; the rest of it is unused. */
  lend(block: Buffer, length: number): void {
    if (length > 0) this.#lent.push({ block, left: length });
  }

  /** Notes that `length` more bytes have been acknowledged, in the order in which they were lent. */
  acknowledged(length: number): void {
    for (let left = length; left > 0; ) {
      const first = this.#lent[0];
      if (first === undefined) return;
      const part = Math.min(left, first.left);
      first.left -= part;
      left -= part;
      if (first.left > 0) return;
      this.#lent.shift();
      this.#free.push(first.block);
    }
  }
}
