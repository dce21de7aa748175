import { visible } from '../../core/visible.js';
import { formatMachine } from '../../inventory/machines/write-machine.js';
import { MachineDirectory } from '../../jobs/machine-directory.js';
import type { Context } from '../context.js';
import { jsonText } from '../terminal/json.js';
import { withTilde } from '../terminal/paths.js';
import { oneLine } from '../terminal/text.js';
import type { MachineFlags } from './machine-flags.js';
import { machineRecord } from './machine-view.js';

/**
 * `hawser machine show`: a machine as it is understood, in YAML.
 *
 * @returns the exit status: 0.
 * @throws what loading a machine throws.
 */
export async function showMachine(name: string | undefined, flags: MachineFlags, context: Context): Promise<number> {
  const { output } = context;
  const { record, file } = await new MachineDirectory(flags.directory).load(name);
  const shown = machineRecord(record);
  if (flags.json === true) output.write(`${jsonText({ version: 1, file, machine: shown })}\n`);
  else {
    const { out: paint } = context.paints(flags);
    output.write(`${paint.dim(`# ${withTilde(oneLine(file))}`)}\n${visible(formatMachine(shown))}`);
  }
  return 0;
}
