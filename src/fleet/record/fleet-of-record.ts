import type { Connection } from '../../connection/connection.js';
import { ConnectionFactory } from '../../connection/connection-factory.js';
import type { Abortable } from '../../core/abort.js';
import type { FromConnectionsOptions } from '../fleet-options.js';
import {
  type FromRecordOptions,
  type SlowCredentialProvider,
  withCredentials,
  withSlowCredentials,
} from './credentials.js';
import type { MultiRecord } from './multi-record.js';
import { readRecordObject, readRecordText } from './read-record.js';
import { loadRecord } from './record-file.js';
import type { RecordedFleet } from './recorded-fleet.js';

/** Options of `MultiConnection.load`. */
export interface LoadOptions extends Abortable {
  /** As for `fromJSON`, and it may take its time. */
  readonly credentials?: SlowCredentialProvider;
}

/** What a fleet of a record is made with: its connections, unopened and its own, and its limits. */
export interface FleetParts {
  readonly connections: readonly Connection[];
  readonly options: FromConnectionsOptions;
}

/** The fleet that a record describes. Throws `ParseError` for a text, and `OptionError` for an object, at fault. */
export function fleetOfRecord(value: MultiRecord | string, { credentials }: FromRecordOptions): FleetParts {
  const recorded = typeof value === 'string' ? readRecordText(value) : readRecordObject(value);
  return parts(withCredentials(recorded, credentials));
}

/** The fleet that a file describes. Throws `FileError` and `ParseError`. */
export async function fleetOfFile(file: string, { credentials, signal }: LoadOptions): Promise<FleetParts> {
  const recorded = await loadRecord(file, { signal });
  return parts(await withSlowCredentials(recorded, credentials, { signal }));
}

function parts({ limits, connections }: RecordedFleet): FleetParts {
  // Where connections are counted, there is one for each member.
  const factory = new ConnectionFactory({ mayOpenFurther: limits.maxConnections === undefined });
  return {
    connections: connections.map(({ target, names }) => factory.create(target, names)),
    options: { ...limits, own: true },
  };
}
