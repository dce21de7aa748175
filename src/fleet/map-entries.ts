import { inspect } from 'node:util';
import { Connection } from '../connection/connection.js';
import { OptionError } from '../core/hawser-error.js';

/** What is to be added to a fleet: a connection, and the key to find it by. */
export type MapEntry<C extends Connection> = readonly [key: string, connection: C];

/** Entries as a list. Callers without types may give anything: throws {@link OptionError} for what is no such entry. */
export function checkEntries<C extends Connection>(entries: Iterable<MapEntry<C>>): readonly MapEntry<C>[] {
  if (typeof entries !== 'object' || entries === null || !(Symbol.iterator in entries)) {
    throw new OptionError(`Expected a fleet, or a list of keys and connections, got ${shown(entries)}.`);
  }
  const list = [...entries];
  for (const entry of list) checkEntry(entry);
  return list;
}

function checkEntry(entry: unknown): void {
  const [key, connection]: unknown[] = Array.isArray(entry) ? entry : [entry];
  if (!(connection instanceof Connection)) {
    throw new OptionError(`Expected a connection to add to the fleet, got ${shown(connection ?? entry)}.`);
  }
  if (typeof key !== 'string' || key === '') {
    throw new OptionError(`Expected the key of ${connection.key} to be a string that is not empty, got ${shown(key)}.`);
  }
}

function shown(value: unknown): string {
  return inspect(value, { depth: 0 });
}
