import { Lease } from '../core/lease.js';

/**
 * A worker of a pool, for as long as it is kept: no other call has it meanwhile. It is given back once, by `release` or at
 * the end of an `await using` block; a second `release` throws.
 */
export class PoolLease<out C> extends Lease {
  readonly connection: C;
  readonly #verdict: { spoilt: boolean };

  /** Made by a pool; `giveBack` runs once. */
  constructor(connection: C, giveBack: (spoilt: boolean) => void) {
    const verdict = { spoilt: false };
    super(() => giveBack(verdict.spoilt));
    this.connection = connection;
    this.#verdict = verdict;
  }

  /** Gives the worker back to be replaced: nobody knows what state it is in. Throws as `release` does. */
  discard(): void {
    this.#verdict.spoilt = true;
    this.release();
  }
}
