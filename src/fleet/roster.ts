import { Connection } from '../connection/connection.js';
import { ConnectionFactory } from '../connection/connection-factory.js';
import { type TargetLike, toTarget } from '../connection/create-connection.js';
import { OptionError } from '../core/hawser-error.js';
import type { Target } from '../inventory/target.js';
import { answers, type MultiOptions } from './fleet-options.js';
import { HostPool, type Member } from './host-pool.js';

/** The hosts of a fleet in the order in which they were first named, each with its pool of connections. */
export class Roster<C extends Connection = Connection> {
  readonly pools: Map<string, HostPool<C>> = new Map();

  /** Adds a connection under a key, behind those that it has. */
  add(key: string, connection: C, owned: boolean): Member<C> {
    let pool = this.pools.get(key);
    if (pool === undefined) {
      pool = new HostPool<C>(key);
      this.pools.set(key, pool);
    }
    const member: Member<C> = { connection, owned, users: 0, heeding: 0 };
    pool.members.push(member);
    return member;
  }

  /** Takes connections out of a pool; a host that has none left leaves the fleet. */
  remove(pool: HostPool<C>, gone: readonly Member<C>[]): void {
    for (const member of gone) {
      const at = pool.members.indexOf(member);
      if (at >= 0) pool.members.splice(at, 1);
    }
    if (pool.members.length === 0 && this.pools.get(pool.key) === pool) this.pools.delete(pool.key);
  }

  *members(): Generator<Member<C>, void> {
    for (const pool of this.pools.values()) yield* pool.members;
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
