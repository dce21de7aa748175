import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { type Abortable, neverAborted, raceAbort, throwIfAborted } from '../core/abort.js';
import type { ReconnectOptions } from '../core/backoff.js';
import { CallScope, checkTimeout } from '../core/deadline.js';
import { startDebugLogIfAsked } from '../core/debug-log.js';
import { defined } from '../core/defined.js';
import { type ConnectStep, ConnectTrace, diagnostics } from '../core/diagnostics.js';
import { AbortError, ClosedError, DisconnectedError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';
import { inTime } from '../core/in-time.js';
import { Mutex } from '../core/mutex.js';
import { revealed } from '../core/secret.js';
import { targetKey } from '../inventory/format-target.js';
import type { JumpHost, Target } from '../inventory/target.js';
import type { UseOptions } from '../remote/files/file-access.js';
import { SecondConnection } from '../remote/second-connection.js';
import type { Site } from '../remote/site.js';
import { closeInTime } from '../transport/close-in-time.js';
import type { LinkFacts, Transport } from '../transport/contract.js';
import { cloneConnection } from './clone-connection.js';
import { concealTarget } from './conceal-target.js';
import { type ConnectionRecord, connectionRecord } from './connection-record.js';
import { ConnectionServices, type ConnectionState, type ReconnectAttempt } from './connection-services.js';
import { concealFacts, type DeviceFacts, revealFacts } from './device-facts.js';
import { type ConnectGate, connectTimedOut, type OpenedTransport, openLink } from './open-link.js';
import { Reconnector } from './reconnector.js';
import { SharedConnect, type SharedConnectOptions } from './shared-connect.js';

export type { ConnectGate, OpenedTransport } from './open-link.js';

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

/** Options of {@link Connection.connect}. */
export interface ConnectOptions extends Abortable {
  /** For the whole connect, in milliseconds. Default: the target's `connectTimeout`, ssh_config's, or 20,000. */
  readonly timeout?: number | undefined;
}

/** How long what was begun (a connect, the end of the files) has to come to its end, in milliseconds. */
const LEAVE_PATIENCE = 1000;
/** How often the same work is begun again at most. */
const MOST_REPEATS = 10;

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
  #state: ConnectionState = 'idle';
  #transport: Transport | undefined;
  /** The connect, or reconnecting, that is under way. */
  #connecting: SharedConnect | undefined;
  #gate: ConnectGate | undefined;
  /** Services under way: what a fleet looks at to find the least busy connection. */
  #active = 0;
  #trace: ConnectTrace | undefined;
  /** Settles when nothing is left of what was disconnected or closed. */
  #left: Promise<void> = Promise.resolve();
  readonly #second: SecondConnection;
  readonly #reconnect: ReconnectOptions | undefined;
  readonly #reconnector: Reconnector | undefined;
  /** Links that ended by themselves. */
  readonly #lost = new WeakSet<Transport>();

  constructor(options: ConnectionOptions) {
    super({ key: targetKey(options.target), host: options.target.host });
    this.target = concealTarget(options.target);
    this.#second = new SecondConnection(this.key);
    this.via = options.via;
    this.alias = options.alias;
    this.device = options.device && concealFacts(options.device);
    this.#reconnect = reconnectOptions(options.reconnect);
    this.#reconnector = this.#reconnect && new Reconnector(this.#reconnect);
  }

  /** Makes the way to the machine; called for each connect, since a transport is used once. */
  protected abstract openTransport(): Promise<OpenedTransport>;

  get state(): ConnectionState {
    return this.#state;
  }

  get connected(): boolean {
    return this.#state === 'connected';
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
    return this.#reconnector !== undefined;
  }

  /**
   * Whether the server owes an answer to the last question whether it lives (keep-alive): the link may be dead. It stands
   * until too many have gone unanswered.
   */
  get ailing(): boolean {
    return this.#transport?.ailing ?? false;
  }

  /** How the link stands: channels, bytes, round-trip time. `undefined` where there is none, or none that can tell. */
  get link(): LinkFacts | undefined {
    return this.#transport?.link;
  }

  /** The steps of the latest connect, over all hops: what `hawser check` shows. */
  get connectSteps(): readonly ConnectStep[] {
    return this.#trace?.steps ?? [];
  }

  /**
   * Connects; who calls while a connect is under way joins it, and on an open connection nothing happens.
   *
   * @throws ConnectError (or a kind of it) with the phase that failed, TimeoutError with the phase that took too long,
   *   AbortError, ClosedError.
   */
  async connect(o: ConnectOptions = {}): Promise<this> {
    const timeout = checkTimeout('timeout', o.timeout);
    const race = { doing: `connecting to ${this.key}`, host: this.key };
    this.#refuseIfClosed();
    throwIfAborted(o.signal, race.doing, this.key);
    // A connect that was given up or disconnected is nobody's to join: it has to be over first.
    while (this.#connecting?.givenUp) {
      await raceAbort(this.#connecting.over, o.signal, race);
      this.#refuseIfClosed();
    }
    if (this.#state === 'connected') return this;
    const joined = this.#connecting;
    using scope = joined && timeout ? this.#ownLimit(o.signal, timeout) : undefined;
    await (joined ?? this.#startConnect(timeout)).wait({ ...race, signal: scope?.signal ?? o.signal });
    return this;
  }

  /** Ends the link; commands that run on it fail with `DisconnectedError`. {@link connect} works again. */
  async disconnect(): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'idle') return this.#left;
    await this.#leave('disconnected', () => {
      return new DisconnectedError(`Disconnected from ${this.key} by the caller.`, { host: this.key });
    });
  }

  /** Ends the link for good; commands that run on it fail with `ClosedError`. Idempotent, and wins over a connect. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return this.#left;
    await this.#leave('closed', () => {
      return new ClosedError(`The connection to ${this.key} was closed.`, { host: this.key });
    });
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
      const site = await this.#site(o.signal);
      try {
        const result = await work(site);
        if (site.transport === this.#transport) this.#reconnector?.forgive();
        return result;
      } catch (error) {
        // Who disconnected meanwhile, or has run out of attempts, wants no other link for this.
        const goesOn = this.reconnects && this.#state !== 'disconnected' && this.#lost.has(site.transport);
        if (!goesOn || !isLossOfLink(error) || o.signal?.aborted || !mayRepeat(o, repeats)) throw error;
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
      const { transport } = await this.#site(o.signal);
      const stream = await open(transport, o.signal ?? neverAborted);
      if (stream.closed) this.#workDone();
      else stream.once('close', () => this.#workDone());
      return stream;
    } catch (error) {
      this.#workDone();
      throw error;
    }
  }

  async #site(signal: AbortSignal | undefined): Promise<Site> {
    // A link that stands again may be lost again before this hears of it.
    do if (this.#transport === undefined) await this.connect({ signal });
    while (this.#state === 'reconnecting');
    const transport = this.#transport;
    if (transport === undefined) {
      throw new DisconnectedError(`The connection to ${this.key} ended before the work began.`, { host: this.key });
    }
    return { transport, host: this.host, key: this.key, reconnects: this.reconnects, second: this.#second };
  }

  #startConnect(timeout: number | undefined): SharedConnect {
    this.#reconnector?.forgive();
    this.#setState('connecting');
    return this.#share({
      run: (scope) => this.#connectOnce(scope, timeout),
      unwanted: () => new AbortError(`Nobody waits for the connection to ${this.key} any more.`),
    });
  }

  /** Makes the link again that was lost for `reason`. */
  #startReconnect(reconnector: Reconnector, reason: HawserError): void {
    const run = async (scope: CallScope): Promise<void> => {
      // Whoever hears of the loss may put an end to this.
      await null;
      const attempts = await reconnector.run({
        key: this.key,
        reason,
        signal: scope.signal,
        tell: (attempt) => this.#tellAttempt(attempt),
        connect: async (signal) => {
          using one = new CallScope(signal);
          await this.#connectOnce(one);
        },
      });
      this.emit('reconnected', { attempts });
    };
    this.#share({ run });
    this.#setState('reconnecting', reason);
  }

  #share(o: Omit<SharedConnectOptions, 'onOver'>): SharedConnect {
    const connecting = new SharedConnect({
      ...o,
      onOver: () => {
        if (this.#connecting !== connecting) return;
        this.#connecting = undefined;
        if (this.#state === 'connecting' || this.#state === 'reconnecting') this.#setState('disconnected');
      },
    });
    this.#connecting = connecting;
    return connecting;
  }

  /** The time limit of who joins a connect: it ends his wait, and not the connect. */
  #ownLimit(signal: AbortSignal | undefined, timeout: number): CallScope {
    return new CallScope(signal, timeout, () => connectTimedOut(this.key, timeout, this.#trace));
  }

  /**
   * Has every connect wait for a gate, also those that services begin by themselves: for a fleet, which bounds how many
   * are under way. There is one at a time, the last; without one nothing is waited for.
   */
  gateConnects(gate: ConnectGate | undefined): void {
    this.#gate = gate;
  }

  async #connectOnce(scope: CallScope, timeout?: number): Promise<void> {
    const trace = new ConnectTrace(this.key);
    this.#trace = trace;
    await openLink(scope, {
      key: this.key,
      trace,
      gate: this.#gate,
      timeout,
      open: () => this.openTransport(),
      adopt: (transport) => this.#adopt(transport),
    });
  }

  #adopt(transport: Transport): void {
    this.#transport = transport;
    transport.once('close', (reason) => {
      if (this.#transport !== transport) return;
      this.#transport = undefined;
      if (reason !== undefined) this.#lost.add(transport);
      if (reason !== undefined && this.#reconnector !== undefined) this.#startReconnect(this.#reconnector, reason);
      else this.#setState('disconnected', reason);
      if (reason !== undefined) this.emit('lost', reason);
    });
    this.#reconnector?.stands();
    this.#setState('connected');
  }

  #tellAttempt(attempt: ReconnectAttempt): void {
    const { reason, ...numbers } = attempt;
    diagnostics.state.publish({
      id: this.id,
      host: this.key,
      state: 'reconnecting',
      reason: reason.message,
      ...numbers,
    });
    this.emit('reconnecting', attempt);
  }

  /** Settles when nothing is left, also of what was disconnected before and is still on its way out. */
  async #leave(state: 'disconnected' | 'closed', reason: () => HawserError): Promise<void> {
    const leaving = Promise.all([this.#left, this.#end(state, reason)]);
    this.#left = leaving.then(
      () => {},
      () => {},
    );
    await leaving;
  }

  async #end(state: 'disconnected' | 'closed', reason: () => HawserError): Promise<void> {
    const transport = this.#transport;
    const connecting = this.#connecting;
    this.#transport = undefined;
    this.#setState(state);
    connecting?.giveUp(reason());
    // How the connect ended is its waiters' to hear.
    if (connecting !== undefined) await inTime(connecting.over, LEAVE_PATIENCE);
    if (transport === undefined) return;
    if (this.#active > 0) transport.destroy(reason());
    // The channel of files that nobody uses would be waited for.
    await inTime(this.leaveFiles(), LEAVE_PATIENCE);
    await closeInTime(transport, reason());
  }

  #refuseIfClosed(): void {
    if (this.#state !== 'closed') return;
    throw new ClosedError(`The connection to ${this.key} was closed: make a new one.`, { host: this.key });
  }

  #setState(state: ConnectionState, reason?: HawserError): void {
    if (this.#state === 'closed' || this.#state === state) return;
    this.#state = state;
    if (diagnostics.state.active) {
      diagnostics.state.publish({
        id: this.id,
        host: this.key,
        state,
        ...(reason === undefined ? {} : { reason: reason.message }),
      });
    }
    this.emit('state', state);
  }
}

/** `attempts: 0` is the same as none at all. */
function reconnectOptions(o: ReconnectOptions | false | undefined): ReconnectOptions | undefined {
  return o === undefined || o === false || o.attempts === 0 ? undefined : o;
}

/** Whether work may be begun once more. */
function mayRepeat({ repeatable }: UseOptions, repeats: number): boolean {
  return typeof repeatable === 'function' ? repeatable() : repeatable === true && repeats < MOST_REPEATS;
}

/** Whether work failed because its link did. */
function isLossOfLink(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof DisconnectedError) return true;
  return false;
}
