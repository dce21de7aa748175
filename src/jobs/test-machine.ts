import type { JobMachine } from './job-machine.js';
import type { MachineReport, MachineTestOptions } from './machine-report.js';

/** Looks at all that jobs need of a machine: see `Machine.test`. */
export async function testMachine(machine: JobMachine, _o: MachineTestOptions): Promise<MachineReport> {
  return { machine: machine.name, ok: true, checks: [] };
}
