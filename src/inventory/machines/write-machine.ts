import { stringify } from 'yaml';
import type { MachineRecord } from './machine-record.js';
import { formatWalltime } from './walltime.js';

/** A machine as the text of its file, in YAML or JSON: `parseMachine` reads the same machine from it. */
export function formatMachine(machine: MachineRecord, format: 'yaml' | 'json' = 'yaml'): string {
  const { walltime, ...fields } = machine;
  const written = { ...fields, ...(walltime === undefined ? {} : { walltime: formatWalltime(walltime) }) };
  if (format === 'json') return `${JSON.stringify(written, undefined, 2)}\n`;
  // No aliases: a list that two fields share is written twice.
  return stringify(written, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** The text of a file for several machines that has none yet, and says which is meant where none is named. */
export function formatShared(chosen: string): string {
  return stringify({ default: chosen });
}
