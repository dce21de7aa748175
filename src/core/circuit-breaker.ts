import { Backoff } from './backoff.js';
import type { HawserError } from './hawser-error.js';
import { checkLimit } from './limiter.js';

/** When a {@link CircuitBreaker} opens, and for how long. */
export interface CircuitBreakerOptions {
  /** After how many failures one after another: a positive integer. Default 5. */
  readonly failures?: number;
  /** How long nothing is tried then, in milliseconds; twice as long after each further failure. Default 1,000. */
  readonly delay?: number;
  /** The longest such pause, in milliseconds. Default 30,000. */
  readonly maxDelay?: number;
}

/** Why nothing is tried now. */
export interface Refusal {
  /** How the last attempt failed. */
  readonly cause: HawserError;
  /** How many have failed, one after another. */
  readonly failures: number;
  /** In how many milliseconds it may be tried again; `undefined`: somebody is trying now. */
  readonly retryIn: number | undefined;
}

const FAILURES = 5;
const DELAY = 1000;
const MAX_DELAY = 30_000;

/**
 * Keeps a thousand tasks from hammering at what is dead. After some failures in a row it is open: nobody tries for a while. Then
 * one may try (half-open): where that goes well it is closed again, else it stays open for longer.
 */
export class CircuitBreaker {
  readonly #most: number;
  readonly #backoff: Backoff;
  #failures = 0;
  #last: HawserError | undefined;
  /** When it may be tried again, on the clock of `performance.now()`. */
  #openUntil = 0;
  #onTrial = false;

  /** @throws OptionError for an option that cannot be meant. */
  constructor(o: CircuitBreakerOptions = {}) {
    const { failures = FAILURES, delay = DELAY, maxDelay = MAX_DELAY } = o;
    this.#most = checkLimit('failures', failures);
    this.#backoff = new Backoff({ attempts: Number.MAX_SAFE_INTEGER, delay, maxDelay });
  }

  /** Whether nothing speaks against what it guards: it may as well be forgotten. */
  get isClear(): boolean {
    return this.#failures === 0 && !this.#onTrial;
  }

  /**
   * Asks to try. `undefined`: go on, and say what came of it by {@link succeeded}, {@link failed} or {@link gaveUp}; else why
   * not.
   */
  enter(): Refusal | undefined {
    const cause = this.#last;
    if (this.#failures < this.#most || cause === undefined) return undefined;
    const left = this.#openUntil - performance.now();
    if (left <= 0 && !this.#onTrial) {
      this.#onTrial = true;
      return undefined;
    }
    return { cause, failures: this.#failures, retryIn: this.#onTrial ? undefined : left };
  }

  succeeded(): void {
    this.#failures = 0;
    this.#last = undefined;
    this.#onTrial = false;
    this.#backoff.reset();
  }

  failed(cause: HawserError): void {
    const wasOnTrial = this.#onTrial;
    const now = performance.now();
    this.#failures += 1;
    this.#last = cause;
    this.#onTrial = false;
    if (this.#failures < this.#most) return;
    // A thousand who had begun before it opened are no reason to wait for longer.
    if (wasOnTrial || now >= this.#openUntil) this.#openUntil = now + (this.#backoff.next() ?? 0);
  }

  /** Nothing came of the attempt, neither way. */
  gaveUp(): void {
    this.#onTrial = false;
  }
}
