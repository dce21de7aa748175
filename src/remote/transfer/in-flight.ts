/** A file counts for so many bytes beside its own: what a file under way costs however small it is. */
const EACH = 4096;
/** No file counts for more: a large one moves in pieces. */
const MOST = 8 * 1024 * 1024;
/** What all files under way may count for together. */
const BUDGET = 32 * 1024 * 1024;
/** How many files may wait for their turn: whoever looks for files runs ahead, so that the totals are known early. */
const AHEAD = 20_000;

interface Waiting {
  readonly weight: number;
  readonly work: () => Promise<void>;
}

/** Bounds the files that are under way at once, by their number and by the memory that they take. */
export class InFlight {
  readonly #most: number;
  readonly #signal: AbortSignal;
  readonly #running = new Set<Promise<void>>();
  #waiting: Waiting[] = [];
  /** How many at the head of `#waiting` have begun. */
  #begun = 0;
  #bytes = 0;

  /** @param signal nothing more begins once it has fired. */
  constructor(most: number, signal: AbortSignal) {
    this.#most = most;
    this.#signal = signal;
  }

  /** Begins `work` as soon as there is room; {@link settled} waits for its end. It returns at once, unless far too many wait. */
  async add(size: number, work: () => Promise<void>): Promise<void> {
    this.#waiting.push({ weight: Math.min(size, MOST) + EACH, work });
    this.#begin();
    while (this.#waiting.length - this.#begun > AHEAD && !this.#signal.aborted) await Promise.race(this.#running);
  }

  /** Waits for the end of everything that was added. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
  }

  #begin(): void {
    for (;;) {
      const next = this.#waiting[this.#begun];
      if (next === undefined || this.#signal.aborted || !this.#fits(next.weight)) break;
      this.#begun += 1;
      this.#bytes += next.weight;
      const running = next.work().finally(() => {
        this.#running.delete(running);
        this.#bytes -= next.weight;
        this.#begin();
      });
      this.#running.add(running);
    }
    if (this.#begun * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#begun);
    this.#begun = 0;
  }

  #fits(weight: number): boolean {
    const files = this.#running.size;
    return files === 0 || (files < this.#most && this.#bytes + weight <= BUDGET);
  }
}
