import type { Connection } from '../connection/connection.js';
import { AbortError } from '../core/errors.js';
import { FleetCalls } from './fleet-calls.js';
import type { FleetLimits } from './fleet-options.js';
import type { HostPool, Member } from './host-pool.js';
import { checkEntries, type MapEntry } from './map-entries.js';
import type { Roster } from './roster.js';

/** Options of adding connections to a fleet. */
export interface AddOptions {
  /**
   * `true`: the fleet closes them from now on. Default: they are borrowed, and stay whose they were; one that the fleet
   * owns already it goes on to own.
   */
  readonly own?: boolean;
}

/**
 * An ordered map from key to a pool of connections, and whose they are.
 *
 * A key is in it as long as it has a connection; it keeps its place meanwhile, and one that comes back is the last. A pool
 * has each connection once, in the order in which they came. Iterators go over what there was when they were made. What
 * looks changes nothing; what changes the map throws `ClosedError` once the fleet is closed, when the map can still be
 * looked at.
 *
 * A connection that the fleet made is its own, one that it was given is borrowed ({@link owns} tells). It closes its own
 * when they leave it by `delete`, `deleteAll` or `clear`, unless they are in it under a further key, and when it is
 * closed; one that two fleets own is closed by whichever comes first.
 *
 * Calls that are under way go on with those hosts that were in the fleet when they began. What runs on a connection that
 * is deleted is ended, and has a result that says so; what runs on one that is popped goes on to its end. Of a host that
 * has left before its turn came nothing is started.
 */
export abstract class ConnectionMap<C extends Connection = Connection> implements Iterable<[string, C]> {
  readonly #limits: FleetLimits;
  readonly #roster: Roster<C>;
  readonly #calls: FleetCalls<C>;

  protected constructor(limits: FleetLimits, roster: Roster<C>) {
    this.#limits = limits;
    this.#roster = roster;
    this.#calls = new FleetCalls(limits, roster);
  }

  protected get limits(): FleetLimits {
    return this.#limits;
  }

  protected get pools(): ReadonlyMap<string, HostPool<C>> {
    return this.#roster.pools;
  }

  protected get calls(): FleetCalls<C> {
    return this.#calls;
  }

  /** The host of each key, in the order of the fleet. */
  get hosts(): readonly string[] {
    return Array.from(this.pools.values(), (pool) => pool.host);
  }

  /** How many hosts one call works on at once. */
  get batchSize(): number {
    return this.#limits.batchSize;
  }

  /** Whether the fleet has been closed, or is about to be. */
  get closed(): boolean {
    return this.#calls.closed;
  }

  /** How many keys there are. */
  get size(): number {
    return this.pools.size;
  }

  /** How many connections there are; one that is under two keys counts twice. */
  get sizeAll(): number {
    let size = 0;
    for (const pool of this.pools.values()) size += pool.members.length;
    return size;
  }

  has(key: string): boolean {
    return this.pools.has(key);
  }

  /** Whether the fleet closes this connection, when it leaves it or the fleet is closed. */
  owns(connection: Connection): boolean {
    return this.#roster.member(connection)?.owned ?? false;
  }

  /** The next connection in the key's pool, each in its turn; `undefined` where there is none. */
  get(key: string): C | undefined {
    return this.pools.get(key)?.next();
  }

  /** All connections of a key, in the order in which they came; `[]` where there is none. */
  getAll(key: string): readonly C[] {
    return (this.pools.get(key)?.members ?? []).map((member) => member.connection);
  }

  /** Each key once. */
  keys(): IterableIterator<string> {
    return [...this.pools.keys()].values();
  }

  /** Each key as often as it has connections. */
  keysAll(): IterableIterator<string> {
    return this.#all()
      .map(([key]) => key)
      .values();
  }

  /** One connection of each key: the one that `get` would give, whose turn is not used up. */
  values(): IterableIterator<C> {
    return this.#heads()
      .map(([, connection]) => connection)
      .values();
  }

  /** All connections, key by key. */
  valuesAll(): IterableIterator<C> {
    return this.#all()
      .map(([, connection]) => connection)
      .values();
  }

  /** As {@link values}, with the keys. */
  entries(): IterableIterator<[string, C]> {
    return this.#heads().values();
  }

  /** As {@link valuesAll}, with the keys. */
  entriesAll(): IterableIterator<[string, C]> {
    return this.#all().values();
  }

  [Symbol.iterator](): IterableIterator<[string, C]> {
    return this.entries();
  }

  /** Calls a function with each of {@link entries}. */
  forEach(callback: (connection: C, key: string, fleet: this) => void): void {
    for (const [key, connection] of this.entries()) callback(connection, key, this);
  }

  /**
   * Adds a connection to the pool of a key, behind those that it has. Nothing is replaced, and what is there already stays
   * as it is.
   *
   * @throws OptionError for an empty key, and for what is no connection; ClosedError.
   */
  set(key: string, connection: C, o: AddOptions = {}): this {
    return this.#addAll([[key, connection]], o);
  }

  /** Adds a connection under its own key, or all those of another fleet, each under the keys that it has there. Throws as {@link set}. */
  add(other: C | ConnectionMap<C>, o: AddOptions = {}): this {
    return this.#addAll(entriesOf(other), o);
  }

