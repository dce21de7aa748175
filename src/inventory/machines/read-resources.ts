import { defined } from '../../core/defined.js';
import { type FieldNames, type FieldReader, fieldsOf, line, listOf, readerOf, wholeNumber } from './field-readers.js';
import type { MachinePath } from './machine-fault.js';
import type { MachineResources } from './machine-record.js';

const READERS = {
  nodes: wholeNumber(1),
  tasks: wholeNumber(1),
  tasksPerNode: wholeNumber(1),
  cpusPerTask: wholeNumber(1),
  memory: line,
  gpus: wholeNumber(0),
  queue: line,
  account: line,
  qos: line,
  parallelEnvironment: line,
  extra: listOf(line),
} as const satisfies Record<keyof MachineResources, FieldReader<unknown>>;

/** All that a job may ask for, by the names of the fields. */
export const RESOURCE_NAMES: readonly string[] = Object.keys(READERS);

const NAMES: FieldNames = {
  known: RESOURCE_NAMES,
  slips: new Map([
    ['partition', 'queue'],
    ['ntasks', 'tasks'],
    ['np', 'tasks'],
    ['ntasksPerNode', 'tasksPerNode'],
    ['mem', 'memory'],
    ['gres', 'gpus'],
    ['pe', 'parallelEnvironment'],
    ['options', 'extra'],
    ['time', ' write it as `walltime` of the machine'],
    ['walltime', ' write it as `walltime` of the machine'],
  ]),
};

/** Reads what a machine's jobs ask for. Empty ones are `undefined`. Throws MachineFault. */
export function readResources(value: unknown, path: MachinePath): MachineResources | undefined {
  const read = readerOf(fieldsOf(value, path, NAMES));
  const extra = read('extra', READERS.extra);
  const resources = defined({
    nodes: read('nodes', READERS.nodes),
    tasks: read('tasks', READERS.tasks),
    tasksPerNode: read('tasksPerNode', READERS.tasksPerNode),
    cpusPerTask: read('cpusPerTask', READERS.cpusPerTask),
    memory: read('memory', READERS.memory),
    gpus: read('gpus', READERS.gpus),
    queue: read('queue', READERS.queue),
    account: read('account', READERS.account),
    qos: read('qos', READERS.qos),
    parallelEnvironment: read('parallelEnvironment', READERS.parallelEnvironment),
    extra: extra?.length === 0 ? undefined : extra,
  });
  return Object.keys(resources).length === 0 ? undefined : resources;
}
