import type { Transport } from '../transport/contract.js';
import type { SecondConnection } from './second-connection.js';

/** Where the facets work: a transport that stands, and what the machine is called in results and errors. */
export interface Site {
  readonly transport: Transport;
  readonly host: string;
  readonly key: string;
  /** Whether the connection makes a link that was lost again by itself. Default: it does not. */
  readonly reconnects?: boolean;
  /** What cannot wait for a channel of `transport` may go over; shared by all work on one connection. */
  readonly second?: SecondConnection;
}
