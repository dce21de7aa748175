import type { CommandResult } from '../../core/command-result.js';
import type { FleetEvent } from '../../fleet/fleet-event.js';
import type { FleetOptions } from '../../fleet/fleet-options.js';
import type { RunOptions } from '../../remote/process/options.js';

/** How a command is run on hosts: all that the flags say of it. */
export interface RunPlan extends FleetOptions, Pick<RunOptions, 'cwd' | 'env' | 'sudo'> {
  readonly input?: Uint8Array;
}

/** The hosts that a command is run on, as far as who shows the run needs to know them: a fleet, or a single session. */
export interface RunHosts {
  readonly size: number;
  /** How many of them are worked on at once. */
  readonly batchSize: number;
  keys(): Iterable<string>;
  entries(): Iterable<readonly [key: string, host: { readonly host: string }]>;
  /** What happens on them, as it happens. */
  stream(command: string, o: RunPlan & { readonly encoding: 'buffer' }): AsyncIterable<FleetEvent<Buffer>>;
  stream(command: string, o: RunPlan): AsyncIterable<FleetEvent>;
  /** What the command came to on each of them, as they end. */
  execute(command: string, o: RunPlan & { readonly maxBuffer?: number }): AsyncIterable<CommandResult>;
}
