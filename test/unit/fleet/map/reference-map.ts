/** A connection of the model: its number is its name. */
export interface ModelConnection {
  readonly number: number;
  readonly key: string;
  readonly host: string;
  readonly reachable: boolean;
  closed: boolean;
}

/** One key of the reference: what is under it, and whose turn it is. */
interface Shelf {
  readonly key: string;
  items: ModelConnection[];
  turn: ModelConnection | undefined;
}

/**
 * What a fleet is as a map, written down the plainest way: a list of keys, each with a list of connections. Nothing in it
 * is shared with the code that it is held against.
 */
export class ReferenceMap {
  shelves: Shelf[] = [];
  readonly owned = new Set<ModelConnection>();
  closed = false;

  entriesAll(): [string, ModelConnection][] {
    return this.shelves.flatMap(({ key, items }) => items.map((item): [string, ModelConnection] => [key, item]));
  }

  entries(): [string, ModelConnection][] {
    return this.shelves.flatMap(({ key, turn }): [string, ModelConnection][] => (turn ? [[key, turn]] : []));
  }

  get(key: string): ModelConnection | undefined {
    const shelf = this.#shelf(key);
    const given = shelf?.turn;
    if (shelf && given) shelf.turn = behind(shelf, given);
    return given;
  }

  add(key: string, connection: ModelConnection, own: boolean): void {
    let shelf = this.#shelf(key);
    if (shelf === undefined) {
      shelf = { key, items: [], turn: connection };
      this.shelves = [...this.shelves, shelf];
    }
    if (!shelf.items.includes(connection)) shelf.items = [...shelf.items, connection];
    if (own) this.owned.add(connection);
  }

  /** What `pop` and `delete` take: the one whose turn it is. */
  upNext(key: string): ModelConnection[] {
    const turn = this.#shelf(key)?.turn;
    return turn === undefined ? [] : [turn];
  }

  all(key: string): ModelConnection[] {
    return this.#shelf(key)?.items ?? [];
  }

  discard(key: string, gone: readonly ModelConnection[]): void {
    for (const connection of gone) {
      this.#take(key, connection);
      if (this.#holds(connection) || !this.owned.delete(connection)) continue;
      connection.closed = true;
    }
  }

  handOver(key: string, gone: readonly ModelConnection[]): void {
    for (const connection of gone) {
      this.#take(key, connection);
      this.owned.delete(connection);
    }
  }

  close(): void {
    this.closed = true;
    for (const connection of this.owned) connection.closed = true;
  }

  #take(key: string, connection: ModelConnection): void {
    const shelf = this.#shelf(key);
    if (shelf === undefined) return;
    if (shelf.turn === connection) shelf.turn = behind(shelf, connection);
    shelf.items = shelf.items.filter((one) => one !== connection);
    if (shelf.items.length === 0) this.shelves = this.shelves.filter((one) => one !== shelf);
  }

  #holds(connection: ModelConnection): boolean {
    return this.shelves.some(({ items }) => items.includes(connection));
  }

  #shelf(key: string): Shelf | undefined {
    return this.shelves.find((shelf) => shelf.key === key);
  }
}

/** Whose turn it is after another one's. */
function behind({ items }: Shelf, connection: ModelConnection): ModelConnection | undefined {
  const [first] = items;
  return items[items.indexOf(connection) + 1] ?? first;
}
