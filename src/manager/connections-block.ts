import type { Connection } from '../connection/connection.js';
import type { ConnectionClass } from '../connection/connection-class.js';
import type { DeviceCredentials } from '../inventory/device-credentials.js';
import type { HopLike } from '../inventory/target.js';
import type { PoolOptions } from '../pool/pool-options.js';

/**
 * A path to a device. Every field of a `Target` may stand here as well. Names of more than one word may be written in
 * either spelling (`poolSize`, `pool_size`). What is no field known here goes to the constructor of the connection class.
 */
export interface ViaBlock {
  /** One of a target's, or a name under which a connection class is registered. Default: that of its class, else `ssh`. */
  readonly protocol?: string | undefined;
  /** Default: the name of the device. */
  readonly host?: string | undefined;
  /** Another word for `host`. */
  readonly ip?: string | undefined;
  readonly port?: number | undefined;
  /** A class, or the name of one. Default: the one that is named as the protocol is. */
  readonly class?: ConnectionClass | string | undefined;
  /** Further arguments for the constructor of the class. What stands in the block itself wins. */
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  /** Laid over those of the device, one by one. */
  readonly credentials?: DeviceCredentials | undefined;
  /** Another word for `proxyJump`: a jump host, or several, the one nearest to us first. */
  readonly proxy?: HopLike | readonly HopLike[] | undefined;
  /** Connect as many times, and hand out the work among them. */
  readonly poolSize?: number | undefined;
  readonly pool_size?: number | undefined;
  /** How long work waits for a free connection of the pool, in milliseconds. Default 0: for ever. */
  readonly poolTimeout?: number | undefined;
  readonly pool_timeout?: number | undefined;
  /** Further options of the pool: `idleTimeout`, `maxAge`, `maxWaiters`, `validate`, `reset`, … */
  readonly pool?: Omit<PoolOptions<Connection>, 'size' | 'timeout'> | undefined;
  readonly [argument: string]: unknown;
}

/** What holds for every path of a device that does not say otherwise. */
export interface ConnectionDefaults extends ViaBlock {
  /** The alias of a connection that is given none. Default `default`. */
  readonly alias?: string | undefined;
  /** The path of a connection that is given none, or several that are tried in order. Default: the first of the block. */
  readonly via?: string | readonly string[] | undefined;
}

/** The paths to a device by their names, and what holds for all of them. */
export interface ConnectionsBlock {
  defaults?: ConnectionDefaults | undefined;
  [via: string]: ViaBlock | undefined;
}
