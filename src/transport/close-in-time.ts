import type { HawserError } from '../core/hawser-error.js';
import { inTime } from '../core/in-time.js';
import type { Transport } from './contract.js';

/** How long a server has to agree to the end, in milliseconds. */
const PATIENCE = 1000;

/**
 * Closes a transport on which nothing runs any more. What a server that no longer answers still owes it (the channel
 * that was asked for, the word that one is closed) is not waited for: the link is cut for `reason`. Never throws.
 */
export async function closeInTime(transport: Transport, reason: HawserError): Promise<void> {
  const closed = transport.close().then(
    () => true,
    () => false,
  );
  if ((await inTime(closed, PATIENCE)) !== true) transport.destroy(reason);
}
