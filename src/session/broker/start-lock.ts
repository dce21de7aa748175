import { connect, createServer, type Socket } from 'node:net';
import { type Abortable, abortReason, onAbort } from '../../core/abort.js';
import { claimSocket } from './claim-socket.js';

/**
 * Does something that one process at a time may do for a socket; who comes while it is done waits for the end of it, and
 * does nothing: `undefined`.
 *
 * The lock is a socket that is listened on, and to wait is to be connected to it: whatever becomes of the one who holds
 * it, the system tells the others.
 *
 * @throws AbortError; what `work` throws.
 */
export async function underStartLock<T>(
  socket: string,
  work: () => Promise<T>,
  { signal }: Abortable = {},
): Promise<T | undefined> {
  const path = `${socket}.lock`;
  const waiting = new Set<Socket>();
  const server = createServer((one) => {
    waiting.add(one);
    one.on('error', () => {}).once('close', () => waiting.delete(one));
  });
  try {
    const claim = await claimSocket(path, (own) => {
      return new Promise((resolve, reject) => {
        server.once('error', reject).listen(own, resolve);
      });
    });
    if (claim === undefined) {
      await untilReleased(path, signal);
      return undefined;
    }
    try {
      return await work();
    } finally {
      await claim.release();
    }
  } finally {
    server.close();
    for (const one of waiting) one.destroy();
  }
}

function untilReleased(path: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const holder = connect(path);
    const stop = onAbort(signal, () => holder.destroy());
    holder
      .on('error', () => {})
      .once('close', () => {
        stop();
        if (signal?.aborted) reject(abortReason(signal, 'waiting for a session broker to start'));
        else resolve();
      });
    holder.resume();
  });
}
