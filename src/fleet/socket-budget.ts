import type { ConnectionState } from '../connection/connection-services.js';
import { abortReason, onAbort } from '../core/abort.js';
import type { Member } from './host-pool.js';

/**
 * At most so many connections of a fleet open at once, counted from before the connect until nothing is left of them.
 * Who asks past the limit waits, first come, first served, while the least recently used idle connection is disconnected;
 * one in use never is.
 */
export class SocketBudget {
  readonly #limit: number;
  /** Open, on the way to it, or on the way out. */
  readonly #held = new Set<Member>();
  /** Being disconnected to make room. */
  readonly #leaving = new Set<Member>();
  /** Open and used by no call of the fleet, the least recently used first. */
  readonly #idle = new Set<Member>();
  /** Those that wait for room, in the order of asking, each with every call that waits for it. */
  readonly #queue = new Map<Member, Set<() => void>>();
  readonly #watched = new Map<Member, () => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Follows a connection from outside: whoever opens or closes it, it counts. */
  watch(member: Member): void {
    const { connection } = member;
    const follow = (state: ConnectionState): void => {
      if (state === 'connecting' || state === 'reconnecting') this.#hold(member);
      else if (state === 'connected') this.#rest(member);
      else this.#settle(member);
    };
    // Work that came past the fleet has ended: the connection may be closed for another one now.
    const pump = (): void => this.#pump();
    connection.on('state', follow);
    connection.on('idle', pump);
    this.#watched.set(member, () => {
      connection.off('state', follow);
      connection.off('idle', pump);
    });
    if (!connection.connected) return;
    this.#held.add(member);
    this.#rest(member);
  }

  /** Counts a connection no longer: it is somebody else's. Who waits for its room need not wait any more. */
  forget(member: Member): void {
    this.#watched.get(member)?.();
    if (!this.#watched.delete(member)) return;
    this.#leaving.delete(member);
    this.#hold(member);
    this.#held.delete(member);
    this.#idle.delete(member);
    this.#pump();
  }

  /** Waits for room for a connection that is to connect. Its room is kept while a call uses it. */
  acquire(member: Member, signal: AbortSignal): Promise<void> {
    const refusal = (): Error =>
      abortReason(signal, `waiting for one of ${this.#limit} connections`, member.connection.key);
    if (signal.aborted) return Promise.reject(refusal());
    if (this.#held.has(member) && !this.#leaving.has(member)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiting = this.#queue.get(member) ?? new Set();
      this.#queue.set(member, waiting);
      const stop = onAbort(signal, () => {
        waiting.delete(grant);
        if (waiting.size === 0) this.#queue.delete(member);
        reject(refusal());
      });
      const grant = (): void => {
        stop();
        resolve();
      };
      waiting.add(grant);
      this.#pump();
    });
  }

  /** A call begins to use a connection that no other did. */
  taken(member: Member): void {
    this.#idle.delete(member);
  }

  /** The last call that used a connection has ended. */
  freed(member: Member): void {
    this.#rest(member);
    this.#settle(member);
  }

  #rest(member: Member): void {
    if (member.users > 0 || !member.connection.connected) return;
    this.#idle.delete(member);
    this.#idle.add(member);
    this.#pump();
  }

  /** Gives the room back that nobody has a use for. */
  #settle(member: Member): void {
    if (member.users > 0 || this.#leaving.has(member) || isOpen(member)) return;
    this.#idle.delete(member);
    if (this.#held.delete(member)) this.#pump();
  }

  #hold(member: Member): void {
    this.#held.add(member);
    if (this.#leaving.has(member)) return;
    const waiting = this.#queue.get(member);
    this.#queue.delete(member);
    for (const grant of waiting ?? []) grant();
  }

  #pump(): void {
    for (const member of this.#queue.keys()) {
      if (this.#held.size >= this.#limit) break;
      if (!this.#leaving.has(member)) this.#hold(member);
    }
    while (this.#leaving.size < this.#queue.size && this.#disconnectOne());
  }

  #disconnectOne(): boolean {
    for (const member of this.#idle) {
      if (member.connection.active > 0) continue;
      this.#idle.delete(member);
      this.#leaving.add(member);
      const gone = (): void => {
        this.#leaving.delete(member);
        if (!isOpen(member)) this.#held.delete(member);
        this.#pump();
      };
      member.connection.disconnect().then(gone, gone);
      return true;
    }
    return false;
  }
}

function isOpen({ connection: { state } }: Member): boolean {
  return state === 'connected' || state === 'connecting' || state === 'reconnecting';
}
