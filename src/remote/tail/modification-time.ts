/** How long a time of modification may hide a later change: SFTP tells whole seconds. In milliseconds. */
const GRAIN = 1100;

/** Watches a file's time of modification: a change within one tick of its clock is not seen in it. */
export class ModificationTime {
  #ms = Number.NaN;
  /** When it was first seen, by our clock. */
  #since = 0;
  #settled = false;

  /** The time that was seen last, in milliseconds since the epoch. */
  get ms(): number {
    return this.#ms;
  }

  /** Whether the file was looked at since the time could last hide a change. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Takes note of the time as it is now. */
  see(ms: number): void {
    if (Object.is(ms, this.#ms)) return;
    this.#ms = ms;
    this.#since = performance.now();
    this.#settled = false;
  }

  /** Takes note that the file is being looked at. */
  looked(): void {
    this.#settled = performance.now() - this.#since >= GRAIN;
  }

  /** Forgets what was looked at: another file is meant now. */
  unsettle(): void {
    this.#settled = false;
  }
}
