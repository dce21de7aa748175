import { HawserError } from '../../core/hawser-error.js';

/**
 * The error as this host's own, with its fleet key. Hosts may fail by one and the same error (their jump host, their
 * caller's reason to abort): then each gets a copy.
 */
export function hostError<E extends Error>(error: E, key: string): E {
  if (!(error instanceof HawserError) || error.key === key) return error;
  if (error.key === undefined && !Object.isFrozen(error)) {
    error.key = key;
    return error;
  }
  const copy: E & { key?: string | undefined } = Object.create(
    Object.getPrototypeOf(error),
    Object.getOwnPropertyDescriptors(error),
  );
  Object.defineProperty(copy, 'key', { value: key, enumerable: true, writable: true, configurable: true });
  // From V8 13 on the stack is an accessor that knows no copies.
  Object.defineProperty(copy, 'stack', { value: error.stack, enumerable: false, writable: true, configurable: true });
  return copy;
}

/** Whatever was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** Whatever was thrown, as an error of ours. */
export function asHawserError(thrown: unknown, doing: string, host: string): HawserError {
  if (thrown instanceof HawserError) return thrown;
  const { message } = asError(thrown);
  return new HawserError('ERR_HAWSER_UNEXPECTED', `Unexpected failure while ${doing}: ${message}`, {
    host,
    cause: thrown,
  });
}
