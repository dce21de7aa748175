import type { Connection } from '../connection/connection.js';

/** A connection in a fleet. */
export interface Member<out C extends Connection = Connection> {
  readonly connection: C;
  /** Whether the fleet closes it. */
  readonly owned: boolean;
  /** Calls of the fleet that have it now, from waiting for its turn to the last byte. */
  users: number;
  /** Those of them that end by themselves when their operation is aborted. */
  heeding: number;
}

/** The connections of one key. */
export class HostPool<out C extends Connection = Connection> {
  readonly key: string;
  readonly members: Member<C>[] = [];
  #given = 0;
  #picked = 0;

  constructor(key: string) {
    this.key = key;
  }

  /** The host of its first connection. */
  get host(): string {
    return this.members[0]?.connection.host ?? this.key;
  }

  /** The connection that {@link next} would give. */
  get head(): C | undefined {
    return this.members[this.#given % this.members.length]?.connection;
  }

  /** Each connection in its turn. */
  next(): C | undefined {
    const { head } = this;
    this.#given = (this.#given + 1) % Math.max(1, this.members.length);
    return head;
  }

  /** The connection with the least work, closed ones last; of equals the one whose turn it is. */
  leastBusy(): Member<C> | undefined {
    const { members } = this;
    if (members.length < 2) return members[0];
    let best: Member<C> | undefined;
    let least = Number.POSITIVE_INFINITY;
    let at = 0;
    for (let i = 0; i < members.length; i += 1) {
      const index = (this.#picked + i) % members.length;
      const member = members[index];
      if (member === undefined) continue;
      const work = load(member);
      if (work < least) {
        best = member;
        least = work;
        at = index;
      }
    }
    this.#picked = (at + 1) % members.length;
    return best;
  }
}

/** What runs on a connection is counted by it; what waits for its turn in the fleet, only here. */
function load({ connection, users }: Member): number {
  if (connection.state === 'closed') return Number.MAX_SAFE_INTEGER;
  return Math.max(users, connection.active);
}
