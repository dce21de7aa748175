import { inspect } from 'node:util';
import { Connection } from '../connection/connection.js';
import { concealFacts } from '../connection/device-facts.js';
import { defined } from '../core/defined.js';
import { AliasError } from '../core/errors.js';
import { OptionError } from '../core/hawser-error.js';
import type { DeviceCredentials } from '../inventory/device-credentials.js';
import { type ConnectCall, type InstantiateArgs, isRecord } from './connect-args.js';
import { type AliasOptions, ConnectionManager } from './connection-manager.js';
import type { ConnectionsBlock } from './connections-block.js';
import type {
  AliasTypes,
  DeviceConstructor,
  DeviceMembers,
  DeviceOptions,
  DeviceRecord,
  Device as TypedDevice,
} from './device-members.js';
import { DynamicMembers } from './dynamic-members.js';
import { guardSecrets } from './guard-secrets.js';
import { readCredentials } from './layers.js';
import { defaultAlias } from './plan.js';
import type { Resolution } from './resolution.js';
import { serviceKind } from './services.js';

/** The members whose types depend on which connections a device is said to have. */
type Typed = 'instantiate' | 'connect' | 'connection' | 'connectionManager';

class PlainDevice extends DynamicMembers implements Omit<DeviceMembers, Typed> {
  static {
    Object.defineProperty(PlainDevice, 'name', { value: 'Device' });
  }

  readonly name: string;
  readonly os: string | undefined;
  readonly platform: string | undefined;
  readonly custom: Readonly<Record<string, unknown>>;
  readonly #credentials: DeviceCredentials | undefined;
  #connections: ConnectionsBlock;
  readonly connectionManager: ConnectionManager<PlainDevice>;
  readonly #services = new Map<string, (...args: readonly unknown[]) => unknown>();

  constructor(name: string, o: DeviceOptions = {}) {
    super();
    if (typeof name !== 'string' || name.trim() === '') {
      throw new OptionError('Expected the name of a device to be a string that is not empty.');
    }
    const { os, platform, credentials, custom = {}, connections = {} } = o;
    this.name = name;
    this.os = os;
    this.platform = platform;
    this.custom = custom;
    this.#credentials =
      credentials && concealFacts({ name, credentials: readCredentials(credentials, name) }).credentials;
    this.#connections = checkBlock(name, connections);
    this.connectionManager = new ConnectionManager<PlainDevice>(this);
  }

  get credentials(): DeviceCredentials | undefined {
    return this.#credentials;
  }

  get connections(): ConnectionsBlock {
    return this.#connections;
  }

  set connections(connections: ConnectionsBlock) {
    this.#connections = checkBlock(this.name, connections);
  }

  instantiate(o?: InstantiateArgs): Connection {
    return this.connectionManager.instantiate(o);
  }

  connect(o?: ConnectCall): Promise<Connection> {
    return this.connectionManager.connect(o);
  }

  disconnect(o?: AliasOptions): Promise<void> {
    return this.connectionManager.disconnect(o);
  }

  destroy(o?: AliasOptions): Promise<void> {
    return this.connectionManager.destroy(o);
  }

  isConnected(o?: AliasOptions): boolean {
    return this.connectionManager.isConnected(o);
  }

  disconnectAll(): Promise<void> {
    return this.connectionManager.disconnectAll();
  }

  destroyAll(): Promise<void> {
    return this.connectionManager.destroyAll();
  }

  explain(o?: InstantiateArgs): Resolution {
    return this.connectionManager.explain(o);
  }

  connection(alias?: string): Connection {
    const found = this.connectionManager.find(alias);
    if (found !== undefined) return found;
    throw this.#noConnection(alias ?? this.connectionManager.defaultAlias, 'Call connect() first.');
  }

