import type { Command } from '../core/quote.js';
import type { CommandOf } from './execute-work.js';
import type { HostPool } from './host-pool.js';
import { type ByKey, keyMap } from './key-map.js';

/** The commands of hosts, by key. */
export type CommandMap = ByKey<Command>;

/** Of the hosts of a fleet those that a map has commands for. Throws {@link OptionError} for a key that is not in it. */
export function chooseCommands(
  commands: CommandMap,
  fleet: ReadonlyMap<string, HostPool>,
): { readonly pools: readonly HostPool[]; readonly commandOf: CommandOf } {
  const map = keyMap(commands, fleet, { what: 'commands', done: 'run' });
  return {
    pools: [...fleet.values()].filter(({ key }) => map.has(key)),
    commandOf: (key) => map.get(key) ?? '',
  };
}
