import type { CommandResult } from '../../core/command-result.js';
import type { FleetEvent } from '../../fleet/fleet-event.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import type { RunSummary } from './summary.js';

/** What a view of a run is made with. */
export interface ViewOptions {
  readonly output: Output;
  /** For stdout. */
  readonly paint: Paint;
  /** The keys of the hosts, in the order of the fleet. */
  readonly keys: readonly string[];
  /** Whether bytes go to a terminal as they are. */
  readonly raw: boolean;
  /** The flags that `hawser trust` needs to find the same hosts. */
  readonly trustFlags: readonly string[];
}

/** Shows each host's result when all are done. */
export interface CollectedView {
  /** `results` are those of the hosts that are done, in the order of the fleet. */
  end(results: readonly CommandResult[], summary: RunSummary): void;
}

/** Shows what happens on the hosts as it happens. */
export interface LiveView {
  readonly encoding: 'utf8' | 'buffer';
  event(event: FleetEvent<string | Buffer>): void;
  end(summary: RunSummary): void;
}
