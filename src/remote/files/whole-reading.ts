import type { OpenFile } from './file-driver.js';

/**
 * The reading of a whole file, which is begun anew where its link was lost. What was read of a pipe or a device is gone from
 * it: its rest would pass for all of it, so that the reading of one fails with the first error.
 */
export class WholeReading {
  #begun = false;
  #lost: unknown;

  /** The file is open. Throws why the reading before this one failed, where that cannot be made good. */
  async begin(file: OpenFile): Promise<void> {
    if (this.#begun && !(await file.stat()).isFile()) throw this.#lost;
  }

  /** Some of it has come. */
  came(): void {
    this.#begun = true;
  }

  /** Takes note of why a reading failed, and gives it back. */
  failed(error: unknown): unknown {
    this.#lost ??= error;
    return error;
  }
}
