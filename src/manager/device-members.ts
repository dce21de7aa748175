import type { Connection } from '../connection/connection.js';
import type { ConnectionClass } from '../connection/connection-class.js';
import type { DeviceCredentials } from '../inventory/device-credentials.js';
import type { ConnectionPool, PooledConnection } from '../pool/connection-pool.js';
import type { ConnectCall, InstantiateArgs } from './connect-args.js';
import type { AliasOptions, ConnectionManager } from './connection-manager.js';
import type { ConnectionsBlock } from './connections-block.js';
import type { Resolution } from './resolution.js';
import type { ServicesOf } from './services.js';

/** What the connections of a device are, by their aliases; `default` is that of the default alias, whatever that is. */
export type AliasTypes<A = Readonly<Record<string, Connection>>> = { readonly [N in keyof A]: Connection };

/** The connection of the default alias. */
type DefaultOf<A> = A extends { readonly default: infer C extends Connection } ? C : Connection;

/** A pool of such connections; of what is said to be a pool already, that. */
type PoolOf<C extends Connection> = C extends ConnectionPool ? C : PooledConnection<C>;

/** What a {@link Device} is made with. */
export interface DeviceOptions {
  /** The paths to it. */
  readonly connections?: ConnectionsBlock | undefined;
  readonly credentials?: DeviceCredentials | undefined;
  /** The kind of its command line, such as `frr`. */
  readonly platform?: string | undefined;
  /** Its operating system, such as `iosxe`. */
  readonly os?: string | undefined;
  /** Whatever you want to keep with it. */
  readonly custom?: Readonly<Record<string, unknown>> | undefined;
}

/** What a device has of its own; its connections and their services come beside. */
export interface DeviceMembers<A extends AliasTypes<A> = Readonly<Record<string, Connection>>> {
  readonly name: string;
  readonly os: string | undefined;
  readonly platform: string | undefined;
  readonly custom: Readonly<Record<string, unknown>>;
  /** By name alone: no inspection and no JSON shows them. */
  readonly credentials: DeviceCredentials | undefined;
  /**
   * The paths to it: what is changed here holds for the next connection that is made. It is a copy of what was given, and
   * shows no secret where it is inspected or made into JSON.
   */
  connections: ConnectionsBlock;
  readonly connectionManager: ConnectionManager<DeviceMembers>;

  /** {@link ConnectionManager.instantiate} */
  instantiate<N extends keyof A & string>(o: InstantiateArgs & { readonly alias: N }): A[N];
  instantiate<C extends Connection>(
    o: InstantiateArgs & { readonly cls: ConnectionClass<C>; readonly poolSize: number },
  ): PooledConnection<C>;
  instantiate<C extends Connection>(
    o: InstantiateArgs & { readonly cls: ConnectionClass<C>; readonly poolSize?: undefined },
  ): C;
  instantiate(o: InstantiateArgs & { readonly alias?: undefined; readonly poolSize: number }): PoolOf<DefaultOf<A>>;
  instantiate(o?: InstantiateArgs & { readonly alias?: undefined; readonly poolSize?: undefined }): DefaultOf<A>;
  instantiate(o: InstantiateArgs): Connection;

  /** {@link ConnectionManager.connect} */
  connect<N extends keyof A & string>(o: ConnectCall & { readonly alias: N }): Promise<A[N]>;
  connect<C extends Connection>(
    o: ConnectCall & { readonly cls: ConnectionClass<C>; readonly poolSize: number },
  ): Promise<PooledConnection<C>>;
  connect<C extends Connection>(
    o: ConnectCall & { readonly cls: ConnectionClass<C>; readonly poolSize?: undefined },
  ): Promise<C>;
  connect(o: ConnectCall & { readonly alias?: undefined; readonly poolSize: number }): Promise<PoolOf<DefaultOf<A>>>;
  connect(o?: ConnectCall & { readonly alias?: undefined; readonly poolSize?: undefined }): Promise<DefaultOf<A>>;
  connect(o: ConnectCall): Promise<Connection>;

  /** {@link ConnectionManager.disconnect} */
  disconnect(o?: AliasOptions): Promise<void>;
  /** {@link ConnectionManager.destroy} */
  destroy(o?: AliasOptions): Promise<void>;
  /** {@link ConnectionManager.isConnected} */
  isConnected(o?: AliasOptions): boolean;
  /** {@link ConnectionManager.disconnectAll} */
  disconnectAll(): Promise<void>;
  /** {@link ConnectionManager.destroyAll} */
  destroyAll(): Promise<void>;
  /** {@link ConnectionManager.explain} */
  explain(o?: InstantiateArgs): Resolution;

  /**
   * The connection of an alias, by default that of the default alias; the type is yours to know.
   *
   * @throws AliasError where there is none.
   */
  connection<N extends keyof A & string>(alias: N): A[N];
  connection<C extends Connection = DefaultOf<A>>(alias?: string): C;

  /** Throws `OptionError` for an alias that would hide a member of this device, or be hidden by one. */
  checkAlias(alias: string): void;
  /** What it is and which connections it has, without any secret. */
  toJSON(): DeviceRecord;
  /** {@link ConnectionManager.destroyAll} */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A device as plain data, without any secret. */
export interface DeviceRecord {
  readonly name: string;
  readonly os?: string;
  readonly platform?: string;
  /** The names of the paths. */
  readonly vias: readonly string[];
  /** The state of each connection by its alias. */
  readonly connections: Readonly<Record<string, string>>;
}

/**
 * A device: reached by several paths, under several aliases. Its connections are its members by their aliases
 * (`device.vty_1`), and the services of the default one are its own (`device.execute`).
 *
 * A connection that has not been made is `undefined`; a service without its connection throws an `AliasError`.
 */
export type Device<A extends AliasTypes<A> = { readonly default: Connection }> = DeviceMembers<A> &
  Readonly<Omit<A, keyof DeviceMembers>> &
  Omit<ServicesOf<DefaultOf<A>>, keyof DeviceMembers | keyof A>;

/** Makes devices; `A` says which connections they are going to have. */
export interface DeviceConstructor {
  /** Opens nothing. Throws `OptionError` for a name or a block that cannot be meant. */
  new <A extends AliasTypes<A> = { readonly default: Connection }>(name: string, o?: DeviceOptions): Device<A>;
  readonly prototype: Device;
}
