import { HashedNames } from './hashed-names.js';
import { foldCase, matchesNames } from './host-names.js';
import type { KnownHostLine } from './parse-line.js';

/** A line of `known_hosts`, and where it stands. */
export interface KnownHostEntry extends Omit<KnownHostLine, 'hashed'> {
  /** The file it was read from; `undefined` for text that was handed in. */
  readonly file: string | undefined;
  /** 1-based. */
  readonly line: number;
}

/** An entry, and how its names are compared. */
export interface IndexedEntry {
  readonly entry: KnownHostEntry;
  /** Where it stands among all. */
  readonly order: number;
  /** Its index among the hashed names, or its patterns in lower case. */
  readonly names: number | readonly string[];
}

/** The entries in the order in which they were added, found by host name and by key. */
export class EntryIndex {
  #count = 0;
  readonly #byKey = new Map<string, IndexedEntry[]>();
  readonly #byName = new Map<string, IndexedEntry[]>();
  readonly #withPatterns: IndexedEntry[] = [];
  readonly #withHash: IndexedEntry[] = [];
  readonly #hashes = new HashedNames();
  /** What `find` has found: a scan of hashed names is worth keeping. */
  readonly #found = new Map<string, readonly IndexedEntry[]>();

  /** How many entries have a hashed name. */
  get hashedCount(): number {
    return this.#withHash.length;
  }

  add(line: KnownHostLine, file: string | undefined, number: number): void {
    const { marker, names: text, hashed, type, key, comment } = line;
    const entry: KnownHostEntry = { marker, names: text, type, key, comment, file, line: number };
    const names = hashed === undefined ? foldCase(text).split(',') : this.#hashes.add(hashed);
    const indexed: IndexedEntry = { entry, order: this.#count, names };
    this.#count += 1;
    this.#found.clear();
    append(this.#byKey, key.toString('latin1'), indexed);
    if (typeof names === 'number') {
      this.#withHash.push(indexed);
    } else if (/[*?!]/.test(text)) {
      this.#withPatterns.push(indexed);
    } else {
      for (const name of new Set(names)) append(this.#byName, name, indexed);
    }
  }

  /** The entries that hold exactly this key, for whatever hosts. */
  withKey(key: Buffer): readonly IndexedEntry[] {
    return this.#byKey.get(key.toString('latin1')) ?? [];
  }

  /** Whether the entry is for `name`, which is in lower case and has its port. Tries one hash at most. */
  matches({ names }: IndexedEntry, name: string): boolean {
    return typeof names === 'number' ? this.#hashes.matches(names, name) : matchesNames(names, name);
  }

  /** The entries for `name` whose names stand there as they are. Tries no hash. */
  findPlain(name: string): IndexedEntry[] {
    const withPatterns = this.#withPatterns.filter((indexed) => this.matches(indexed, name));
    return inOrder([...(this.#byName.get(name) ?? []), ...withPatterns]);
  }

  /** All entries for `name`. Tries every hash, the first time that a name is asked for. */
  find(name: string): readonly IndexedEntry[] {
    const before = this.#found.get(name);
    if (before !== undefined) return before;
    const hashes = new Set(this.#hashes.find(name));
    const found = [...this.findPlain(name), ...this.#withHash.filter((_, index) => hashes.has(index))];
    this.#found.set(name, inOrder(found));
    return found;
  }

  /** Whether `find` has the answer for `name` at hand. */
  hasFound(name: string): boolean {
    return this.#found.has(name);
  }
}

function inOrder(entries: IndexedEntry[]): IndexedEntry[] {
  return entries.sort((a, b) => a.order - b.order);
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
