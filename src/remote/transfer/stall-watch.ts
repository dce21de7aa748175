/**
 * Notices when nothing has moved for too long: a server may stop answering one request while its link stands. It looks
 * from time to time, and does not keep the process alive.
 */
export class StallWatch implements Disposable {
  #last: number = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param limit in milliseconds; `undefined`: never. */
  constructor(limit: number | undefined, stalled: (limit: number) => void) {
    if (limit === undefined) return;
    const look = (): void => {
      if (performance.now() - this.#last >= limit) stalled(limit);
    };
    this.#timer = setInterval(look, Math.min(Math.max(limit / 4, 1), 5000)).unref();
  }

  /** Something has moved: bytes, or an answer. */
  moved(): void {
    this.#last = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
