import { checkTimeout } from './deadline.js';
import { OptionError } from './hawser-error.js';

/** How a lost link is made again by itself. */
export interface ReconnectOptions {
  /** How many attempts may fail one after another before it is given up; 0: it is never tried. Default 10. */
  readonly attempts?: number;
  /** Before the first attempt, in milliseconds; each further one waits twice as long. Default 250. */
  readonly delay?: number;
  /** The longest wait, in milliseconds. Default 10,000. */
  readonly maxDelay?: number;
}

const ATTEMPTS = 10;
const DELAY = 250;
const MAX_DELAY = 10_000;

/**
 * The waits between attempts: each twice the one before up to a limit, less a random part of up to a half, so that a
 * thousand clients of one server that comes back do not come back at once.
 */
export class Backoff {
  readonly #attempts: number;
  readonly #delay: number;
  readonly #maxDelay: number;
  #failed = 0;

  /** @throws OptionError for an option that cannot be meant. */
  constructor(o: ReconnectOptions = {}) {
    const { attempts = ATTEMPTS } = o;
    if (!(Number.isSafeInteger(attempts) && attempts >= 0)) {
      throw new OptionError(
        `Expected the \`attempts\` option to be a non-negative integer, got ${String(attempts)}: 0 is for never.`,
      );
    }
    this.#attempts = attempts;
    this.#delay = checkTimeout('delay', o.delay) ?? DELAY;
    this.#maxDelay = checkTimeout('maxDelay', o.maxDelay) ?? MAX_DELAY;
  }

  /** How many attempts have been asked for since the last {@link reset}. */
  get attempt(): number {
    return this.#failed;
  }

  /** How long to wait before the next attempt, in milliseconds; `undefined` when there is to be none. */
  next(): number | undefined {
    if (this.#failed >= this.#attempts) return undefined;
    const whole = Math.min(this.#delay * 2 ** this.#failed, this.#maxDelay);
    this.#failed += 1;
    return whole * (1 - Math.random() / 2);
  }

  /** How long to wait, in milliseconds, where it goes on although the attempts are used up: the longest wait there is. */
  get longest(): number {
    return this.#maxDelay;
  }

  /** Takes note that an attempt succeeded. */
  reset(): void {
    this.#failed = 0;
  }
}
