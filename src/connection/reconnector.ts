import { abortReason } from '../core/abort.js';
import { Backoff, type ReconnectOptions } from '../core/backoff.js';
import { pause } from '../core/deadline.js';
import { ConnectError, DisconnectedError } from '../core/errors.js';
import { HawserError } from '../core/hawser-error.js';
import { isWorthRetrying } from '../core/worth-retrying.js';
import type { ReconnectAttempt } from './connection-services.js';

/** What a {@link Reconnector} needs of the connection. */
export interface ReconnectPlan {
  /** The connection to, as errors name it. */
  readonly key: string;
  /** How the link was lost. */
  readonly reason: HawserError;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told of each attempt before the wait for it begins. */
  readonly tell: (attempt: ReconnectAttempt) => void;
  /** Makes one attempt. */
  readonly connect: (signal: AbortSignal) => Promise<void>;
}

/**
 * Makes a lost link again, attempt by attempt. A link that is lost again before it was good for anything counts as one
 * more attempt that failed: a server that lets everybody in and hangs up is not asked for ever.
 */
export class Reconnector {
  /** Whether it was told to make no attempts at all. */
  readonly never: boolean;
  readonly #backoff: Backoff;
  /** When the link stood, on the clock of `performance.now()`. */
  #since = 0;

  /** @throws OptionError for an option that cannot be meant. */
  constructor(options: ReconnectOptions) {
    this.#backoff = new Backoff(options);
    this.never = options.attempts === 0;
  }

  /** Takes note that a link stands. */
  stands(): void {
    this.#since = performance.now();
  }

  /** Takes note that the link is good for something, or that somebody asks for it anew. */
  forgive(): void {
    this.#backoff.reset();
  }

  /**
   * Tries until the link stands. Gives how many attempts that took.
   *
   * @throws the last attempt's error where no attempts are left, or another would be no use; what the signal says.
   */
  async run(o: ReconnectPlan): Promise<number> {
    const { signal, key } = o;
    if (performance.now() - this.#since >= this.#backoff.longest) this.#backoff.reset();
    for (let reason = o.reason, attempts = 1; ; attempts += 1) {
      const delay = this.#backoff.next();
      if (delay === undefined) throw reason;
      o.tell({ attempt: this.#backoff.attempt, delay, reason });
      await pause(delay, signal, { holds: false });
      if (signal.aborted) throw abortReason(signal, `reconnecting to ${key}`, key);
      try {
        await o.connect(signal);
        return attempts;
      } catch (error) {
        if (signal.aborted || !(error instanceof HawserError) || !mayPass(error)) throw error;
        reason = error;
      }
    }
  }
}

/** Whether the machine may be there again later. */
function mayPass(error: HawserError): boolean {
  // The jump host was lost.
  if (error instanceof DisconnectedError) return true;
  // Its name did resolve once: the network may be down with what would know it. A login that was refused is not retryable.
  if (error instanceof ConnectError) return error.retryable || error.phase === 'resolve';
  return isWorthRetrying(error);
}
