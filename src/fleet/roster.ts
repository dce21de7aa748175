import { Connection } from '../connection/connection.js';
import { ConnectionFactory } from '../connection/connection-factory.js';
import { type TargetLike, toTarget } from '../connection/create-connection.js';
import { OptionError } from '../core/hawser-error.js';
import type { Target } from '../inventory/target.js';
import { answers, type MultiOptions } from './fleet-options.js';
import { HostPool, type Member } from './host-pool.js';

/** The hosts of a fleet in the order in which they were first named, each with its pool of connections. */
export class Roster<C extends Connection = Connection> {
  readonly #pools = new Map<string, HostPool<C>>();
  readonly #members = new Map<Connection, { readonly member: Member<C>; keys: number }>();

  get pools(): ReadonlyMap<string, HostPool<C>> {
    return this.#pools;
  }

  /** Adds a connection under a key, behind those that it has; one that is there already stays where it is. */
  add(key: string, connection: C, owned: boolean): Member<C> {
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new HostPool<C>(key);
      this.#pools.set(key, pool);
    }
    let entry = this.#members.get(connection);
    if (entry === undefined) {
      entry = { member: { connection, owned, users: 0, turns: new Set() }, keys: 0 };
      this.#members.set(connection, entry);
    }
    const { member } = entry;
    if (!pool.members.includes(member)) {
      pool.add(member);
      entry.keys += 1;
    }
    return member;
  }

  /** Takes a connection out of a pool; a host that has none left leaves the fleet. */
  remove(pool: HostPool<C>, member: Member<C>): void {
    const entry = this.#members.get(member.connection);
    if (!pool.remove(member) || entry === undefined) return;
    entry.keys -= 1;
    if (entry.keys === 0) this.#members.delete(member.connection);
    if (pool.members.length === 0) this.#pools.delete(pool.key);
  }

  /** The connection as a member; `undefined` where it is under no key. */
  member(connection: Connection): Member<C> | undefined {
    return this.#members.get(connection)?.member;
  }

  /** Each connection once, under however many keys it is. */
  *members(): Generator<Member<C>, void> {
    for (const { member } of this.#members.values()) yield member;
  }
}

/** In a fleet of so many members, each may open further connections for a large transfer. */
const FEW = 4;

/** What a fleet of connections of class `C` is made of: targets where it takes any connection, else connections. */
export type TargetOf<C extends Connection> = Connection extends C ? TargetLike : C;

/** The fleet that targets and options name; nothing is opened. Connections among the targets are borrowed. */
export function makeRoster<C extends Connection>(targets: Iterable<TargetOf<C>>, o: MultiOptions): Roster<C>;
export function makeRoster(targets: Iterable<TargetLike>, o: MultiOptions): Roster {
  if (typeof targets === 'string') {
    throw new OptionError(
      'Expected the targets of a fleet to be a list, got a string; see `MultiConnection.fromSharedAuth` for "web[01-50]".',
    );
  }
  const list = [...targets];
  const isLocal = answers('local', o.local, list.length);
  const isThreadSafe = answers('threadSafe', o.threadSafe, list.length);
  // Where connections are counted, there is one for each member; and many members fill the line by themselves.
  const factory = new ConnectionFactory({ mayOpenFurther: o.maxConnections === undefined && list.length <= FEW });
  const roster = new Roster();
  for (const [index, like] of list.entries()) {
    if (like instanceof Connection) {
      roster.add(like.key, like, false);
      continue;
    }
    const target = withAnswers(toTarget(like, o.defaults), isLocal(index), isThreadSafe(index));
    const connection = factory.create(target);
    roster.add(connection.key, connection, true);
  }
  return roster;
}

function withAnswers(target: Target, local: boolean | undefined, threadSafe: boolean | undefined): Target {
  if (local !== true && threadSafe === undefined) return target;
  return {
    ...target,
    ...(local === true ? { protocol: 'local' as const } : {}),
    ...(threadSafe === undefined ? {} : { threadSafe }),
  };
}
