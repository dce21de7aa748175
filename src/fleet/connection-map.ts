import type { Connection } from '../connection/connection.js';
import { FleetCalls } from './fleet-calls.js';
import type { FleetLimits } from './fleet-options.js';
import type { Roster } from './roster.js';

/** An ordered map from key to a pool of connections, and whose they are. */
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

  protected get roster(): Roster<C> {
    return this.#roster;
  }

  protected get calls(): FleetCalls<C> {
    return this.#calls;
  }

  /** The host of each key, in the order of the fleet. */
  get hosts(): readonly string[] {
    return Array.from(this.#roster.pools.values(), (pool) => pool.host);
  }

  /** How many hosts one call works on at once. */
  get batchSize(): number {
    return this.#limits.batchSize;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#roster.pools.size;
  }

  /** How many connections there are. */
  get sizeAll(): number {
    let size = 0;
    for (const pool of this.#roster.pools.values()) size += pool.members.length;
    return size;
  }

  has(key: string): boolean {
    return this.#roster.pools.has(key);
  }

  /** The next connection in the key's pool, each in its turn; `undefined` where there is none. */
  get(key: string): C | undefined {
    return this.#roster.pools.get(key)?.next();
  }

  /** All connections of a key; `[]` where there is none. Nothing is created by looking. */
  getAll(key: string): readonly C[] {
    return (this.#roster.pools.get(key)?.members ?? []).map((member) => member.connection);
  }

  keys(): IterableIterator<string> {
    return this.#roster.pools.keys();
  }

  /** One connection of each key: the one that `get` would give, whose turn is not used up. */
  *values(): IterableIterator<C> {
    for (const [, connection] of this.entries()) yield connection;
  }

  /** As {@link values}, with the keys. */
  *entries(): IterableIterator<[string, C]> {
    for (const { key, head } of this.#roster.pools.values()) if (head !== undefined) yield [key, head];
  }

  [Symbol.iterator](): IterableIterator<[string, C]> {
    return this.entries();
  }
}
