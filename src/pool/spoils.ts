import { AbortError, ClosedError, DialogError, DisconnectedError, TimeoutError } from '../core/errors.js';

/**
 * Whether what a call threw leaves a worker in a state that nobody knows: the call was cut short, or the worker's link or
 * its prompt was lost. A command that failed, or a file that is not there, says nothing of the worker.
 */
export function spoils(error: unknown): boolean {
  if (error instanceof DialogError) return error.reason !== 'login' && error.reason !== 'shared';
  return (
    error instanceof AbortError ||
    error instanceof TimeoutError ||
    error instanceof DisconnectedError ||
    error instanceof ClosedError
  );
}
