/** A file counts for so many bytes beside its own: what a file under way costs however small it is. */
const EACH = 4096;
/** No file counts for more: a large one moves in pieces. */
const MOST = 8 * 1024 * 1024;
/** What all files under way may count for together. */
const BUDGET = 32 * 1024 * 1024;

/** Bounds the files that are under way at once, by their number and by the memory that they take. */
export class InFlight {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits for room, then starts `work` and returns: {@link settled} waits for its end. `work` must not throw. */
  async start(size: number, work: () => Promise<void>): Promise<void> {
    const weight = Math.min(size, MOST) + EACH;
    while (!this.#fits(weight)) await Promise.race(this.#running);
    this.#bytes += weight;
    const running = work().finally(() => {
      this.#running.delete(running);
      this.#bytes -= weight;
    });
    this.#running.add(running);
  }

  /** Waits for the end of everything that was started. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #fits(weight: number): boolean {
    const files = this.#running.size;
    return files === 0 || (files < this.#most && this.#bytes + weight <= BUDGET);
  }
}
