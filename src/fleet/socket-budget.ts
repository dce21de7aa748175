import { abortReason, onAbort } from '../core/abort.js';
import type { Member } from './host-pool.js';

interface Waiter {
  readonly member: Member;
  readonly grant: () => void;
}

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
  readonly #waiters = new Set<Waiter>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Follows a connection from outside: whoever opens or closes it, it counts. */
  watch(member: Member): void {
    const { connection } = member;
    connection.on('state', (state) => {
      if (state === 'connecting') this.#held.add(member);
      else if (state === 'connected' && member.users === 0) this.#rest(member);
      else if (state === 'disconnected' || state === 'closed') this.settled(member);
    });
    // Work that came past the fleet has ended: the connection may be closed for another one now.
    connection.on('idle', () => this.#pump());
    if (connection.connected) {
      this.#held.add(member);
      this.#rest(member);
    }
  }

  /** Waits for room for a connection that is to connect. */
  acquire(member: Member, signal: AbortSignal): Promise<void> {
    const refusal = (): Error =>
      abortReason(signal, `waiting for one of ${this.#limit} connections`, member.connection.key);
    if (signal.aborted) return Promise.reject(refusal());
    if (this.#held.has(member) && !this.#leaving.has(member)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stop = onAbort(signal, () => {
        this.#waiters.delete(waiter);
        reject(refusal());
      });
      const waiter: Waiter = {
        member,
        grant: () => {
          stop();
          resolve();
        },
      };
      this.#waiters.add(waiter);
      this.#pump();
    });
  }

  taken(member: Member): void {
    this.#idle.delete(member);
  }

  freed(member: Member): void {
    if (member.connection.connected) this.#rest(member);
    this.settled(member);
  }

  /** Gives its room back if it is not open, nor on the way to it. */
  settled(member: Member): void {
    const { state } = member.connection;
    if (state === 'connected' || state === 'connecting' || this.#leaving.has(member)) return;
    this.#idle.delete(member);
    if (this.#held.delete(member)) this.#pump();
  }

  #rest(member: Member): void {
    this.#idle.delete(member);
    this.#idle.add(member);
    this.#pump();
  }

  #pump(): void {
    for (const waiter of this.#waiters) {
      const { member } = waiter;
      const joins = this.#held.has(member) && !this.#leaving.has(member);
      if (!joins && this.#held.size >= this.#limit) break;
      if (this.#leaving.has(member)) continue;
      this.#waiters.delete(waiter);
      this.#held.add(member);
      waiter.grant();
    }
    while (this.#leaving.size < this.#waiters.size && this.#disconnectOne());
  }

  #disconnectOne(): boolean {
    for (const member of this.#idle) {
      const { connection } = member;
      if (member.users > 0 || connection.active > 0) continue;
      this.#idle.delete(member);
      this.#leaving.add(member);
      const gone = (): void => {
        this.#leaving.delete(member);
        this.settled(member);
        this.#pump();
      };
      connection.disconnect().then(gone, gone);
      return true;
    }
    return false;
  }
}
