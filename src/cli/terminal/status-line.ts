import type { Output } from './output.js';

/** What is over before this many milliseconds shows no status: nothing moves that need not. */
const PATIENCE = 400;
/** Ten times a second is as often as anybody looks, in milliseconds. */
const INTERVAL = 100;

/** Keeps what is under way on the last lines of a terminal, redrawn as time goes by; nothing where stderr is none. */
export class StatusLine implements Disposable {
  readonly #output: Output;
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param draw gives the lines, told for how many milliseconds it has lasted. */
  constructor(output: Output, draw: (elapsedMs: number) => string, wanted: boolean = true) {
    this.#output = output;
    if (!wanted || !output.isStatusTerminal) return;
    const begun = performance.now();
    this.#timer = setInterval(() => {
      const elapsedMs = performance.now() - begun;
      if (elapsedMs >= PATIENCE) output.status(draw(elapsedMs));
    }, INTERVAL);
    this.#timer.unref();
  }

  /** Whether anything is ever drawn. */
  get active(): boolean {
    return this.#timer !== undefined;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#output.status('');
  }
}
