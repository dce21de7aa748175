import { ParseError } from '../../core/hawser-error.js';
import { isPlainObject } from './field-readers.js';
import { MachineFault, type MachinePath } from './machine-fault.js';
import { machineNameFault } from './machine-name.js';
import type { MachineRecord } from './machine-record.js';
import { type MachineSource, readMachineSource, tellingFaults } from './machine-source.js';
import { readMachine } from './read-machine.js';
import { takeOver } from './xespresso-fields.js';

/** A machine of another program's: as it would be kept here, or why it cannot be. */
export interface ImportedMachine {
  readonly name: string;
  readonly record?: MachineRecord;
  readonly error?: ParseError;
  /** What is different from what stood there. */
  readonly notes: readonly string[];
}

/** What was found in a file. */
export interface ImportedMachines {
  /** The machine that is meant where none is named. */
  readonly default: string | undefined;
  readonly machines: readonly ImportedMachine[];
}

/**
 * Reads machines of xespresso: a `machines.json` (`{ "machines": { NAME: … }, "default": NAME }`), the file of one machine,
 * or a `default.json`. What that program fills in for itself is written out, so that the machine stays as it was.
 *
 * @param file where the text came from: a machine that does not say its name is called by it.
 * @throws ParseError for a text that is no JSON, or holds no machines. What is wrong with one machine stands in it.
 */
export function importXespresso(text: string, file: string): ImportedMachines {
  const source = readMachineSource(text, file);
  return tellingFaults('Cannot import machines', () => readAll(source, file), source);
}

function readAll(source: MachineSource, file: string): ImportedMachines {
  const { value } = source;
  if (!isPlainObject(value)) throw new MachineFault([], 'Expected an object with machines, or one that is a machine');
  const { machines, default: chosen } = value;
  const isShared = machines !== undefined || Object.keys(value).every((name) => name === 'default');
  if (!isShared) return { default: undefined, machines: [readOne(value, [], baseName(file), source)] };
  if (machines !== undefined && !isPlainObject(machines)) {
    throw new MachineFault(['machines'], 'Expected an object with machines by name');
  }
  const taken = new Set<string>();
  return {
    default: typeof chosen === 'string' && chosen !== '' ? safeName(chosen) : undefined,
    machines: Object.entries(machines ?? {}).map(([name, machine]) =>
      readOne(machine, ['machines', name], name, source, taken),
    ),
  };
}

function readOne(
  value: unknown,
  path: MachinePath,
  fallback: string,
  source: MachineSource,
  taken: Set<string> = new Set(),
): ImportedMachine {
  const own = isPlainObject(value) ? value['name'] : undefined;
  const called = typeof own === 'string' && own !== '' ? own : fallback;
  const name = notTaken(safeName(called), taken);
  taken.add(name);
  const renamed = name === called ? [] : [`${JSON.stringify(called)} is called ${name} now`];
  try {
    return tellingFaults(
      `Cannot import the machine ${name}`,
      () => {
        if (!isPlainObject(value)) throw new MachineFault(path, 'Expected an object');
        const { fields, notes } = takeOver(value);
        const record = within(path, () => readMachine({ ...fields, name }, []));
        return { name, record, notes: [...renamed, ...notes] };
      },
      source,
    );
  } catch (error) {
    if (error instanceof ParseError) return { name, error, notes: renamed };
    throw error;
  }
}

/** A fault in what was made of a machine is told at the place of what it was made of, as near as that is known. */
function within<T>(path: MachinePath, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MachineFault) throw new MachineFault([...path, ...error.path], error.message, error.part);
    throw error;
  }
}

/** A name that a machine may have here, as near as may be to the one that it has there. */
function safeName(name: string): string {
  if (machineNameFault(name) === undefined) return name;
  const safe = name
    .replaceAll(/[^A-Za-z0-9._-]+/gu, '-')
    .replaceAll(/^[._-]+|-+$/gu, '')
    .slice(0, 64);
  if (safe === '') return 'machine';
  return machineNameFault(safe) === undefined ? safe : `${safe}-1`;
}

/** Names that differ in what no name may have here alone are told apart by a number. */
function notTaken(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = `${name.slice(0, 58)}-${count}`;
  return free;
}

function baseName(file: string): string {
  return file.replace(/^.*[/\\]/u, '').replace(/\.[^.]+$/u, '');
}
