import type { KeepAlive } from '../../inventory/target.js';

/** Asks a silent server for a sign of life, and tells when too many questions have gone unanswered. */
export class KeepAliveTimer {
  #unanswered = 0;
  #heard = false;
  #stopped = false;
  readonly #timer: NodeJS.Timeout;

  constructor(o: KeepAlive, ask: () => void, lost: (silentMs: number) => void) {
    this.#timer = setInterval(() => {
      if (this.#heard) {
        this.#heard = false;
        this.#unanswered = 0;
        return;
      }
      if (this.#unanswered >= o.countMax) {
        // After a long stall of this process, answers may lie unread: they have their turn before the verdict.
        setImmediate(() => {
          if (this.#heard || this.#stopped) return;
          this.stop();
          lost(o.interval * (o.countMax + 1));
        });
        return;
      }
      this.#unanswered += 1;
      ask();
    }, o.interval).unref();
  }

  /** Something came from the server: it lives. */
  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }
}
