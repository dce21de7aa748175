import type { Transport } from '../transport/contract.js';

/** Where the facets work: a transport that stands, and what the machine is called in results and errors. */
export interface Site {
  readonly transport: Transport;
  readonly host: string;
  readonly key: string;
}
