import { OptionError } from '../core/hawser-error.js';
import type { Command } from '../core/quote.js';
import type { CommandOf } from './execute-work.js';
import type { HostPool } from './host-pool.js';

/** The commands of hosts, by key. */
export type CommandMap = Readonly<Record<string, Command>> | ReadonlyMap<string, Command>;

/** Of the hosts of a fleet those that a map has commands for. Throws {@link OptionError} for a key that is not in it. */
export function chooseCommands(
  commands: CommandMap,
  fleet: ReadonlyMap<string, HostPool>,
): { readonly pools: readonly HostPool[]; readonly commandOf: CommandOf } {
  const map = commands instanceof Map ? commands : new Map<string, Command>(Object.entries(commands));
  const unknown = [...map.keys()].filter((key) => !fleet.has(key)).map((key) => JSON.stringify(key));
  if (unknown.length > 0) {
    const more = unknown.length > 10 ? ` and ${unknown.length - 10} more` : '';
    throw new OptionError(
      `Expected the keys of the commands to be in the fleet, got ${unknown.slice(0, 10).join(', ')}${more}; nothing was run.`,
    );
  }
  return {
    pools: [...fleet.values()].filter(({ key }) => map.has(key)),
    commandOf: (key) => map.get(key) ?? '',
  };
}
