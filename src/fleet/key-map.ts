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
  const unknown = [...map.keys()].filter((key) => !fleet.has(key)).map((key) => JSON.stringify(key));
  if (unknown.length === 0) return map;
  const more = unknown.length > 10 ? ` and ${unknown.length - 10} more` : '';
  throw new OptionError(
    `Expected the keys of the ${what} to be in the fleet, got ${unknown.slice(0, 10).join(', ')}${more}; nothing was ${done}.`,
  );
}