  checkAlias(alias: string): void {
    const taken =
      alias in this || alias in Connection.prototype || HOOKS.has(alias) || this.#serviceKind(alias) !== undefined;
    if (!taken || this.connectionManager.find(alias) !== undefined) return;
    throw new OptionError(
      `Cannot call a connection of ${this.name} "${alias}": that would hide what a device has under this name. Choose another alias.`,
      { host: this.name },
    );
  }

  toJSON(): DeviceRecord {
    const states = Object.entries(this.connectionManager.connections).map(([alias, { state }]) => [alias, state]);
    return {
      name: this.name,
      ...defined({ os: this.os, platform: this.platform }),
      vias: Object.keys(this.#connections).filter((via) => via !== 'defaults'),
      connections: Object.fromEntries(states),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroyAll();
  }

  [inspect.custom](_depth: number, options: object): string {
    return `Device ${inspect(this.toJSON(), options)}`;
  }

  /** A connection by its alias, or a service of the default connection. */
  protected override lookUp(name: string): unknown {
    if (HOOKS.has(name)) return undefined;
    const { connectionManager } = this;
    if (Object.hasOwn(connectionManager.connections, name)) return connectionManager.find(name);
    // The types have no other name for the connection of the default alias.
    if (name === 'default') return connectionManager.find();
    const kind = this.#serviceKind(name);
    if (kind === 'method') return this.#service(name);
    return kind === 'facet' ? Reflect.get(this.#default(name), name) : undefined;
  }

  /** Of the default connection where there is one, else of the class that it would have. */
  #serviceKind(name: string): 'method' | 'facet' | undefined {
    const connection = this.connectionManager.find();
    return serviceKind(connection ?? this.#futurePrototype(), name);
  }

  /** What the block says may be no connection at all: that is for connect() to tell. */
  #futurePrototype(): unknown {
    try {
      return this.connectionManager.classOf().prototype;
    } catch {
      return Connection.prototype;
    }
  }

  /** The same function each time; it goes to whichever connection is the default one when it is called. */
  #service(name: string): (...args: readonly unknown[]) => unknown {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const service = (...args: readonly unknown[]): unknown => {
      const connection = this.#default(name);
      const method: unknown = Reflect.get(connection, name);
      if (typeof method === 'function') return Reflect.apply(method, connection, args);
      throw new OptionError(
        `${connection.constructor.name}, the default connection of ${this.name}, has no \`${name}\`.`,
        {
          host: this.name,
        },
      );
    };
    Object.defineProperty(service, 'name', { value: name });
    this.#services.set(name, service);
    return service;
  }

  #default(service: string): Connection {
    const found = this.connectionManager.find();
    if (found !== undefined) return found;
    throw this.#noConnection(this.connectionManager.defaultAlias, `Call connect() before \`${service}\`.`);
  }

  #noConnection(alias: string, advice: string): AliasError {
    const known = Object.keys(this.connectionManager.connections);
    const there = known.length === 0 ? '' : ` It has ${known.join(', ')}.`;
    return new AliasError(`${this.name} has no connection "${alias}" yet.${there} ${advice}`, alias, known, {
      host: this.name,
    });
  }
}

/** What languages and libraries ask any object for: an answer would make a device something else than it is. */
const HOOKS: ReadonlySet<string> = new Set(['then', 'toJSON', 'asymmetricMatch', 'nodeType', '$$typeof', 'prototype']);

function checkBlock(name: string, connections: unknown): ConnectionsBlock {
  if (isBlock(connections)) {
    // Whatever is asked of a device asks for its default alias.
    defaultAlias({ name, connections });
    return guardSecrets(connections);
  }
  throw new OptionError(`Expected the connections of ${name} to be an object of paths by their names.`);
}

function isBlock(connections: unknown): connections is ConnectionsBlock {
  return isRecord(connections);
}

/** {@inheritDoc TypedDevice} */
export type Device<A extends AliasTypes<A> = { readonly default: Connection }> = TypedDevice<A>;

// What a type says of aliases and services is looked up when it is asked for: no class can declare it.
export const Device: DeviceConstructor = PlainDevice as unknown as DeviceConstructor;
