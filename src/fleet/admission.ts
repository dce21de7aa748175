import { Limiter } from '../core/limiter.js';
import type { FleetLimits } from './fleet-options.js';
import type { Member } from './host-pool.js';
import { SocketBudget } from './socket-budget.js';

/** Lets the connections of a fleet connect, within its limits on handshakes under way and on open sockets. */
export class Admission {
  readonly #handshakes: Limiter;
  readonly #sockets: SocketBudget | undefined;

  constructor({ connectConcurrency, maxConnections }: FleetLimits) {
    this.#handshakes = new Limiter(connectConcurrency, 'turn to connect');
    this.#sockets = maxConnections === undefined ? undefined : new SocketBudget(maxConnections);
  }

  /** Takes a connection into account that becomes the fleet's own. */
  add(member: Member): void {
    if (member.owned) this.#sockets?.watch(member);
  }

  /** Leaves a connection out of account that is no longer the fleet's own. */
  remove(member: Member): void {
    this.#sockets?.forget(member);
  }

  /** Marks a connection as in use: it will not be closed for another one. */
  take(member: Member): void {
    member.users += 1;
    if (member.owned && member.users === 1) this.#sockets?.taken(member);
  }

  /** Ends a {@link take}. */
  giveBack(member: Member): void {
    member.users -= 1;
    if (member.owned && member.users === 0) this.#sockets?.freed(member);
  }

  /**
   * Waits until `member` may connect; `connect` then runs and is the handshake that is counted. Throws what the signal
   * says if it fires before that.
   */
  async connect(member: Member, signal: AbortSignal, connect: () => Promise<unknown>): Promise<void> {
    if (member.owned) await this.#sockets?.acquire(member, signal);
    const turn = await this.#handshakes.acquire({ signal });
    try {
      await connect();
    } finally {
      turn.release();
    }
  }
}
