import { OptionError } from '../core/hawser-error.js';

/** Something for each of some hosts, by key. */
export type ByKey<T> = Readonly<Record<string, T>> | ReadonlyMap<string, T>;

/** The words of {@link keyMap}'s error. */
export interface KeyMapWords {
  /** What there is for each host, such as `'commands'`. */
  readonly what: string;
  /** What did not happen to any, such as `'run'`. */
  readonly done: string;
}

/** A record or a map as a map. Throws {@link OptionError} for a key that is not in the fleet. */
export function keyMap<T>(
  given: ByKey<T>,
  fleet: { has(key: string): boolean },
  { what, done }: KeyMapWords,
): ReadonlyMap<string, T> {
  const map = given instanceof Map ? given : new Map<string, T>(Object.entries(given));
  refuseUnknown(map.keys(), fleet, `the keys of the ${what}`, `; nothing was ${done}`);
  return map;
}

/** Keys of a fleet, each once. Throws {@link OptionError} for what is no list of keys, and for one that is not in the fleet. */
export function checkKeys(keys: Iterable<string>, fleet: { has(key: string): boolean }): ReadonlySet<string> {
  if (typeof keys === 'string' || typeof keys?.[Symbol.iterator] !== 'function') {
    throw new OptionError(`Expected a list of keys, such as \`results.failed.keys()\`, got ${typeof keys}.`);
  }
  const set = new Set(keys);
  refuseUnknown(set, fleet, 'the keys');
  return set;
}

function refuseUnknown(keys: Iterable<string>, fleet: { has(key: string): boolean }, what: string, then = ''): void {
  const unknown = Array.from(keys).filter((key) => !fleet.has(key));
  if (unknown.length === 0) return;
  const named = unknown.slice(0, 10).map((key) => (typeof key === 'string' ? JSON.stringify(key) : typeof key));
  const more = unknown.length > 10 ? ` and ${unknown.length - 10} more` : '';
  throw new OptionError(`Expected ${what} to be in the fleet, got ${named.join(', ')}${more}${then}.`);
}
