import type { ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import { type Abortable, raceAbort } from '../../core/abort.js';
import { DisconnectedError } from '../../core/errors.js';
import { Lease } from '../../core/lease.js';
import type { BrokerLink } from './broker-link.js';
import { Path } from './protocol.js';

/** Which lock is wanted, of whom. */
export interface FarLock {
  readonly link: BrokerLink;
  /** The session that it belongs to. */
  readonly headers: OutgoingHttpHeaders;
  /** What its machine is called, for messages. */
  readonly name: string;
}

/**
 * Waits for the lock of a session, in the queue of the broker. It is given back by ending the stream that stands for it, and
 * by the end of this process, however that comes about. The lease's signal tells of the broker's end.
 *
 * @throws AbortError, which leaves the queue; DisconnectedError where the broker ended.
 */
export async function acquireFarLock({ link, headers, name }: FarLock, { signal }: Abortable): Promise<Lease> {
  const stream = link.request(Path.lock, {}, headers);
  // Who waits is waited for; who holds it may end, as the holder of any lock may.
  const release = link.hold();
  try {
    await raceAbort(link.granted(stream), signal, { doing: `waiting for the lock of ${name}`, host: name });
  } catch (error) {
    leave(stream);
    throw error;
  } finally {
    release();
  }
  const loss = new AbortController();
  const lost = (): void => {
    const message =
      `The lock of ${name} was lost while it was held: the session broker has ended, or broke off. ` +
      'Others may have worked there since; look at what was done before it is begun again.';
    loss.abort(new DisconnectedError(message, { host: name, cause: link.brokenOff(stream) }));
  };
  if (stream.destroyed) lost();
  stream.once('close', lost);
  stream.resume();
  return new Lease(() => {
    stream.off('close', lost);
    leave(stream);
  }, loss.signal);
}

/** Not by a reset, of which a server takes only so many: see BrokerLink.call. */
function leave(stream: ClientHttp2Stream): void {
  stream.end().resume();
}
