import { Machine } from './machine.js';
import { MachineDirectory } from './machine-directory.js';

/** Options of {@link loadMachine}. */
export interface LoadMachineOptions {
  /** Default `$XDG_CONFIG_HOME/hawser/machines`, which is `~/.config/hawser/machines`. */
  readonly directory?: string | undefined;
}

/**
 * Loads a machine by its name: from NAME.yaml, NAME.yml or NAME.json, else from what machines.yaml (or .yml, .json) has of
 * that name. Without a name: the `default` of machines.yaml, or the only machine that there is. It asks nobody anything.
 *
 * @throws OptionError for a name that is none, one that there is not (with what was looked for, and what there is), and one
 *   that several files have; ParseError with file, line and column; FileError for a file that cannot be read.
 */
export async function loadMachine(name?: string, o: LoadMachineOptions = {}): Promise<Machine> {
  return new Machine((await new MachineDirectory(o.directory).load(name)).record);
}
