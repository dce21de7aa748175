import { ClosedError, DisconnectedError, PoolTimeoutError, TimeoutError } from '../core/errors.js';
import { HawserError } from '../core/hawser-error.js';
import type { PoolStats } from './pool-options.js';

/** What a pool is called in its errors. */
export interface PoolName {
  readonly key: string;
  readonly host: string;
}

/** No worker came free in time. `failure` is why one could not be started, where that is so. */
export function tooLate(
  name: PoolName,
  ms: number,
  { leased, size }: PoolStats,
  failure: HawserError | undefined,
): PoolTimeoutError {
  const why =
    failure === undefined
      ? 'Give it more time, or the pool a larger `size`.'
      : `One could not be started: ${failure.message}`;
  const message = `No worker of the pool for ${name.key} came free within ${ms} ms: ${leased} of ${size} are lent. ${why}`;
  return new PoolTimeoutError(message, { ...name, ms, cause: failure });
}

/** As many calls wait as may. */
export function full(name: PoolName, size: number, waiting: number): HawserError {
  const message =
    `The pool for ${name.key} is full: none of its ${size} workers is free, and ${waiting} calls (\`maxWaiters\`) wait already. ` +
    'Try again later, or give it a larger `size`.';
  return new HawserError('ERR_HAWSER_POOL_FULL', message, { ...name, retryable: true });
}

/** The pool was disconnected while a call waited. */
export function disconnected(name: PoolName): DisconnectedError {
  return new DisconnectedError(`The pool for ${name.key} was disconnected before a worker came free.`, name);
}

/** The pool was closed while a call waited, or before. */
export function closed(name: PoolName): ClosedError {
  return new ClosedError(`The pool for ${name.key} was closed: make a new one.`, name);
}

/** Its workers did not stand in time. */
export function connectTimedOut(name: PoolName, ms: number): TimeoutError {
  const message = `Timed out after ${ms} ms of connecting the pool for ${name.key}: not all of its workers have answered.`;
  return new TimeoutError(message, { ...name, phase: 'connect', ms });
}
