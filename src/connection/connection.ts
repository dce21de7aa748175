import { EventEmitter } from 'node:events';
import { posix } from 'node:path';
import type { Duplex } from 'node:stream';
import { type Abortable, abortReason, neverAborted, raceAbort, throwIfAborted } from '../core/abort.js';
import type { CommandResult } from '../core/command-result.js';
import { CallScope, checkTimeout, Deadline } from '../core/deadline.js';
import { startDebugLogIfAsked } from '../core/debug-log.js';
import { type ConnectStep, ConnectTrace, diagnostics } from '../core/diagnostics.js';
import { AbortError, type AnyCommandResult, ClosedError, DisconnectedError, TimeoutError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';
import { inTime } from '../core/in-time.js';
import { Mutex } from '../core/mutex.js';
import type { Command } from '../core/quote.js';
import { targetKey } from '../inventory/format-target.js';
import type { JumpHost, Target } from '../inventory/target.js';
import type { FileAccess, UseOptions } from '../remote/files/file-access.js';
import type { FileDriver } from '../remote/files/file-driver.js';
import { FileHost } from '../remote/files/file-host.js';
import { openFiles } from '../remote/files/open-files.js';
import type { RemoteFs } from '../remote/files/remote-fs.js';
import type { PlatformPath } from '../remote/paths/platform-path.js';
import { makePath, type RemotePath } from '../remote/paths/remote-path.js';
import type { PathText } from '../remote/paths/route.js';
import { prepareExecute } from '../remote/process/execute.js';
import type { ExecuteOptions, ShellOptions, SpawnOptions } from '../remote/process/options.js';
import { RemoteProcess } from '../remote/process/remote-process.js';
import { prepareShell, type Shell } from '../remote/process/shell.js';
import { SecondConnection } from '../remote/second-connection.js';
import type { Site } from '../remote/site.js';
import type { RemoteOs, RunService } from '../remote/system/remote-os.js';
import { ShellOs } from '../remote/system/shell-os.js';
import { openTail } from '../remote/tail/open-tail.js';
import type { TailOptions } from '../remote/tail/tail-options.js';
import type { Tailer } from '../remote/tail/tailer.js';
import type { Transport } from '../transport/contract.js';
import { concealTarget } from './conceal-target.js';
import { ConnectionFacets } from './connection-facets.js';
import { type ConnectionRecord, connectionRecord } from './connection-record.js';

/** The states of a {@link Connection}. `disconnected` may connect again; `closed` is final. */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'disconnected' | 'closed';

/** What a {@link Connection} is made with. */
export interface ConnectionOptions {
  readonly target: Readonly<Target>;
  /** The path by which a connection manager reached it. */
  readonly via?: string | undefined;
  /** The name under which a connection manager holds it. */
  readonly alias?: string | undefined;
}

/** Options of {@link Connection.connect}. */
export interface ConnectOptions extends Abortable {
  /** For the whole connect, in milliseconds. Default: the target's `connectTimeout`, ssh_config's, or 20,000. */
  readonly timeout?: number | undefined;
}

/** Events of a {@link Connection}. */
export interface ConnectionEvents {
  state: [state: ConnectionState];
  /** The link ended by itself, for `reason`. */
  lost: [reason: HawserError];
  /** The last service under way has ended. */
  idle: [];
}

/** A way to the machine, not yet connected, and the time limit that its configuration asks for. */
export interface OpenedTransport {
  readonly transport: Transport;
  /** In milliseconds; `undefined`: no wish. */
  readonly connectTimeout: number | undefined;
}

const DEFAULT_CONNECT_TIMEOUT = 20_000;
/** How long the server has to end the session of files that nobody uses, in milliseconds. */
const LEAVE_PATIENCE = 1000;

// HAWSER_DEBUG: whatever makes a connection, by whichever door, has loaded this module.
startDebugLogIfAsked();

/** A connect under way, and how many wait for it: it ends with the last of them. */
interface Connecting {
  readonly done: Promise<void>;
  /** Settles with `done`, and never rejects. */
  readonly over: Promise<void>;
  readonly scope: CallScope;
  waiting: number;
}

/**
 * A connection to one machine: its life cycle, and the services over it. The constructor opens nothing; a service
 * connects first where that is needed. Subclasses say which way leads to the machine ({@link openTransport}).
 */
export abstract class Connection
  extends EventEmitter<{ [E in keyof ConnectionEvents]: ConnectionEvents[E] }>
  implements JumpHost
{
  /** `user@host:port` as far as it is known, `local` for this machine. */
  abstract readonly id: string;
  /** The name in a fleet: the target's `key`, else its host. */
  readonly key: string;
  readonly host: string;
  /** What it was made with. Secrets are there by name alone: no inspection, JSON or copy shows them. */
  readonly target: Readonly<Target>;
  readonly via: string | undefined;
  readonly alias: string | undefined;
  /** Held by each service in turn where the target is `threadSafe`; free for your own use otherwise. */
  readonly lock: Mutex = new Mutex();
  #state: ConnectionState = 'idle';
  #transport: Transport | undefined;
  #connecting: Connecting | undefined;
  /** Services under way: what a fleet looks at to find the least busy connection. */
  #active = 0;
  #trace: ConnectTrace | undefined;
  /** Settles when nothing is left of what was disconnected or closed. */
  #left: Promise<void> = Promise.resolve();
  readonly #second: SecondConnection;
  readonly #files: FileHost;
  readonly #facets: ConnectionFacets;

  constructor(options: ConnectionOptions) {
    super();
    this.target = concealTarget(options.target);
    this.key = targetKey(options.target);
    this.#second = new SecondConnection(this.key);
    this.host = options.target.host;
    this.via = options.via;
    this.alias = options.alias;
    this.#files = new FileHost({
      host: this.host,
      key: this.key,
      run: (work, o) => this.service(work, o),
      open: (site, signal) => this.openFiles(site, signal),
    });
    this.#facets = new ConnectionFacets({
      files: this.#files,
      run: (work, o) => this.service(work, o),
      makeOs: (run) => this.makeOs(run),
      path: () => this.path,
    });
  }

  /** Makes the way to the machine; called for each connect, since a transport is used once. */
  protected abstract openTransport(): Promise<OpenedTransport>;

  /** Opens the machine's files over a link that stands: SFTP, where the server has it. */
  protected openFiles(site: Site, signal: AbortSignal): Promise<FileDriver> {
    return openFiles(site, signal);
  }

  /** Makes what tells of the machine's system: a script in its shell. */
  protected makeOs(run: RunService): RemoteOs {
    return new ShellOs(run);
  }

  /** The machine's system, as `node:os`, but asynchronous. */
  get os(): RemoteOs {
    return this.#facets.os;
  }

  /**
   * The path functions that suit the machine, those of `node:path`: `posix` for whatever is reached over SSH, since a
   * server's files have such paths also where it runs on Windows (`/C:/Users`); this machine's own for itself.
   */
  get path(): PlatformPath {
    return posix;
  }

  /** A path on the machine: its text, and its files, as Python's pathlib has them. Throws `OptionError` for no text. */
  Path(...parts: readonly PathText[]): RemotePath {
    return makePath(this.#facets.pathHost, parts);
  }

  /** The machine's files, as `node:fs/promises`. */
  get fs(): RemoteFs {
    return this.#facets.fs;
  }

  /** The way to the machine's files for what is built on them; `fs` is made for people. */
  get files(): FileAccess {
    return this.#files;
  }

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
    while (this.#connecting?.scope.signal.aborted) {
      await raceAbort(this.#connecting.over, o.signal, race);
      this.#refuseIfClosed();
    }
    if (this.#state === 'connected') return this;
    const joined = this.#connecting;
    const connecting = joined ?? this.#startConnect(timeout);
    connecting.waiting += 1;
    using scope = joined && timeout ? this.#ownLimit(o.signal, timeout) : undefined;
    try {
      await raceAbort(connecting.done, scope?.signal ?? o.signal, race);
    } finally {
      connecting.waiting -= 1;
      if (connecting.waiting === 0 && this.#connecting === connecting) {
        connecting.scope.abort(new AbortError(`Nobody waits for the connection to ${this.key} any more.`));
      }
    }
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

  /** Runs a command and collects what it writes. See {@link prepareExecute} for what it returns and throws. */
  execute(command: Command, o: ExecuteOptions & { encoding: 'buffer' }): Promise<CommandResult<Buffer>>;
  execute(command: Command, o?: ExecuteOptions & { encoding?: BufferEncoding }): Promise<CommandResult>;
  execute(command: Command, o?: ExecuteOptions): Promise<CommandResult<string> | CommandResult<Buffer>>;
  async execute(command: Command, o: ExecuteOptions = {}): Promise<AnyCommandResult> {
    return this.service(prepareExecute(command, o), o);
  }

  /** Starts a command and gives its streams. It connects first where that is needed. */
  spawn(command: Command, o: SpawnOptions = {}): RemoteProcess {
    return new RemoteProcess((work, signal) => this.service(work, { signal }), this, command, o);
  }

  /** Opens the login shell, on a pseudo-terminal unless `pty` is `false`. */
  shell(o: ShellOptions = {}): Promise<Shell> {
    return new Promise((resolve, reject) => {
      const open = prepareShell(o);
      // The shell counts as work on this connection until it has ended.
      this.service(async (site) => {
        const shell = await open(site);
        resolve(shell);
        await shell.ended;
      }, o).catch(reject);
    });
  }

  /** Follows a file as it grows, through rotation and lost links. See {@link openTail} for what it throws. */
  tail(path: string, o: TailOptions = {}): Promise<Tailer> {
    return openTail(this.#files, path, o);
  }

  /** A stream from the far machine to somewhere that it can reach; the stream is the caller's to close. */
  dial(to: { host: string; port: number }, o: Abortable = {}): Promise<Duplex> {
    return this.#stream((transport, signal) => transport.dial(to, { signal }), o);
  }

  /** The raw bytes of a subsystem of the server, such as `'sftp'`; the stream is the caller's to close. */
  subsystem(name: string, o: Abortable = {}): Promise<Duplex> {
    return this.#stream((transport, signal) => transport.subsystem(name, { signal }), o);
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
  protected async service<T>(work: (site: Site) => Promise<T>, o: UseOptions = {}): Promise<T> {
    this.#active += 1;
    try {
      if (!this.target.threadSafe || o.exclusive === false) return await work(await this.#site(o.signal));
      return await this.lock.runExclusive(async () => work(await this.#site(o.signal)), { signal: o.signal });
    } finally {
      this.#workDone();
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
    if (this.#transport === undefined) await this.connect({ signal });
    const transport = this.#transport;
    if (transport === undefined) {
      throw new DisconnectedError(`The connection to ${this.key} ended before the work began.`, { host: this.key });
    }
    return { transport, host: this.host, key: this.key, second: this.#second };
  }

  #startConnect(timeout: number | undefined): Connecting {
    const scope = new CallScope();
    this.#setState('connecting');
    const done = this.#runConnect(scope, timeout).finally(() => {
      scope[Symbol.dispose]();
      if (this.#connecting === connecting) this.#connecting = undefined;
    });
    const over = done.catch(() => {});
    const connecting: Connecting = { done, over, scope, waiting: 0 };
    this.#connecting = connecting;
    return connecting;
  }

  /** The time limit of who joins a connect: it ends his wait, and not the connect. */
  #ownLimit(signal: AbortSignal | undefined, timeout: number): CallScope {
    return new CallScope(signal, timeout, () => connectTimedOut(this.key, timeout, this.#trace));
  }

  async #runConnect(scope: CallScope, timeout: number | undefined): Promise<void> {
    const begun = performance.now();
    const trace = new ConnectTrace(this.key);
    const { signal } = scope;
    this.#trace = trace;
    try {
      const { transport, connectTimeout } = await this.openTransport();
      const ms = timeout ?? connectTimeout ?? DEFAULT_CONNECT_TIMEOUT;
      const left = Math.max(1, ms - (performance.now() - begun));
      scope.limit(left, () => connectTimedOut(this.key, ms, trace));
      await transport.connect({ signal, deadline: Deadline.in(left), trace });
      if (signal.aborted) {
        const reason = abortReason(signal, `connecting to ${this.key}`, this.key);
        transport.destroy(reason);
        throw reason;
      }
      this.#adopt(transport);
    } catch (error) {
      const place = trace.place;
      if (place !== undefined)
        trace.step(place.hop, place.phase, error instanceof Error ? error.message : '', 'failed');
      if (this.#state === 'connecting') this.#setState('disconnected');
      throw error;
    }
  }

  #adopt(transport: Transport): void {
    this.#transport = transport;
    transport.once('close', (reason) => {
      if (this.#transport !== transport) return;
      this.#transport = undefined;
      this.#setState('disconnected', reason);
      if (reason !== undefined) this.emit('lost', reason);
    });
    this.#setState('connected');
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
    connecting?.scope.abort(reason());
    // How the connect ended is its waiters' to hear.
    await connecting?.over;
    if (transport === undefined) return;
    // The channel of files that nobody uses would be waited for.
    await inTime(this.#files.leave(), LEAVE_PATIENCE);
    if (this.#active > 0) transport.destroy(reason());
    await transport.close();
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

/** The error for a connect that took too long: it says where it was, and what was seen there. */
function connectTimedOut(host: string, ms: number, trace: ConnectTrace | undefined): TimeoutError {
  const { phase = 'resolve', hop = '', note } = trace?.place ?? {};
  const seen = note === undefined ? '' : `; ${note()}`;
  const advice = phase === 'tcp' ? ' Is it up, does a firewall drop the packets?' : '';
  const message = `Timed out after ${ms} ms of connecting to ${host} (${phase}${hop === '' ? '' : `, ${hop}`}${seen}).${advice}`;
  return new TimeoutError(message, { phase, ms, host });
}
