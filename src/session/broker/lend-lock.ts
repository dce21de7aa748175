import type { ServerHttp2Stream } from 'node:http2';
import { AbortError } from '../../core/errors.js';
import type { Lease } from '../../core/lease.js';

/**
 * Lends a lock to a client for as long as the stream of his request is open: he gives it back, or leaves the queue, by ending
 * his side, and by dying. What one who died has left running is over before the next one has it: `quiet` waits for that. Throws
 * where it was not to be had; nothing has been answered then.
 */
export async function lendLock(
  stream: ServerHttp2Stream,
  acquire: (signal: AbortSignal) => Promise<Lease>,
  quiet: () => Promise<void>,
): Promise<void> {
  if (stream.destroyed) return;
  const waiting = new AbortController();
  const over = new Promise<void>((resolve) => stream.once('end', resolve).once('close', resolve));
  stream.resume();
  void over.then(() => waiting.abort(new AbortError('The client no longer waits for the lock.')));
  using _lease = await acquire(waiting.signal);
  if (!stream.destroyed) stream.respond({ ':status': 200 });
  await over;
  // Of one who died the stream ends as well, with his link.
  if (stream.session === undefined || stream.session.destroyed) await quiet();
  stream.end();
}
