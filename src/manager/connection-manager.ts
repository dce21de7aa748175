import { isDeepStrictEqual } from 'node:util';
import type { Connection } from '../connection/connection.js';
import { type ConnectionClass, isBuiltIn } from '../connection/connection-class.js';
import { AliasError, ClosedError } from '../core/errors.js';
import { TypedEvents } from '../core/events.js';
import { HawserError, OptionError } from '../core/hawser-error.js';
import { SshContext } from '../transport/ssh2/ssh-context.js';
import {
  type ConnectArgs,
  type ConnectCall,
  type InstantiateArgs,
  likelyName,
  readSettings,
  slipOf,
} from './connect-args.js';
import type { DeviceDescription } from './device-description.js';
import { ManagedConnection } from './managed-connection.js';
import { defaultAlias, type Plans, planConnection } from './plan.js';
import type { Resolution } from './resolution.js';

/** Something that does not stop the work, and that somebody should know. */
export interface ManagerWarning {
  readonly device: string;
  readonly alias: string;
  readonly message: string;
}

/** Events of a {@link ConnectionManager}. */
export interface ManagerEvents {
  /**
   * A connection was used although it was made with other arguments; one of several paths failed; a connection that was
   * replaced did not end well; an argument looks like a slip.
   */
  warning: [warning: ManagerWarning];
}

/** Which connection is meant. */
export interface AliasOptions {
  /** Default: `defaults.alias` of the device's connections, else `default`. */
  readonly alias?: string | undefined;
}

/** A device, as its manager sees it. */
export interface ManagedDevice extends DeviceDescription {
  /** Throws `OptionError` for an alias that would hide one of the device's own members. */
  checkAlias(alias: string): void;
}

/**
 * The connections of a device by their aliases. Each device has one; it holds the device weakly.
 *
 * A connection that could not be opened stays, so that the next call tries it again.
 */
