import { HawserError, OptionError } from '../../core/hawser-error.js';
import { type FoundMachine, importMachines } from '../../jobs/import-machines.js';
import { MachineDirectory } from '../../jobs/machine-directory.js';
import type { Context } from '../context.js';
import { writeJsonList } from '../terminal/json-list.js';
import { withTilde } from '../terminal/paths.js';
import { columnsOf, oneLine, padded } from '../terminal/text.js';
import type { MachineImportFlags } from './machine-flags.js';
import { machineRecord } from './machine-view.js';

/** What became of a machine: the file that has it now, or would have it, or why there is none. */
interface TakenOver extends FoundMachine {
  readonly to?: string;
  readonly failure?: HawserError;
}

/**
 * `hawser machine import`: takes over machines of another program, and which of them is meant where none is named, unless
 * something here says that already.
 *
 * @returns the exit status: 1 where one could not be taken over.
 * @throws OptionError where there is none; FileError, ParseError for what cannot be read at all.
 */
export async function takeOverMachines(
  path: string | undefined,
  flags: MachineImportFlags,
  context: Context,
): Promise<number> {
  const { output } = context;
  const found = await importMachines(path);
  const directory = new MachineDirectory(flags.directory);
  const { out: paint } = context.paints(flags);
  const width = found.machines.reduce((most, { name }) => Math.max(most, columnsOf(oneLine(name))), 0);
  const taken: TakenOver[] = [];
  for (const machine of found.machines) {
    const one = await takeOver(machine, directory, flags);
    taken.push(one);
    if (flags.json === true) continue;
    const { name, to, failure, notes } = one;
    // What could be read, and not be kept, has another of its name in the way.
    const hint = failure instanceof OptionError && flags.force !== true ? ' → --force replaces it' : '';
    const whole = padded(oneLine(name), width);
    if (failure !== undefined)
      output.write(`${whole}  ${paint.bad(`✗ ${withTilde(oneLine(failure.message))}${hint}`)}\n`);
    else output.write(`${whole}  ${paint.good(flags.dryRun === true ? 'to' : 'in')} ${withTilde(oneLine(to ?? ''))}\n`);
    for (const note of failure === undefined ? notes : []) output.note(`${' '.repeat(width)}  ${oneLine(note)}\n`);
  }
  const chosen = await chooseDefault(found.default, taken, directory, flags);
  if (flags.json === true) showJson(taken, chosen, context);
  else if (chosen !== undefined) output.note(`${oneLine(chosen)} is meant where no machine is named.\n`);
  return taken.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

async function takeOver(
  machine: FoundMachine,
  directory: MachineDirectory,
  { dryRun, force }: MachineImportFlags,
): Promise<TakenOver> {
  const { record, error } = machine;
  if (record === undefined) return { ...machine, ...(error === undefined ? {} : { failure: error }) };
  try {
    const options = { replace: force === true };
    const to = dryRun === true ? await directory.fileFor(record, options) : await directory.save(record, options);
    return { ...machine, to };
  } catch (failure) {
    if (failure instanceof HawserError) return { ...machine, failure };
    throw failure;
  }
}

/** Keeps the choice of who wrote the other files, where nobody has chosen here. */
async function chooseDefault(
  name: string | undefined,
  taken: readonly TakenOver[],
  directory: MachineDirectory,
  { dryRun }: MachineImportFlags,
): Promise<string | undefined> {
  if (name === undefined || dryRun === true || !taken.some((one) => one.name === name && one.to !== undefined)) return;
  return (await directory.chooseDefault(name)) ? name : undefined;
}

function showJson(taken: readonly TakenOver[], chosen: string | undefined, { output }: Context): void {
  const entries = taken.map(({ name, file, record, notes, to, failure }) => ({
    name,
    from: file,
    ...(to === undefined ? {} : { to }),
    notes,
    ...(record === undefined ? {} : { machine: machineRecord(record) }),
    ...(failure === undefined ? {} : { error: failure.toJSON() }),
  }));
  writeJsonList(output, 'machines', entries, chosen === undefined ? {} : { before: { default: chosen } });
}
