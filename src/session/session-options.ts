import { Backoff, type ReconnectOptions } from '../core/backoff.js';
import type { CircuitBreakerOptions } from '../core/circuit-breaker.js';
import { checkTimeout } from '../core/deadline.js';
import { OptionError } from '../core/hawser-error.js';
import { checkLimit } from '../core/limiter.js';

/** What a `SessionCache` is made with. */
export interface SessionCacheOptions {
  /**
   * A session on which nothing ran for so long, and that nobody asked for, is closed, in milliseconds. Default, and for 0:
   * never. They live as long as the process.
   */
  readonly idleTimeout?: number | undefined;
  /**
   * How many sessions are open at most: a positive integer. Past it those are closed that nobody works on, the one first whose
   * last use is the longest ago. Where all are in use it is exceeded, and what is over is closed as work ends: whoever waited
   * for room might wait for himself. Default: any number.
   */
  readonly maxSessions?: number | undefined;
  /** How a link that is lost is made again; `false`: not by itself, the next `get` makes a new session. Default: `{}`. */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /**
   * When a machine, or a jump host on the way to it, is left alone for a while because it could not be reached again and again:
   * {@link SessionCache.get} says so at once then. Refused keys and credentials do not count. `false`: never. Default: `{}`.
   */
  readonly circuitBreaker?: CircuitBreakerOptions | false | undefined;
}

/** The options of a cache, checked. */
export interface SessionPlan {
  readonly idleTimeout: number | undefined;
  readonly maxSessions: number;
  readonly reconnect: ReconnectOptions | false;
  readonly circuitBreaker: CircuitBreakerOptions | false;
}

/** @throws OptionError for what cannot be meant. */
export function planSessions(o: SessionCacheOptions): SessionPlan {
  const { idleTimeout, maxSessions, reconnect = {}, circuitBreaker = {} } = o;
  const known = ['idleTimeout', 'maxSessions', 'reconnect', 'circuitBreaker'];
  refuseStray('A session cache', o, known);
  for (const [name, value] of Object.entries({ reconnect, circuitBreaker })) {
    if (value === false || (typeof value === 'object' && value !== null)) continue;
    throw new OptionError(`Expected the \`${name}\` option to be an object or false, got ${String(value)}.`);
  }
  if (reconnect !== false) new Backoff(reconnect);
  return {
    idleTimeout: checkIdleTimeout(idleTimeout),
    maxSessions:
      maxSessions === undefined || maxSessions === Number.POSITIVE_INFINITY
        ? Number.POSITIVE_INFINITY
        : checkLimit('maxSessions', maxSessions),
    reconnect,
    circuitBreaker,
  };
}

/** How long something may rest, in milliseconds; `undefined` for ever. Throws `OptionError` for what cannot be meant. */
export function checkIdleTimeout(value: number | undefined): number | undefined {
  if (value === undefined || value === 0) return undefined;
  if (typeof value === 'number' && value > 0) return checkTimeout('idleTimeout', value);
  throw new OptionError(
    `Expected the \`idleTimeout\` option to be a non-negative number of milliseconds, 0 for never, got ${String(value)}.`,
  );
}

/** Throws `OptionError` for an option that is none of the known ones: it would be passed over. */
export function refuseStray(whose: string, options: object, known: readonly string[]): void {
  const stray = Object.keys(options).find((name) => !known.includes(name));
  if (stray === undefined) return;
  throw new OptionError(`${whose} has no option \`${stray}\`; known are ${known.join(', ')}.`);
}