  /** As {@link add}, of another fleet or of keys and connections. All of them are added, or where one cannot be, none. */
  update(other: ConnectionMap<C> | Iterable<MapEntry<C>>, o: AddOptions = {}): this {
    return this.#addAll(other instanceof ConnectionMap ? other.entriesAll() : other, o);
  }

  /**
   * Takes the connection out that `get` would give, and settles when it is closed, if it was the fleet's own. `false`
   * where there is none.
   *
   * @throws ClosedError once the fleet is closed.
   */
  async delete(key: string): Promise<boolean> {
    return (await this.#delete(this.#next(key))) === 1;
  }

  /** As {@link delete}, with all connections of the key; resolves to how many there were. */
  async deleteAll(key: string): Promise<number> {
    return this.#delete(this.#whole(key));
  }

  /** As {@link deleteAll}, with all keys. */
  async clear(): Promise<void> {
    this.#calls.refuseIfClosed();
    await Promise.all(Array.from(this.pools.values(), (pool) => this.discard(pool, [...pool.members])));
  }

  /**
   * Takes the connection out that `get` would give, and hands it over as it is: whatever it was, it is the caller's now to
   * close. `undefined` where there is none. What the fleet runs on it goes on; closing the fleet ends that, or lets go of
   * it where it cannot be ended.
   *
   * @throws ClosedError once the fleet is closed.
   */
  pop(key: string): C | undefined {
    return this.#pop(this.#next(key))[0];
  }

  /** As {@link pop}, with all connections of the key, in the order in which they came; `[]` where there is none. */
  popAll(key: string): C[] {
    return this.#pop(this.#whole(key));
  }

  /** As {@link pop}, of the last key, which it says. */
  popItem(): [string, C] | undefined {
    const key = this.#lastKey();
    const connection = key === undefined ? undefined : this.pop(key);
    return key === undefined || connection === undefined ? undefined : [key, connection];
  }

  /** As {@link popAll}, of the last key, which it says. */
  popItemAll(): [string, C[]] | undefined {
    const key = this.#lastKey();
    return key === undefined ? undefined : [key, this.popAll(key)];
  }

  /**
   * Takes connections out of a pool and closes those that were the fleet's own. What runs on them for this key is ended
   * first where it can be. They are out at once; it settles when nothing is left of them.
   */
  protected async discard(pool: HostPool<C>, members: readonly Member<C>[]): Promise<void> {
    for (const member of members) this.#roster.remove(pool, member);
    const cause = new AbortError(`${pool.key} was taken out of the fleet.`, { host: pool.host, key: pool.key });
    await this.#calls.untilLeft(Promise.all(members.map((member) => this.#end(member, pool, cause))));
  }

  async #end(member: Member<C>, pool: HostPool<C>, cause: AbortError): Promise<void> {
    const { connection } = member;
    const closes = member.owned && this.#roster.member(connection) === undefined;
    const turns = [...member.turns].filter((turn) => turn.pool === pool);
    // Before it is told: that may be all that the turn waited for.
    const over = turns.filter(({ endsItself }) => endsItself).map((turn) => turn.ended());
    // What cannot be told ends with its connection.
    for (const turn of turns) if (turn.endsItself || !closes) turn.end(cause);
    await Promise.all(over);
    if (!closes) return;
    await connection.close();
    this.#calls.admission.remove(member);
  }

  async #delete({ pool, members }: Chosen<C>): Promise<number> {
    if (pool !== undefined) await this.discard(pool, members);
    return members.length;
  }

  #pop({ pool, members }: Chosen<C>): C[] {
    return members.map((member) => {
      if (pool !== undefined) this.#roster.remove(pool, member);
      member.owned = false;
      this.#calls.admission.remove(member);
      for (const turn of member.turns) turn.handOver();
      return member.connection;
    });
  }

  #next(key: string): Chosen<C> {
    this.#calls.refuseIfClosed();
    const pool = this.pools.get(key);
    return { pool, members: pool?.head === undefined ? [] : [pool.head] };
  }

  #whole(key: string): Chosen<C> {
    this.#calls.refuseIfClosed();
    const pool = this.pools.get(key);
    return { pool, members: [...(pool?.members ?? [])] };
  }

  #lastKey(): string | undefined {
    this.#calls.refuseIfClosed();
    return [...this.pools.keys()].at(-1);
  }

  #addAll(entries: Iterable<MapEntry<C>>, { own = false }: AddOptions): this {
    this.#calls.refuseIfClosed();
    for (const [key, connection] of checkEntries(entries)) {
      const member = this.#roster.add(key, connection, false);
      if (!own || member.owned) continue;
      member.owned = true;
      this.#calls.admission.add(member);
    }
    return this;
  }

  #heads(): [string, C][] {
    return Array.from(this.pools.values()).flatMap(({ key, head }) =>
      head === undefined ? [] : [[key, head.connection]],
    );
  }

  #all(): [string, C][] {
    return Array.from(this.pools.values()).flatMap(({ key, members }) =>
      members.map(({ connection }): [string, C] => [key, connection]),
    );
  }
}

/** Connections of a pool that are to leave it. */
interface Chosen<C extends Connection> {
  readonly pool: HostPool<C> | undefined;
  readonly members: readonly Member<C>[];
}

/** A connection under its own key, or all of a fleet. */
export function entriesOf<C extends Connection>(other: C | ConnectionMap<C>): Iterable<[string, C]> {
  return other instanceof ConnectionMap ? other.entriesAll() : [[other?.key, other]];
}
