import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { type Abortable, neverAborted } from '../core/abort.js';
import type { ReconnectOptions } from '../core/backoff.js';
import { startDebugLogIfAsked } from '../core/debug-log.js';
import { defined } from '../core/defined.js';
import { type ConnectStep, diagnostics, type StateEvent } from '../core/diagnostics.js';
import type { HawserError } from '../core/hawser-error.js';
import { Mutex } from '../core/mutex.js';
import { revealed } from '../core/secret.js';
import { targetKey } from '../inventory/format-target.js';
import type { JumpHost, Target } from '../inventory/target.js';
import type { UseOptions } from '../remote/files/file-access.js';
import { SecondConnection } from '../remote/second-connection.js';
import type { Site } from '../remote/site.js';
import type { LinkFacts, Transport } from '../transport/contract.js';
import { cloneConnection } from './clone-connection.js';
import { concealTarget } from './conceal-target.js';
import { type ConnectionRecord, connectionRecord } from './connection-record.js';
import { ConnectionServices, type ConnectionState, type ReconnectAttempt } from './connection-services.js';
import { concealFacts, type DeviceFacts, revealFacts } from './device-facts.js';
import { LinkKeeper } from './link-keeper.js';
import type { ConnectGate, ConnectOptions, OpenedTransport } from './open-link.js';
import { isToBeRepeated } from './repeat.js';

export type { ConnectGate, ConnectOptions, OpenedTransport } from './open-link.js';

/** What a {@link Connection} is made with. */
export interface ConnectionOptions {
  readonly target: Readonly<Target>;
  /** The path by which a connection manager reached it. */
  readonly via?: string | undefined;
  /** The name under which a connection manager holds it. */
  readonly alias?: string | undefined;
  /** The device that it leads to. */
  readonly device?: DeviceFacts | undefined;
  /**
   * Makes the link again in the background where it is lost by itself, a bounded number of times; what is asked for
   * meanwhile waits. Default `false`: the next call connects again, once.
   */
  readonly reconnect?: ReconnectOptions | false | undefined;
}

// HAWSER_DEBUG: whatever makes a connection, by whichever door, has loaded this module.
startDebugLogIfAsked();

/**
 * A connection to one machine: its life cycle, and the services over it. The constructor opens nothing; a service
 * connects first where that is needed. Subclasses say which way leads to the machine ({@link openTransport}).
 */
export abstract class Connection extends ConnectionServices implements JumpHost {
  static {
    // For people who look at it: what it is, and how it stands.
    Object.defineProperty(Connection.prototype, inspect.custom, {
      value(this: Connection, _depth: number, options: object): string {
        const { id, key, state, via, alias } = this;
        return `${this.constructor.name} ${inspect(defined({ id, key, state, via, alias }), options)}`;
      },
    });
  }

  /** `user@host:port` as far as it is known, `local` for this machine. */
  abstract readonly id: string;
  /** What it was made with. Secrets are there by name alone: no inspection, JSON or copy shows them. */
  readonly target: Readonly<Target>;
  readonly via: string | undefined;
  readonly alias: string | undefined;
  /** The device that it leads to, where a connection manager made it. Its passwords are there by name alone. */
  readonly device: DeviceFacts | undefined;
  /** Held by each service in turn where the target is `threadSafe`; free for your own use otherwise. */
  readonly lock: Mutex = new Mutex();
  readonly #link: LinkKeeper;
  readonly #second: SecondConnection;
  readonly #reconnect: ReconnectOptions | false | undefined;
  /** Services under way: what a fleet looks at to find the least busy connection. */
  #active = 0;

