import { abortReason } from '../../core/abort.js';
import { Backoff } from '../../core/backoff.js';
import { pause } from '../../core/deadline.js';
import { ChannelError } from '../../core/errors.js';
import type { ForwardEnd } from '../../inventory/forward-spec.js';
import type { Listener, ListenTarget } from '../../transport/contract.js';
import type { Site } from '../site.js';

/** Where a forward listened on a far machine, and where it does on a new link to it. */
export interface ListenAgain {
  /** As it was asked for: port 0 lets the server choose. */
  readonly at: ListenTarget;
  /** Where that was before. */
  readonly before: ForwardEnd;
  readonly signal: AbortSignal;
}

/**
 * Has a machine listen again after the link was lost. Where the server chooses the port, it is asked for the one that it
 * had chosen, and takes another one where that is refused. A port that was named is asked for again and again, with
 * growing pauses: a server that has not heard of the loss yet still listens there for the link that is gone.
 *
 * @throws ChannelError where it is refused to the last, what ends the link, AbortError.
 */
export async function listenAgain({ transport, key }: Site, o: ListenAgain): Promise<Listener> {
  const { at, before, signal } = o;
  if ('port' in at && at.port === 0 && 'port' in before) {
    try {
      return await transport.listen({ ...at, port: before.port }, { signal });
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      return await transport.listen(at, { signal });
    }
  }
  for (const backoff = new Backoff(); ; ) {
    try {
      return await transport.listen(at, { signal });
    } catch (error) {
      const delay = error instanceof ChannelError ? backoff.next() : undefined;
      if (delay === undefined) throw error;
      await pause(delay, signal);
      if (signal.aborted) throw abortReason(signal, `listening on ${key} again`, key);
    }
  }
}
