import type { ConnectionNames } from '../../connection/create-connection.js';
import type { Target } from '../../inventory/target.js';
import type { MultiOptions } from '../fleet-options.js';

/** A connection of a record that was read. */
export interface RecordedConnection {
  readonly target: Target;
  readonly names: ConnectionNames;
}

/** The limits of a fleet as its record has them. */
export type RecordedLimits = Pick<MultiOptions, 'batchSize' | 'connectConcurrency' | 'maxConnections'>;

/** A record that was read, of whichever shape. */
export interface RecordedFleet {
  readonly limits: RecordedLimits;
  readonly connections: readonly RecordedConnection[];
}
