import { Backoff } from '../core/backoff.js';
import { pause } from '../core/deadline.js';
import { isWorthRetrying } from '../core/worth-retrying.js';

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
      const wait = isWorthRetrying(error) && !signal.aborted ? backoff.next() : undefined;
      if (wait === undefined) throw error;
      await pause(wait, signal);
    }
  }
}
