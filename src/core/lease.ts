import { neverAborted } from './abort.js';
import { HawserError } from './hawser-error.js';

/**
 * The right to something shared, to be given back exactly once. A second {@link Lease.release} throws, since whoever
 * calls it would free what another holds by now; leaving an `await using` block after a release is fine.
 */
export class Lease implements AsyncDisposable, Disposable {
  /**
   * Fires where what is leased was lost before it was given back, with the error that says how. Of what this process has
   * to itself it never does: it is for what a broker lends.
   */
  readonly signal: AbortSignal;
  #giveBack: (() => void) | undefined;

  /** Made by a mutex, a limiter or a pool; `giveBack` runs once. */
  constructor(giveBack: () => void, signal: AbortSignal = neverAborted) {
    this.signal = signal;
    this.#giveBack = giveBack;
  }

  /** Whether it has been given back. */
  get released(): boolean {
    return this.#giveBack === undefined;
  }

  /** Gives it back. Throws a {@link HawserError} (`ERR_HAWSER_LEASE`) the second time. */
  release(): void {
    const giveBack = this.#giveBack;
    if (giveBack === undefined) {
      throw new HawserError('ERR_HAWSER_LEASE', 'This lease was released before: each lease is given back once.');
    }
    this.#giveBack = undefined;
    giveBack();
  }

  [Symbol.dispose](): void {
    if (!this.released) this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }
}