export class ConnectionManager<D extends ManagedDevice = ManagedDevice> extends TypedEvents<{
  [E in keyof ManagerEvents]: ManagerEvents[E];
}> {
  readonly #device: WeakRef<D>;
  readonly #name: string;
  readonly #context = new SshContext();
  readonly #held = new Map<string, ManagedConnection>();
  /** What the device said last: it may be gone before its connections are. */
  #lastDefault = 'default';
  /** Why there are no connections any more. */
  #closed: string | undefined;
  // Without a prototype: an alias such as "constructor" finds what is held, and nothing else.
  readonly #record: Record<string, Connection> = Object.create(null);
  readonly #view: Readonly<Record<string, Connection>> = new Proxy(this.#record, readOnly);

  constructor(device: D) {
    super();
    this.#device = new WeakRef(device);
    this.#name = device.name;
  }

  /** The device that it belongs to; `undefined` once nobody else holds that any more. */
  get device(): D | undefined {
    return this.#device.deref();
  }

  /** The connections that there are, open or not, by their aliases. It changes with them, and cannot be written to. */
  get connections(): Readonly<Record<string, Connection>> {
    return this.#view;
  }

  /**
   * Makes a connection, or a pool where `poolSize` says so, and opens nothing. One of that alias that is there already
   * is given back; `ifExists` says otherwise.
   *
   * @throws AliasError for a path that the device does not have, or an alias that is taken (`ifExists: 'error'`);
   *   OptionError for what cannot be meant; ClosedError after {@link close}; whatever the constructor of the class throws.
   */
  instantiate(o: InstantiateArgs = {}): Connection {
    return this.#find(o).connection;
  }

  /**
   * Makes the connection where there is none of that alias, and opens it. Several calls at once share one.
   *
   * @throws as {@link instantiate} does, and as the connection's `connect` does. Of several paths, the next is tried
   *   where the network is at fault, and never after a host key or a login that was refused.
   */
  async connect({ signal, ...o }: ConnectCall = {}): Promise<Connection> {
    return this.#find(o).connect({ signal });
  }

  /** Ends the link. The connection stays: `connect` opens it again. Throws `AliasError` where there is none. */
  async disconnect(o: AliasOptions = {}): Promise<void> {
    const [, held] = this.#get(o, 'disconnect');
    await held.connection.disconnect();
  }

  /**
   * Ends the link, closes the connection for good and forgets it, also where ending it fails.
   *
   * @throws AliasError where there is none; the error of ending it.
   */
  async destroy(o: AliasOptions = {}): Promise<void> {
    const [alias, held] = this.#get(o, 'destroy');
    this.#forget(alias);
    await held.destroy();
  }

  /** Whether the link stands; `false` for an alias that there is not. */
  isConnected(o: AliasOptions = {}): boolean {
    return this.#held.get(this.#alias(o))?.connection.connected ?? false;
  }

  /** Ends every link; one that fails keeps no other from being ended. Throws an error that names each that failed. */
  async disconnectAll(): Promise<void> {
    await this.#all('disconnect', (held) => held.connection.disconnect());
  }

  /** Ends every link, closes and forgets every connection, as {@link disconnectAll}. */
  async destroyAll(): Promise<void> {
    await this.#all('destroy', (held, alias) => {
      this.#forget(alias);
      return held.destroy();
    });
  }

  /**
   * Ends and forgets every connection as {@link destroyAll} does, for good: whoever connects or instantiates afterwards is
   * told `reason`, in a `ClosedError`.
   */
  async close(reason = `The connections of ${this.#name} were closed for good.`): Promise<void> {
    this.#closed ??= reason;
    await this.destroyAll();
  }

  /** What a call would do, and why: each value, and where it came from. Makes nothing. Throws as {@link instantiate}. */
  explain(o: InstantiateArgs = {}): Resolution {
    return this.#plan(o).resolution;
  }

  /** The alias that is meant where a call names none. */
  get defaultAlias(): string {
    return this.#alias({});
  }

  /** The class that a connection would have. Throws as {@link instantiate}. */
  classOf(o: InstantiateArgs = {}): ConnectionClass {
    return this.#plan(o).plans[0].cls;
  }

  /** The connection of an alias, or that of the default alias; `undefined` where there is none. */
  find(alias?: string): Connection | undefined {
    return this.#held.get(this.#alias({ alias }))?.connection;
  }

  #alias({ alias }: AliasOptions): string {
    if (alias !== undefined) return alias;
    const { device } = this;
    if (device !== undefined) this.#lastDefault = defaultAlias(device);
    return this.#lastDefault;
  }

  #get(o: AliasOptions, doing: string): [alias: string, held: ManagedConnection] {
    const alias = this.#alias(o);
    const held = this.#held.get(alias);
    if (held !== undefined) return [alias, held];
    const known = [...this.#held.keys()];
    const there = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw new AliasError(
      `Cannot ${doing} "${alias}": ${this.#name} has no connection of that name; ${there}.`,
      alias,
      known,
      {
        host: this.#name,
      },
    );
  }

  #plan(o: ConnectArgs): Plans {
    const { device } = this;
    if (device === undefined) {
      throw new ClosedError(
        `Cannot connect to ${this.#name}: nobody holds the device any more. Keep it as long as you use it.`,
      );
    }
    if (o['signal'] !== undefined && o['signal'] !== null) {
      throw new OptionError(
        `Expected no \`signal\` for a connection to ${this.#name} that is not opened yet: give it to \`connect\`.`,
      );
    }
    this.#lastDefault = defaultAlias(device);
    return planConnection(device, o);
  }

  #find(o: ConnectArgs): ManagedConnection {
    if (this.#closed !== undefined) {
      throw new ClosedError(`Cannot connect to ${this.#name}: ${this.#closed}`, { host: this.#name });
    }
    const plans = this.#plan(o);
    const { alias, ifExists } = plans;
    const there = this.#held.get(alias);
    // One that somebody has closed for good is nothing that could be used again.
    if (there === undefined || there.connection.state === 'closed') return this.#make(plans);
    if (ifExists === 'error') {
      const message = `${this.#name} has a connection "${alias}" already. Destroy it, or choose another alias.`;
      throw new AliasError(message, alias, [...this.#held.keys()], { host: this.#name });
    }
    if (ifExists === 'replace') return this.#replace(alias, there, plans);
    this.#warnOfOthers(o, plans, there);
    return there;
  }

  #make(plans: Plans): ManagedConnection {
    const { alias } = plans;
    this.device?.checkAlias(alias);
    const held = new ManagedConnection(plans, this.#context, {
      changed: (connection) => {
        if (this.#held.get(alias) === held) this.#record[alias] = connection;
      },
      warning: (message) => this.#warn(alias, message),
    });
    this.#held.set(alias, held);
    this.#record[alias] = held.connection;
    this.#warnOfSlips(alias, plans);
    return held;
  }

  /** An argument that no class of ours takes notice of, or that a class of somebody's own may not mean: he may wonder why. */
  #warnOfSlips(alias: string, { plans: [{ cls }], resolution }: Plans): void {
    if (this.listenerCount('warning') === 0) return;
    const ours = isBuiltIn(cls);
    for (const [name, { from }] of Object.entries(resolution.arguments)) {
      const meant = ours ? likelyName(name) : from === 'call' ? slipOf(name) : undefined;
      if (meant === undefined) continue;
      const which = ours ? ', which does not know it' : '';
      this.#warn(alias, `\`${name}\` is handed to ${cls.name}${which}; did you mean \`${meant}\`?`);
    }
  }

  /** The new one is made first: where that fails, the old one stays. */
  #replace(alias: string, old: ManagedConnection, plans: Plans): ManagedConnection {
    const made = this.#make(plans);
    const ended = old.destroy().catch((error: unknown) => {
      this.#warn(alias, `The connection "${alias}" that was replaced did not end well: ${messageOf(error)}`);
    });
    made.waitFor(ended);
    return made;
  }

  /** Tells of arguments that a connection that is used again was not made with. */
  #warnOfOthers(o: ConnectArgs, plans: Plans, { plans: before }: ManagedConnection): void {
    if (this.listenerCount('warning') === 0) return;
    const names = [...readSettings(o, 'the call').keys()].filter((name) => name !== 'alias' && name !== 'ifExists');
    const others = names.filter((name) => !isDeepStrictEqual(plannedValue(name, plans), plannedValue(name, before)));
    if (others.length === 0) return;
    const { alias } = plans;
    const list = others.map((name) => `\`${name}\``).join(', ');
    this.#warn(
      alias,
      `The connection "${alias}" of ${this.#name} was made with another ${list}, and is used as it is. ` +
        "Choose another alias, or ifExists: 'replace'.",
    );
  }

  #warn(alias: string, message: string): void {
    this.emit('warning', { device: this.#name, alias, message });
  }

  #forget(alias: string): void {
    this.#held.delete(alias);
    delete this.#record[alias];
  }

  async #all(doing: string, work: (held: ManagedConnection, alias: string) => Promise<void>): Promise<void> {
    const all = [...this.#held];
    const ended = await Promise.allSettled(all.map(async ([alias, held]) => work(held, alias)));
    const failed = ended.flatMap((end, index) => {
      return end.status === 'rejected' ? [{ alias: all[index]?.[0] ?? '', error: end.reason as unknown }] : [];
    });
    if (failed.length === 0) return;
    const reasons = failed.map(({ alias, error }) => `"${alias}": ${messageOf(error)}`).join('; ');
    throw new HawserError(
      'ERR_HAWSER_DEVICE',
      `Could not ${doing} ${failed.length} of the ${all.length} connections of ${this.#name}. ${reasons}`,
      { host: this.#name, key: this.#name, cause: new AggregateError(failed.map(({ error }) => error)) },
    );
  }
}

function plannedValue(name: string, { plans }: Plans): unknown {
  const [plan] = plans;
  if (name === 'via') return plans.map(({ via }) => via);
  if (name === 'cls') return plan.cls;
  if (name === 'poolSize') return plan.pool?.size;
  if (name === 'poolTimeout') return plan.pool?.timeout;
  if (name === 'pool') return plan.pool && { ...plan.pool, size: undefined, timeout: undefined };
  if (name === 'credentials') return plan.facts.credentials;
  return Reflect.get(plan.target, name) ?? plan.args[name];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const refuse = (): never => {
  throw new OptionError('Cannot write to the connections of a manager: use connect, instantiate and destroy.');
};

const readOnly: ProxyHandler<Record<string, Connection>> = {
  set: refuse,
  defineProperty: refuse,
  deleteProperty: refuse,
  setPrototypeOf: refuse,
};
