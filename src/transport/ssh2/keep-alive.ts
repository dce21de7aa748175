import { LONGEST_TIMER } from '../../core/deadline.js';
import type { KeepAlive } from '../../inventory/target.js';

/** Asks a silent server for a sign of life, and tells when too many questions have gone unanswered. */
export class KeepAliveTimer {
  #unanswered = 0;
  #heard = false;
  #stopped = false;
  readonly #timer: NodeJS.Timeout;

  constructor(o: KeepAlive, ask: () => void, lost: (silentMs: number) => void) {
    // ssh_config may ask for more than a timer can wait, which would then fire without pause.
    const interval = Math.min(o.interval, LONGEST_TIMER);
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
          lost(interval * (o.countMax + 1));
        });
        return;
      }
      this.#unanswered += 1;
      ask();
    }, interval).unref();
  }

  /** Whether a question waits for its answer, or for any other word of the server. */
  get isWaiting(): boolean {
    return this.#unanswered > 0 && !this.#heard;
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
