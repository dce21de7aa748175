import { AuthError, ConnectError, HostKeyError, TimeoutError } from './errors.js';
import { HawserError } from './hawser-error.js';

/**
 * Whether a connect that failed may succeed later, and does no harm if it does not: what a server refused for its keys or
 * credentials stays refused, and asking again would get the client banned.
 */
export function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof HawserError) || !error.retryable) return false;
  if (error instanceof AuthError || error instanceof HostKeyError) return false;
  // A server that hangs up on an attempt to log in, or lets it wait, may count it as one all the same.
  const asked = error instanceof ConnectError || error instanceof TimeoutError;
  return asked && error.phase !== 'auth' && error.phase !== 'hostkey';
}
