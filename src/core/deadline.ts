import { onAbort } from './abort.js';
import type { HawserError } from './hawser-error.js';
import { OptionError } from './hawser-error.js';

/** The longest delay that a Node timer takes, in milliseconds (timers, "setTimeout"). */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/** Whether a timer keeps this process alive. Default: it does. */
interface HoldOptions {
  readonly holds?: boolean;
}

/** A moment on the monotonic clock by which work must be done. */
export class Deadline {
  /** Milliseconds on the clock of `performance.now()`; `Infinity` for none. */
  readonly at: number;
  /** The whole time that was given, in milliseconds. */
  readonly ms: number;

  private constructor(ms: number) {
    this.ms = ms;
    this.at = performance.now() + ms;
  }

  /** A deadline `ms` milliseconds from now; `undefined` or `Infinity`: none. */
  static in(ms: number | undefined): Deadline {
    return new Deadline(ms ?? Number.POSITIVE_INFINITY);
  }

  /** Milliseconds left, never below 0. */
  get remaining(): number {
    return Math.max(0, this.at - performance.now());
  }

  get passed(): boolean {
    return this.remaining === 0;
  }
}

/** Checks a time limit at the door: a finite number of milliseconds above 0, or `undefined` for none. */
export function checkTimeout(name: string, value: number | undefined): number | undefined {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return undefined;
  if (typeof value !== 'number' || !(value > 0)) {
    throw new OptionError(
      `Expected the \`${name}\` option to be a positive number of milliseconds, got ${String(value)}.`,
    );
  }
  return Math.min(value, LONGEST_TIMER);
}

/**
 * One signal for a call that may end by the caller's signal or by a time limit, whichever is first. The signal's reason
 * is the caller's own, or the error that the limit makes. Disposing takes off the timer and the listener.
 */
export class CallScope implements Disposable {
  readonly #controller = new AbortController();
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(parent?: AbortSignal, timeout?: number, onTimeout?: () => HawserError) {
    this.#stop = onAbort(parent, () => this.#controller.abort(parent?.reason));
    if (timeout !== undefined && onTimeout !== undefined) this.limit(timeout, onTimeout);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Sets the time limit, in milliseconds from now, where it is known only after the work has begun. It keeps the process
   * alive unless `holds` is false.
   */
  limit(timeout: number, onTimeout: () => HawserError, { holds = true }: HoldOptions = {}): void {
    if (this.#controller.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(onTimeout()), Math.min(timeout, LONGEST_TIMER));
    if (!holds) this.#timer.unref();
  }

  /** Ends the work under this scope, with `reason` as the cause that is reported. The first cause stays. */
  abort(reason: HawserError): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#stop();
  }
}

/**
 * Waits `ms` milliseconds, or until the signal fires; it does not throw. Retries use it between attempts. It keeps the
 * process alive unless `holds` is false.
 */
export function pause(ms: number, signal?: AbortSignal, { holds = true }: HoldOptions = {}): Promise<void> {
  return new Promise((resolve) => {
    let stop = (): void => {};
    const done = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (!holds) timer.unref();
    stop = onAbort(signal, done);
  });
}
