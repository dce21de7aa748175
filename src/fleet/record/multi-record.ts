import type { Connection } from '../../connection/connection.js';
import type { ConnectionEntry } from '../../connection/connection-record.js';
import { defined } from '../../core/defined.js';
import type { FleetLimits } from '../fleet-options.js';

/** What the `format` of a record says. */
export const FORMAT = 'hawser/fleet';

/** The version that is written, and the one that can be read. */
export const VERSION = 1;

/**
 * A fleet as plain data: safe for JSON and `structuredClone`, and without any secret. `schema/fleet.schema.json` in the
 * package describes it.
 */
export interface MultiRecord {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly batchSize: number;
  readonly connectConcurrency: number;
  readonly maxConnections?: number;
  /** In the order of the fleet; those of one key are its pool. */
  readonly entries: readonly ConnectionEntry[];
}

/** What is recorded of a fleet: fresh data, which shares nothing with it. */
export function multiRecord(
  connections: Iterable<readonly [key: string, connection: Connection]>,
  { batchSize, connectConcurrency, maxConnections }: FleetLimits,
): MultiRecord {
  const entries = Array.from(connections, ([key, connection]): ConnectionEntry => {
    const { version: _, ...entry } = connection.toJSON();
    // A connection may stand in a fleet under another key than its own.
    return { ...entry, key };
  });
  return { format: FORMAT, version: VERSION, batchSize, connectConcurrency, ...defined({ maxConnections }), entries };
}

/** A record as text. */
export function recordText(record: MultiRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}
