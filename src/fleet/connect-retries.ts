import { Backoff } from '../core/backoff.js';
import { pause } from '../core/deadline.js';
import { AuthError, ConnectError, HostKeyError, TimeoutError } from '../core/errors.js';
import { HawserError } from '../core/hawser-error.js';

/**
 * Connects, and tries again up to `retries` times where that may help: waiting longer each time, by a random part less,
 * so that many hosts behind one that comes back do not come back at once. What the server refused for its keys or
 * credentials stays refused: asking again would get the client banned.
 *
 * @throws what the last try threw.
 */
export async function connectWithRetries(
  retries: number,
  signal: AbortSignal,
  connect: () => Promise<void>,
): Promise<void> {
  const backoff = new Backoff({ attempts: retries });
  for (;;) {
    try {
      await connect();
      return;
    } catch (error) {
      const wait = mayHelp(error) && !signal.aborted ? backoff.next() : undefined;
      if (wait === undefined) throw error;
      await pause(wait, signal);
    }
  }
}

/** Whether the same connect may succeed later. */
function mayHelp(error: unknown): boolean {
  if (!(error instanceof HawserError) || !error.retryable) return false;
  if (error instanceof AuthError || error instanceof HostKeyError) return false;
  // A server that hangs up on an attempt to log in, or lets it wait, may count it as one all the same.
  const asked = error instanceof ConnectError || error instanceof TimeoutError;
  return asked && error.phase !== 'auth' && error.phase !== 'hostkey';
}
