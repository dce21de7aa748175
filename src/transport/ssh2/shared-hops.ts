import { raceAbort } from '../../core/abort.js';
import { ClosedError } from '../../core/errors.js';
import { closeInTime } from '../close-in-time.js';
import type { Transport } from '../contract.js';

interface SharedHop {
  readonly transport: Transport;
  readonly ready: Promise<void>;
  readonly controller: AbortController;
  users: number;
}

/** A jump host in use; `release` when the stream through it has ended. */
export interface HopLease {
  readonly transport: Transport;
  release(): void;
}

/** Jump hosts that several connections go through at once: one connection to each, closed after its last user. */
export class SharedHops {
  readonly #hops = new Map<string, SharedHop>();

  /**
   * Lends the hop called `id`, made and connected by the first who asks. Whoever gives up waiting leaves the others
   * theirs; the connect under way ends with its last waiter.
   */
  async lease(
    id: string,
    make: () => Transport,
    connect: (transport: Transport, signal: AbortSignal) => Promise<void>,
    o: { readonly signal: AbortSignal; readonly doing: string },
  ): Promise<HopLease> {
    const hop = this.#hops.get(id) ?? this.#start(id, make(), connect);
    hop.users += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      hop.users -= 1;
      if (hop.users > 0) return;
      this.#forget(id, hop);
      const reason = new ClosedError('Nobody waits for this jump host any more.');
      hop.controller.abort(reason);
      void closeInTime(hop.transport, reason);
    };
    try {
      await raceAbort(hop.ready, o.signal, { doing: o.doing });
    } catch (error) {
      release();
      throw error;
    }
    return { transport: hop.transport, release };
  }

  #start(
    id: string,
    transport: Transport,
    connect: (transport: Transport, signal: AbortSignal) => Promise<void>,
  ): SharedHop {
    const controller = new AbortController();
    const hop: SharedHop = { transport, controller, users: 0, ready: connect(transport, controller.signal) };
    this.#hops.set(id, hop);
    transport.once('close', () => this.#forget(id, hop));
    hop.ready.catch(() => this.#forget(id, hop));
    return hop;
  }

  #forget(id: string, hop: SharedHop): void {
    if (this.#hops.get(id) === hop) this.#hops.delete(id);
  }
}
