import type { Connection } from '../connection/connection.js';
import type { Lease } from '../core/lease.js';
import { Limiter } from '../core/limiter.js';
import type { FleetLimits } from './fleet-options.js';
import type { Member } from './host-pool.js';
import { SocketBudget } from './socket-budget.js';

/** Lets the connections of a fleet connect, within its limits on handshakes under way and on open sockets. */
export class Admission {
  readonly #handshakes: Limiter;
  readonly #sockets: SocketBudget | undefined;
  /** Turns that were waited for, until the connect begins that takes them; of borrowed connections until it has ended. */
  readonly #turns = new Map<Connection, Lease>();

  constructor({ connectConcurrency, maxConnections }: FleetLimits) {
    this.#handshakes = new Limiter(connectConcurrency, 'turn to connect');
    this.#sockets = maxConnections === undefined ? undefined : new SocketBudget(maxConnections);
  }

  /** Takes a connection into account that becomes the fleet's own. */
  add(member: Member): void {
    if (!member.owned) return;
    const { connection } = member;
    connection.gateConnects((signal) => this.#begin(connection, signal));
    this.#sockets?.watch(member);
  }

  /** Leaves a connection out of account that is no longer the fleet's own. */
  remove(member: Member): void {
    member.connection.gateConnects(undefined);
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
   * Waits until `member` may connect, and calls `connect` then. One that connects already, or is made again by itself, is
   * joined: each of its attempts takes a turn. Throws what the
   * signal says if it fires before that.
   */
  async connect(member: Member, signal: AbortSignal, connect: () => Promise<unknown>): Promise<void> {
    const { connection } = member;
    if (member.owned) await this.#sockets?.acquire(member, signal);
    const turn = isOnTheWay(connection) ? undefined : await this.#handshakes.acquire({ signal });
    // While it waited another call may have begun, whose handshake counts.
    if (turn !== undefined && !isOnTheWay(connection)) this.#turns.set(connection, turn);
    else turn?.release();
    try {
      await connect();
    } finally {
      if (turn !== undefined && this.#turns.get(connection) === turn) this.#take(connection)?.release();
    }
  }

  /** A connect of the fleet's own begins, in its turn; one that a service began by itself waits for its turn here. */
  async #begin(connection: Connection, signal: AbortSignal): Promise<() => void> {
    const turn = this.#take(connection) ?? (await this.#handshakes.acquire({ signal }));
    return () => turn.release();
  }

  #take(connection: Connection): Lease | undefined {
    const turn = this.#turns.get(connection);
    this.#turns.delete(connection);
    return turn;
  }
}

function isOnTheWay({ state }: Connection): boolean {
  return state === 'connecting' || state === 'reconnecting';
}
