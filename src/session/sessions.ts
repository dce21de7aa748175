import { SessionCache } from './session-cache.js';

/**
 * The sessions of this process: whoever has no cache of his own uses these. They do not keep the process alive, and end with
 * it.
 */
export const sessions: SessionCache = new SessionCache();

/** Closes all {@link sessions} of this process. They can be asked for again. */
export async function closeAllConnections(): Promise<void> {
  await sessions.closeAll();
}
