import { MachineDirectory } from '../../jobs/machine-directory.js';
import type { Context } from '../context.js';
import { writeJsonList } from '../terminal/json-list.js';
import { withTilde } from '../terminal/paths.js';
import { oneLine } from '../terminal/text.js';
import type { MachineFlags } from './machine-flags.js';
import { machineRecord, showMachines } from './machine-view.js';

/**
 * `hawser machine list`: the machines that are kept, those that cannot be read with what is wrong with them.
 *
 * @returns the exit status: 2 where one cannot be read.
 * @throws FileError for a directory that cannot be read; ParseError, OptionError for a machines.yaml that cannot be used.
 */
export async function listMachines(flags: MachineFlags, context: Context): Promise<number> {
  const { output } = context;
  const directory = new MachineDirectory(flags.directory);
  const machines = await directory.list();
  if (flags.json === true) {
    const entries = machines.map(({ name, file, isDefault, record, error }) => ({
      name,
      file,
      default: isDefault,
      ...(record === undefined ? {} : { machine: machineRecord(record) }),
      ...(error === undefined ? {} : { error: error.toJSON() }),
    }));
    writeJsonList(output, 'machines', entries);
  } else if (machines.length > 0) showMachines(machines, output, context.paints(flags).out);
  else {
    const place = oneLine(withTilde(directory.path));
    output.note(`There are no machines in ${place}. hawser machine --help says how to write one.\n`);
  }
  return machines.some(({ error }) => error !== undefined) ? 2 : 0;
}
