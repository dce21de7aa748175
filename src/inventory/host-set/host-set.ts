import { inspect } from 'node:util';
import { OptionError } from '../../core/hawser-error.js';
import { evaluate, type HostSetOptions, type Names } from './expression.js';
import { foldNames } from './fold.js';
import { sortedNames } from './natural-order.js';

/**
 * An immutable set of host names, written the way clusters are: `web[01-50,60],db[1-3]!db2 &@prod`.
 *
 * | written | means |
 * |---|---|
 * | `web[01-50,60]` | a name for each number; leading zeros are kept, and both ends of a range have as many digits |
 * | `n[0-30/5]` | with a step |
 * | `r[1-2]n[01-04]` | every combination |
 * | `a,b` or `a b` | union |
 * | `a!b`  `a&b`  `a^b` | difference, intersection, symmetric difference |
 * | `@prod`, `@rack[1-3]` | the hosts of a group, or of several |
 * | `root@web1:22` | user and port are part of the name |
 * | `root@[::1]:22` | brackets round an IPv6 address are no range: a range never holds a colon |
 * | `"my host"` | a JSON string is a name as it is, whatever it holds |
 *
 * Operators bind alike and are evaluated from left to right, with or without white space around them. The empty text
 * is the empty set. At most 1,000,000 names can be written in one expression.
 *
 * Iteration is in natural order (`n2` before `n10`).
 *
 * @example
 * ```ts
 * const hosts = HostSet.parse('web[01-04]!web03');
 * hosts.size;            // 3
 * String(hosts);         // 'web[01-02,04]'
 * [...hosts];            // ['web01', 'web02', 'web04']
 * ```
 */
export class HostSet implements Iterable<string> {
  static {
    // Declared here, as a computed name has no place in the declarations that are made file by file.
    Object.defineProperty(HostSet.prototype, inspect.custom, {
      value(this: HostSet): string {
        return `HostSet(${this.size}) ${this.toString()}`;
      },
    });
  }

  readonly #source: Names;
  #sorted: readonly string[] | undefined;
  #index: ReadonlySet<string> | undefined;
  #folded: string | undefined;

  private constructor(source: Names) {
    this.#source = source;
  }

  /**
   * Reads an expression. A single name with ranges is not expanded before its hosts are asked for.
   *
   * @throws ParseError at the part that is at fault: a range that is empty, reversed or never closed, an operator
   * without a side, an unknown group or a circle of groups, more than 1,000,000 names.
   */
  static parse(text: string, options: HostSetOptions = {}): HostSet {
    return new HostSet(evaluate(text, options));
  }

  /**
   * The set of these names, each taken as it is: nothing in them is an operator or a range.
   *
   * @throws OptionError if one is not a string or is empty.
   */
  static of(names: Iterable<string>): HostSet {
    if (typeof names === 'string') {
      throw new OptionError(
        'Expected HostSet.of to be given a list of names, got a string; read it with HostSet.parse',
      );
    }
    const list = [...names];
    for (const name of list) {
      if (typeof name !== 'string' || name === '') {
        throw new OptionError(`Expected a host name to be a string that is not empty, got ${inspect(name)}`);
      }
    }
    return HostSet.#fromSorted(sortedNames(list));
  }

  static #fromSorted(sorted: readonly string[]): HostSet {
    const set = new HostSet({ size: sorted.length, most: sorted.length, expand: () => sorted });
    set.#sorted = sorted;
    return set;
  }

  /** How many hosts there are. */
  get size(): number {
    return this.#source.size ?? this.#names.length;
  }

  /** Whether a name is in the set, exactly as it is written. */
  has(name: string): boolean {
    this.#index ??= new Set(this.#names);
    return this.#index.has(name);
  }

  /** The hosts that are in either set. */
  union(other: HostSet): HostSet {
    return HostSet.#fromSorted(sortedNames([...this.#names, ...other.#names]));
  }

  /** The hosts of this set that are not in the other. */
  difference(other: HostSet): HostSet {
    return HostSet.#fromSorted(this.#names.filter((name) => !other.has(name)));
  }

  /** The hosts that are in both sets. */
  intersection(other: HostSet): HostSet {
    return HostSet.#fromSorted(this.#names.filter((name) => other.has(name)));
  }

  /** The hosts that are in one set and not in the other. */
  symmetricDifference(other: HostSet): HostSet {
    return this.difference(other).union(other.difference(this));
  }

  /**
   * Cuts the set into `parts` slices of neighbours, whose sizes differ by one at most: the shares of several workers.
   * None is empty, so there are fewer of them where there are fewer hosts.
   *
   * @throws OptionError if `parts` is not a positive integer.
   */
  split(parts: number): HostSet[] {
    if (!Number.isSafeInteger(parts) || parts < 1) {
      throw new OptionError(`Expected the number of slices of a host set to be a positive integer, got ${parts}`);
    }
    const names = this.#names;
    const count = Math.min(parts, names.length);
    const bound = (index: number): number => Math.floor((index * names.length) / count);
    return Array.from({ length: count }, (_, index) =>
      HostSet.#fromSorted(names.slice(bound(index), bound(index + 1))),
    );
  }

  /** Whether both hold the same hosts. */
  equals(other: HostSet): boolean {
    if (this.size !== other.size) return false;
    const names = other.#names;
    return this.#names.every((name, index) => name === names[index]);
  }

  /** The hosts in natural order, as an array of the caller's own. */
  toArray(): string[] {
    return [...this.#names];
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#names.values();
  }

  /**
   * The set as an expression, folded as far as it goes: `parse` reads it back to an equal set. Padding is kept, names
   * with several numbers fold in several dimensions, and equal distances become a step where that is shorter.
   */
  toString(): string {
    this.#folded ??= foldNames(this.#names);
    return this.#folded;
  }

  /** The folded expression: a set is a string in JSON. */
  toJSON(): string {
    return this.toString();
  }

  get #names(): readonly string[] {
    this.#sorted ??= sortedNames(this.#source.expand());
    return this.#sorted;
  }
}
