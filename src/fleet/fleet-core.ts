import type { Admission } from './admission.js';
import type { FleetOptions } from './fleet-options.js';
import type { Publish } from './fleet-run.js';
import type { HostOutcome } from './host-value.js';
import type { HostWork, Operation } from './operation.js';

/** What a fleet lends to the parts that it is made of. */
export interface FleetCore {
  readonly admission: Admission;
  /** The keys of the hosts, in order. */
  keys(): readonly string[];
  /** Goes over the hosts and settles when each has its result. Throws, before anything runs, where it could not. */
  go<T extends HostOutcome>(
    o: FleetOptions,
    make: (operation: Operation) => HostWork<T>,
    publish: Publish<T>,
  ): Promise<void>;
}
