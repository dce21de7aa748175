import { OptionError } from '../../core/hawser-error.js';
import { fieldsOf } from './field-readers.js';
import { MachineFault } from './machine-fault.js';
import { machineNameFault } from './machine-name.js';
import type { MachineFields, MachineRecord } from './machine-record.js';
import { readMachineSource, tellingFaults } from './machine-source.js';
import { type Queue, queueFields } from './queue.js';
import { machineName, readMachine } from './read-machine.js';

/** Where a machine's text came from. */
export interface ParseMachineOptions {
  /** What the machine is called; where the text says a name, it has to be the same. */
  readonly name?: string | undefined;
  /** For errors; a name that ends with `.json` means JSON, any other YAML. Default: JSON where the text begins with `{`. */
  readonly file?: string | undefined;
}

/**
 * Reads the text of one machine.
 *
 * @throws ParseError that names the field, with file, line and column.
 */
export function parseMachine(text: string, { name, file }: ParseMachineOptions = {}): MachineRecord {
  const source = readMachineSource(text, file);
  return tellingFaults('Cannot read the machine', () => readMachine(source.value, [], name), source);
}

/** The machines of a file that holds several. */
export interface SharedMachines {
  /** The one that is meant where none is named. */
  readonly default: string | undefined;
  readonly names: readonly string[];
  /** Reads one of them. Throws ParseError: what is wrong with one is no matter to the others. */
  read(name: string): MachineRecord;
}

/**
 * Reads a file with several machines: a map `machines`, by name, and perhaps a `default`. One with a default alone says
 * which of those with a file of their own is meant.
 *
 * @throws ParseError for a text or names that cannot be meant.
 */
export function parseMachines(text: string, file?: string): SharedMachines {
  const source = readMachineSource(text, file);
  const doing = 'Cannot read the machines';
  return tellingFaults(
    doing,
    () => {
      const fields = fieldsOf(source.value, [], { known: ['machines', 'default'] });
      const listed = fields.get('machines');
      const machines = listed === undefined || listed.value === null ? {} : listed.value;
      const entries = new Map(Object.entries(mapOf(machines)));
      for (const name of entries.keys()) machineName(name, ['machines', name]);
      const chosen = fields.get('default');
      return {
        default: chosen === undefined ? undefined : machineName(chosen.value, chosen.path),
        names: [...entries.keys()],
        read: (name) => {
          const read = (): MachineRecord => readMachine(entries.get(name), ['machines', name], name);
          return tellingFaults(`Cannot read the machine ${name}`, read, source);
        },
      };
    },
    source,
  );
}

/**
 * Checks a machine that a program made, and gives it as it is kept.
 *
 * @throws OptionError that names the field.
 */
export function checkMachine(fields: MachineFields): MachineRecord {
  return tellingFaults('Cannot make the machine', () => readMachine(fields, []));
}

/** The machine of a queue. Throws OptionError that names the field. */
export function machineOfQueue(queue: Queue): MachineRecord {
  if (typeof queue !== 'object' || queue === null) throw new OptionError(`Expected a queue, got ${String(queue)}`);
  return tellingFaults('Cannot read the queue', () => readMachine(queueFields(queue), []));
}

/** Throws OptionError for what is no machine's name. */
export function checkMachineName(name: unknown): asserts name is string {
  const fault = typeof name === 'string' ? machineNameFault(name) : 'is text';
  if (fault !== undefined) throw new OptionError(`The name of a machine ${fault}; got ${JSON.stringify(name)}`);
}

function mapOf(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new MachineFault(['machines'], 'Expected a map of machines by name');
}
