/** A file counts for so many bytes beside its own: what a file under way costs however small it is. */
const EACH = 4096;
/** No file counts for more: a large one moves in pieces. */
const MOST = 8 * 1024 * 1024;
/** What all files under way may count for together. */
const BUDGET = 32 * 1024 * 1024;

/** Bounds the files that are under way at once, by their number and by the memory that they take. */
export class InFlight {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  readonly #idle: (() => void)[] = [];
  #files = 0;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits for room, then starts `work` and returns: {@link settled} waits for its end. `work` must not throw. */
  async start(size: number, work: () => Promise<void>): Promise<void> {
    const weight = Math.min(size, MOST) + EACH;
    while (!this.#fits(weight)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#files += 1;
    this.#bytes += weight;
    void work().finally(() => {
      this.#files -= 1;
      this.#bytes -= weight;
      this.#wake();
      if (this.#files === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
    // A large file that ended may have made room for many small ones.
    if (this.#fits(EACH)) this.#wake();
  }

  /** Waits for the end of everything that was started. */
  async settled(): Promise<void> {
    while (this.#files > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #wake(): void {
    this.#waiting.shift()?.();
  }

  #fits(weight: number): boolean {
    return this.#files === 0 || (this.#files < this.#most && this.#bytes + weight <= BUDGET);
  }
}
