import { LONGEST_TIMER } from '../../core/deadline.js';
import type { KeepAlive } from '../../inventory/target.js';

/**
 * Asks a server that has been silent for an interval for a sign of life, again after each further one, and tells when as many
 * questions as there may be have gone unanswered: as `ServerAliveInterval` and `ServerAliveCountMax` of ssh_config(5).
 */
export class KeepAliveTimer {
  readonly #interval: number;
  readonly #countMax: number;
  readonly #ask: () => void;
  readonly #lost: (silentMs: number) => void;
  #unanswered = 0;
  #heard = false;
  #lastWord = performance.now();
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(o: KeepAlive, ask: () => void, lost: (silentMs: number) => void) {
    // ssh_config may ask for more than a timer can wait, which would then fire without pause.
    this.#interval = Math.min(o.interval, LONGEST_TIMER);
    this.#countMax = o.countMax;
    this.#ask = ask;
    this.#lost = lost;
    this.#wait(this.#interval);
  }

  /** Whether a question waits for its answer, or for any other word of the server. */
  get isWaiting(): boolean {
    return this.#unanswered > 0 && !this.#heard;
  }

  /** Something came from the server: it lives. */
  heard(): void {
    this.#heard = true;
    this.#lastWord = performance.now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), ms).unref();
  }

  #look(): void {
    if (this.#heard) {
      this.#goOn();
    } else if (this.#unanswered < this.#countMax) {
      this.#question();
    } else {
      // After a long stall of this process, answers may lie unread: they have their turn before the verdict.
      setImmediate(() => this.#judge());
    }
  }

  /** The server has spoken since: its silence counts from then, and no timer was set anew for each word. */
  #goOn(): void {
    this.#heard = false;
    this.#unanswered = 0;
    const left = this.#interval - (performance.now() - this.#lastWord);
    // Past its end, where this process was stopped, it is the first interval of silence, however long it was.
    if (left <= 0) this.#question();
    else this.#wait(Math.ceil(left));
  }

  #question(): void {
    this.#unanswered += 1;
    this.#wait(this.#interval);
    this.#ask();
  }

  #judge(): void {
    if (this.#stopped) return;
    if (this.#heard) {
      this.#goOn();
      return;
    }
    this.stop();
    this.#lost(this.#interval * (this.#countMax + 1));
  }
}
