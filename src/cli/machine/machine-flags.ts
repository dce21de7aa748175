import type { TerminalFlags } from '../options/terminal-options.js';

/** The flags that all of `hawser machine` has. */
export interface MachineFlags extends TerminalFlags {
  readonly directory?: string;
  readonly json?: true;
}

/** The flags of `hawser machine test`. */
export interface MachineTestFlags extends MachineFlags {
  readonly all?: true;
  readonly askPass?: true;
}

/** The flags of `hawser machine import`. */
export interface MachineImportFlags extends MachineFlags {
  readonly dryRun?: true;
  readonly force?: true;
}
