import { HawserError } from '../../core/hawser-error.js';
import { failureWords } from './failure-words.js';
import { type FoldableResult, type FoldGroup, type FoldOptions, foldResults } from './fold.js';
import type { HostOutcome } from './host-value.js';
import { resultRecord } from './result-record.js';

/** A {@link MultiResult} as plain data. Bytes are base64, which the result's `encoding` says. */
export interface MultiResultRecord {
  readonly version: 1;
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

/**
 * What each host came to: a read-only map from key to result, in the order of the fleet.
 *
 * @example
 * const result = await mc.execute('uname -r');
 * for (const { hosts, output } of result.succeeded.fold()) console.log(String(hosts), output);
 * result.throwIfAnyFailed();
 */
export class MultiResult<out T extends HostOutcome> implements Iterable<[string, T]> {
  readonly #items: ReadonlyMap<string, T>;
  #parts: { readonly succeeded: MultiResult<T>; readonly failed: MultiResult<T> } | undefined;

  /** Of results in the order of the fleet; each key once. */
  constructor(results: Iterable<T>) {
    const items = new Map<string, T>();
    for (const result of results) items.set(result.key, result);
    this.#items = items;
  }

  get size(): number {
    return this.#items.size;
  }

  /** Whether every host succeeded; so it is for no host at all. */
  get ok(): boolean {
    return this.failed.size === 0;
  }

  /** The hosts that succeeded: perhaps none. */
  get succeeded(): MultiResult<T> {
    return this.#split().succeeded;
  }

  /** The hosts that failed: perhaps none. */
  get failed(): MultiResult<T> {
    return this.#split().failed;
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  keys(): IterableIterator<string> {
    return this.#items.keys();
  }

  values(): IterableIterator<T> {
    return this.#items.values();
  }

  entries(): IterableIterator<[string, T]> {
    return this.#items.entries();
  }

  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.#items.entries();
  }

  forEach(callback: (result: T, key: string, all: this) => void): void {
    for (const [key, result] of this.#items) callback(result, key, this);
  }

  /** Returns itself if every host succeeded. Throws a {@link PartialFailureError} that has every result otherwise. */
  throwIfAnyFailed(): this {
    if (!this.ok) throw new PartialFailureError(this.succeeded, this.failed);
    return this;
  }

  /**
   * Groups the hosts whose output and status are the same, the largest group first; of equal ones the first in the fleet.
   * Hosts that failed are grouped by what they wrote as well: fold `succeeded` to leave them out.
   */
  fold(this: MultiResult<T & FoldableResult>, o: FoldOptions = {}): FoldGroup[] {
    return foldResults(this.values(), o);
  }

  /** Plain data, in the order of the fleet. No secret is in it. */
  toJSON(): MultiResultRecord {
    return { version: 1, results: Array.from(this.#items.values(), resultRecord) };
  }

  #split(): { readonly succeeded: MultiResult<T>; readonly failed: MultiResult<T> } {
    if (this.#parts !== undefined) return this.#parts;
    const succeeded: T[] = [];
    const failed: T[] = [];
    for (const result of this.#items.values()) (result.ok ? succeeded : failed).push(result);
    this.#parts = { succeeded: new MultiResult(succeeded), failed: new MultiResult(failed) };
    return this.#parts;
  }
}

/** Some hosts failed. What they and the others came to is all here. */
export class PartialFailureError<out T extends HostOutcome = HostOutcome> extends HawserError {
  readonly succeeded: MultiResult<T>;
  readonly failed: MultiResult<T>;
  /** How many hosts there were. */
  readonly total: number;

  constructor(succeeded: MultiResult<T>, failed: MultiResult<T>) {
    const total = succeeded.size + failed.size;
    super('ERR_HAWSER_PARTIAL_FAILURE', failureWords(failed.values(), total));
    this.succeeded = succeeded;
    this.failed = failed;
    this.total = total;
  }

  /** Names the hosts; their results are in {@link MultiResult.toJSON}. */
  override toJSON(): Record<string, unknown> {
    const { total, succeeded, failed } = this;
    return { ...super.toJSON(), total, succeeded: [...succeeded.keys()], failed: [...failed.keys()] };
  }
}