  constructor(options: ConnectionOptions) {
    super({ key: targetKey(options.target), host: options.target.host });
    this.target = concealTarget(options.target);
    this.#second = new SecondConnection(this.key);
    this.via = options.via;
    this.alias = options.alias;
    this.device = options.device && concealFacts(options.device);
    this.#reconnect = options.reconnect;
    this.#link = new LinkKeeper(
      {
        key: this.key,
        isBusy: () => this.#active > 0,
        open: () => this.openTransport(),
        // The channel of files that nobody uses would be waited for.
        leave: () => this.leaveFiles(),
        onState: (state, reason) => this.#tellState(state, reason),
        onLost: (reason) => void this.emit('lost', reason),
        onAttempt: (attempt) => this.#tellAttempt(attempt),
        onReconnected: (attempts) => void this.emit('reconnected', { attempts }),
      },
      options.reconnect,
    );
  }

  /** Makes the way to the machine; called for each connect, since a transport is used once. */
  protected abstract openTransport(): Promise<OpenedTransport>;

  get state(): ConnectionState {
    return this.#link.state;
  }

  get connected(): boolean {
    return this.#link.state === 'connected';
  }

  /** How many services are under way or waiting on this connection. */
  get active(): number {
    return this.#active;
  }

  /**
   * Whether nobody knows any more what state it is in, as after a command that was cut short on a command line that has
   * only a prompt. A pool replaces it. Here: never, since each command has a channel of its own.
   */
  get poisoned(): boolean {
    return false;
  }

  /** Whether a link that is lost is made again in the background: see {@link ConnectionOptions.reconnect}. */
  get reconnects(): boolean {
    return this.#link.reconnects;
  }

  /**
   * Whether the server owes an answer to the last question whether it lives (keep-alive): the link may be dead. It stands
   * until too many have gone unanswered.
   */
  get ailing(): boolean {
    return this.#link.transport?.ailing ?? false;
  }

  /** How the link stands: channels, bytes, round-trip time. `undefined` where there is none, or none that can tell. */
  get link(): LinkFacts | undefined {
    return this.#link.transport?.link;
  }

  /** The steps of the latest connect, over all hops: what `hawser check` shows. */
  get connectSteps(): readonly ConnectStep[] {
    return this.#link.steps;
  }

  /**
   * Connects; who calls while a connect is under way joins it, and on an open connection nothing happens.
   *
   * @throws ConnectError (or a kind of it) with the phase that failed, TimeoutError with the phase that took too long,
   *   AbortError, ClosedError.
   */
  async connect(o: ConnectOptions = {}): Promise<this> {
    await this.#link.connect(o);
    return this;
  }

  /** Ends the link; commands that run on it fail with `DisconnectedError`. {@link connect} works again. */
  disconnect(): Promise<void> {
    return this.#link.disconnect();
  }

  /** Ends the link for good; commands that run on it fail with `ClosedError`. Idempotent, and wins over a connect. */
  close(): Promise<void> {
    return this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A stream from the far machine to somewhere that it can reach; the stream is the caller's to close. */
  dial(to: { host: string; port: number }, o: Abortable = {}): Promise<Duplex> {
    return this.#stream((transport, signal) => transport.dial(to, { signal }), o);
  }

  /** The raw bytes of a subsystem of the server, such as `'sftp'`; the stream is the caller's to close. */
  subsystem(name: string, o: Abortable = {}): Promise<Duplex> {
    return this.#stream((transport, signal) => transport.subsystem(name, { signal }), o);
  }

  /**
   * A new connection to the same machine, of the same class, unopened. It has the same target, with its secrets.
   *
   * @throws OptionError for a class whose constructor takes something else than {@link cloneOptions} gives.
   */
  clone(): this {
    return cloneConnection(this, this.cloneOptions());
  }

  /** What {@link clone} hands to the constructor: a class that needs more than this adds it. */
  protected cloneOptions(): ConnectionOptions {
    const { target, via, alias, device } = this;
    const reconnect = this.#reconnect;
    return { target: revealed<Target>(target), via, alias, device: device && revealFacts(device), reconnect };
  }

  /** What a fleet writes down of it: everything needed to find the machine again, and no secret. */
  toJSON(): ConnectionRecord {
    return connectionRecord(this);
  }

  /**
   * Runs a service: connects where that is needed, takes the lock where the target is `threadSafe`, and counts the work.
   * Work that lasts as long as something is open takes no lock (`exclusive: false`). Subclasses with services of their
   * own go through here.
   */
  protected override async service<T>(work: (site: Site) => Promise<T>, o: UseOptions = {}): Promise<T> {
    this.#active += 1;
    try {
      if (!this.target.threadSafe || o.exclusive === false) return await this.#perform(work, o);
      return await this.lock.runExclusive(() => this.#perform(work, o), { signal: o.signal });
    } finally {
      this.#workDone();
    }
  }

  /**
   * Runs work as a service of another connection: for what stands in for it.
   *
   * @internal
   */
  static serviceOf<T>(connection: Connection, work: (site: Site) => Promise<T>, o: UseOptions): Promise<T> {
    return connection.service(work, o);
  }

  /** Does work over the link; what may be repeated is done again where the link was lost under it. */
  async #perform<T>(work: (site: Site) => Promise<T>, o: UseOptions): Promise<T> {
    for (let repeats = 0; ; repeats += 1) {
      const site = this.#siteOn(this.#link.standing ?? (await this.#link.stand(o.signal)));
      try {
        const result = await work(site);
        this.#link.forgive();
        return result;
      } catch (error) {
        if (!this.#link.isReplaced(site.transport) || !isToBeRepeated(error, o, repeats)) throw error;
        // Who is asked each time has come farther over the link that was lost.
        if (typeof o.repeatable === 'function') this.#link.forgive();
      }
    }
  }

  #workDone(): void {
    this.#active -= 1;
    if (this.#active === 0) this.emit('idle');
  }

  /** A stream is work on this connection until it closes, although it holds no lock meanwhile. */
  async #stream(open: (transport: Transport, signal: AbortSignal) => Promise<Duplex>, o: Abortable): Promise<Duplex> {
    this.#active += 1;
    try {
      const stream = await open(await this.#link.stand(o.signal), o.signal ?? neverAborted);
      if (stream.closed) this.#workDone();
      else stream.once('close', () => this.#workDone());
      return stream;
    } catch (error) {
      this.#workDone();
      throw error;
    }
  }

  #siteOn(transport: Transport): Site {
    return { transport, host: this.host, key: this.key, reconnects: this.reconnects, second: this.#second };
  }

  /**
   * Has every connect wait for a gate, also those that services begin by themselves: for a fleet, which bounds how many
   * are under way. There is one at a time, the last; without one nothing is waited for.
   */
  gateConnects(gate: ConnectGate | undefined): void {
    this.#link.gate = gate;
  }

  #tellAttempt(attempt: ReconnectAttempt): void {
    const { reason, ...numbers } = attempt;
    this.#publish('reconnecting', { reason: reason.message, ...numbers });
    this.emit('reconnecting', attempt);
  }

  #tellState(state: ConnectionState, reason: HawserError | undefined): void {
    // Each attempt is told by itself.
    if (state !== 'reconnecting') this.#publish(state, reason === undefined ? {} : { reason: reason.message });
    this.emit('state', state);
  }

  #publish(state: ConnectionState, more: Partial<StateEvent>): void {
    if (diagnostics.state.active) diagnostics.state.publish({ id: this.id, host: this.key, state, ...more });
  }
}
