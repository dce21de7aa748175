import type { Connection } from '../connection/connection.js';
import { ClosedError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';

/** Work of the fleet that has a connection now. */
export interface Turn {
  /** The host for which it has it: a connection may be there under several keys. */
  readonly pool: HostPool;
  /** Whether what runs ends by itself when it is told to. */
  readonly heeds: boolean;
  /** Whether {@link end} ends it altogether: so it is for all that still waits for its connection, too. */
  readonly endsItself: boolean;
  /** Ends it, with `cause` for a reason; a command that was given no signal is left to run on, without the fleet. */
  end(cause: HawserError): void;
  /** The connection is no longer the fleet's to close: what runs is let go of when its call is ended. */
  handOver(): void;
  /** Settles when it has ended. */
  ended(): Promise<void>;
}

/** A connection in a fleet, under whatever keys. */
export interface Member<out C extends Connection = Connection> {
  readonly connection: C;
  /** Whether the fleet closes it. */
  owned: boolean;
  /** Calls of the fleet that have it now, from waiting for its turn to the last byte. */
  users: number;
  readonly turns: Set<Turn>;
}

/** The connections of one key, each once, in the order in which they came. */
export class HostPool<out C extends Connection = Connection> {
  readonly key: string;
  readonly #members: Member<C>[] = [];
  #host: string;
  #given = 0;
  #picked = 0;

  constructor(key: string) {
    this.key = key;
    this.#host = key;
  }

  get members(): readonly Member<C>[] {
    return this.#members;
  }

  /** The host of its first connection; once it has none left, of the last that it had. */
  get host(): string {
    return this.#members[0]?.connection.host ?? this.#host;
  }

  /** The connection that {@link next} would give. */
  get head(): Member<C> | undefined {
    return this.#members[this.#given];
  }

  add(member: Member<C>): void {
    this.#members.push(member);
  }

  /** Takes a connection out; whose turn it is stays as it is. `false` where it is not here. */
  remove(member: Member<C>): boolean {
    const at = this.#members.indexOf(member);
    if (at < 0) return false;
    this.#host = member.connection.host;
    this.#members.splice(at, 1);
    this.#given = this.#after(this.#given, at);
    this.#picked = this.#after(this.#picked, at);
    return true;
  }

  /** Each connection in its turn. */
  next(): C | undefined {
    const { head } = this;
    if (head === undefined) return undefined;
    this.#given = (this.#given + 1) % this.#members.length;
    return head.connection;
  }

  /** The connection with the least work, closed ones last; of equals the one whose turn it is. */
  leastBusy(): Member<C> | undefined {
    const members = this.#members;
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

  /** Where a turn is once the connection at `removed` has gone: with the same one, or the one behind it. */
  #after(turn: number, removed: number): number {
    const moved = removed < turn ? turn - 1 : turn;
    return moved < this.#members.length ? moved : 0;
  }
}

/** What runs on a connection is counted by it; what waits for its turn in the fleet, only here. */
function load({ connection, users }: Member): number {
  if (connection.state === 'closed') return Number.MAX_SAFE_INTEGER;
  return Math.max(users, connection.active);
}

/** Why nothing is done on a host that was in the fleet when the call began, and is not when its turn comes. */
export function hasLeft({ key, host }: HostPool): ClosedError {
  return new ClosedError(`${key} was taken out of the fleet before its turn came.`, { host, key });
}
