import { OptionError } from '../core/hawser-error.js';
import { HostSet } from '../inventory/host-set/host-set.js';
import type { Target } from '../inventory/target.js';
import type { MultiOptions } from './fleet-options.js';

/** How one gets into every host of a fleet: the fields of a target but those that name the host. */
export interface SharedAuth extends Partial<Omit<Target, 'host' | 'key' | 'threadSafe'>> {}

/** Options of `MultiConnection.fromSharedAuth`. */
export interface SharedAuthOptions extends SharedAuth, MultiOptions {
  /** A host set such as `'web[01-50]!web13'`, or targets as text. */
  readonly hosts: string | Iterable<string>;
}

/** The hosts as targets, and the fleet's options with all that the targets share as defaults. */
export function sharedAuthTargets(o: SharedAuthOptions): {
  readonly targets: readonly string[];
  readonly options: MultiOptions;
} {
  const { hosts, batchSize, connectConcurrency, maxConnections, local, threadSafe, defaults, ...shared } = o;
  const targets = typeof hosts === 'string' ? HostSet.parse(hosts).toArray() : [...hosts];
  if (targets.length === 0) {
    throw new OptionError('Expected the `hosts` option to name at least one host, such as "web[01-50]", got none.');
  }
  const options: MultiOptions = {
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(connectConcurrency === undefined ? {} : { connectConcurrency }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(local === undefined ? {} : { local }),
    ...(threadSafe === undefined ? {} : { threadSafe }),
    defaults: { ...defaults, ...shared },
  };
  return { targets, options };
}
