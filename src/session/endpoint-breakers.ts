import { CircuitBreaker, type CircuitBreakerOptions, type Refusal } from '../core/circuit-breaker.js';
import { ConnectError, TimeoutError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';
import { isWorthRetrying } from '../core/worth-retrying.js';
import type { SessionHop } from './session-place.js';

/** An attempt to get through some hops. One of the calls has to follow, and only one counts. */
export interface Passage {
  succeeded(): void;
  /** `hop`: the `host:port` where it ended, as far as is known. */
  failed(error: unknown, hop: string | undefined): void;
}

/** One circuit breaker for each machine on the way of any session: a jump host that is dead is asked once for all behind it. */
export class EndpointBreakers {
  readonly #options: CircuitBreakerOptions;
  readonly #breakers = new Map<string, CircuitBreaker>();

  /** @throws OptionError for an option that cannot be meant. */
  constructor(o: CircuitBreakerOptions = {}) {
    this.#options = o;
    new CircuitBreaker(o);
  }

  /**
   * Asks whether the way is worth an attempt.
   *
   * @throws ConnectError, with the last failure as its `cause`, where a machine on the way has failed so often that it is left
   *   alone for a while.
   */
  enter(hops: readonly SessionHop[], key: string): Passage {
    const entered: SessionHop[] = [];
    for (const hop of hops) {
      const refusal = this.#of(hop).enter();
      if (refusal !== undefined) {
        for (const before of entered) this.#of(before).gaveUp();
        this.#tidy(hops);
        throw leftAlone(key, hop, refusal);
      }
      entered.push(hop);
    }
    let isOver = false;
    const over = (end: () => void): void => {
      if (isOver) return;
      isOver = true;
      end();
      this.#tidy(hops);
    };
    return {
      succeeded: () => over(() => this.#allWell(hops)),
      failed: (error, hop) => over(() => this.#noteFailure(hops, error, hop)),
    };
  }

  /** Takes note that a way was found open by somebody who did not ask: a lost link that was made again. */
  reached(hops: readonly SessionHop[]): void {
    for (const hop of hops) this.#breakers.get(hop.place)?.succeeded();
    this.#tidy(hops);
  }

  #allWell(hops: readonly SessionHop[]): void {
    for (const hop of hops) this.#of(hop).succeeded();
  }

  #noteFailure(hops: readonly SessionHop[], error: unknown, name: string | undefined): void {
    const found = hops.findIndex((hop) => hop.name === name);
    const at = found === -1 ? hops.length - 1 : found;
    for (const [index, hop] of hops.entries()) {
      const breaker = this.#of(hop);
      if (index > at || !isAnswer(error)) breaker.gaveUp();
      // Who refuses a key or a password is there.
      else if (index < at || !isWorthRetrying(error)) breaker.succeeded();
      else breaker.failed(error);
    }
  }

  #of({ place }: SessionHop): CircuitBreaker {
    let breaker = this.#breakers.get(place);
    if (breaker === undefined) {
      breaker = new CircuitBreaker(this.#options);
      this.#breakers.set(place, breaker);
    }
    return breaker;
  }

  #tidy(hops: readonly SessionHop[]): void {
    for (const hop of hops) if (this.#breakers.get(hop.place)?.isClear) this.#breakers.delete(hop.place);
  }
}

/** Whether an error says something of the machines: an abort, a close or a wrong option do not. */
function isAnswer(error: unknown): error is HawserError {
  return error instanceof ConnectError || error instanceof TimeoutError;
}

function leftAlone(key: string, { name }: SessionHop, { cause, failures, retryIn }: Refusal): ConnectError {
  const what = failures === 1 ? '1 attempt has failed' : `${failures} attempts in a row have failed`;
  const next =
    retryIn === undefined ? 'one more is under way' : `the next is made in ${seconds(retryIn)} at the earliest`;
  const phase = cause instanceof ConnectError ? cause.phase : 'tcp';
  return new ConnectError(
    phase,
    `Not connecting to ${key}: ${what} at ${name}, and ${next}. The last one: ${cause.message}`,
    { host: key, hop: name, cause, retryable: true },
  );
}

function seconds(ms: number): string {
  return `${(Math.ceil(ms / 100) / 10).toFixed(1)} s`;
}
