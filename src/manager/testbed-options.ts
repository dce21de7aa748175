import type { Abortable } from '../core/abort.js';
import type { Target } from '../inventory/target.js';
import type { ParseTestbedOptions } from '../inventory/testbed/parse-testbed.js';
import type { ExecuteOptions } from '../remote/process/options.js';
import type { DeviceMembers } from './device-members.js';

/** How a {@link Testbed} is read. */
export interface TestbedOptions extends ParseTestbedOptions {
  /** Fields of a target for every connection, its proxies included, that the file leaves open: `{ knownHosts, privateKey }`. */
  readonly defaults?: Partial<Target> | undefined;
}

/** A device of a testbed, by its name, its alias, or itself. */
export type DeviceLike = string | Pick<DeviceMembers, 'name'>;

/** Options of work on the devices of a testbed. */
export interface TestbedCallOptions extends Abortable {
  /** On which. Default: all. The results are in this order. */
  readonly devices?: Iterable<DeviceLike> | undefined;
  /** How many are worked on at once. Default 100. */
  readonly batchSize?: number | undefined;
  /** For each device, its connect included, in milliseconds. Default: none beside that of a connect. */
  readonly timeout?: number | undefined;
}

/** Options of {@link Testbed.connect}. */
export interface TestbedConnectOptions extends TestbedCallOptions {
  /**
   * The path, or several that are tried in order: one for all devices, or by the names of devices. A connection that was
   * made by another path is replaced, with all that runs on it. Default: what there is, by whichever path, else the path
   * of the file, else each device's first.
   */
  readonly vias?: string | readonly string[] | Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** Options of {@link Testbed.execute}. */
export interface TestbedExecuteOptions extends Omit<ExecuteOptions, 'timeout' | 'signal'>, TestbedConnectOptions {}
