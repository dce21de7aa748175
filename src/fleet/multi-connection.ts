import { inspect } from 'node:util';
import { Connection } from '../connection/connection.js';
import type { TargetLike } from '../connection/create-connection.js';
import { abortReason } from '../core/abort.js';
import type { CommandResult } from '../core/command-result.js';
import { checkTimeout } from '../core/deadline.js';
import { OptionError } from '../core/hawser-error.js';
import type { Command } from '../core/quote.js';
import type { PathText } from '../remote/paths/route.js';
import type { TailOptions } from '../remote/tail/tail-options.js';
import { FleetFacets } from './broadcast/fleet-facets.js';
import type { FleetFs } from './broadcast/fleet-fs.js';
import type { FleetOs } from './broadcast/fleet-os.js';
import type { FleetPath } from './broadcast/fleet-path.js';
import { type CommandMap, chooseCommands } from './choose-commands.js';
import { connectWork } from './connect-work.js';
import { type EachFunction, eachWork } from './each-work.js';
import { EventQueue } from './event-queue.js';
import { type CommandOf, checkExecute, executeWork, type FleetExecuteOptions } from './execute-work.js';
import type { FleetResult } from './failed-result.js';
import { FleetCalls } from './fleet-calls.js';
import type { FleetEvent, StreamedResult } from './fleet-event.js';
import {
  type ConnectAllOptions,
  checkLimits,
  type FleetLimits,
  type FleetOptions,
  type FromConnectionsOptions,
  type MultiOptions,
  planFleet,
} from './fleet-options.js';
import { FleetRun, type Publish } from './fleet-run.js';
import { FleetStream } from './fleet-stream.js';
import type { FleetReadOptions, FleetTransfer, FleetTransferOptions, FleetTransfers } from './fleet-transfers.js';
import type { HostPool, Member } from './host-pool.js';
import type { HostOutcome, HostText, HostValue } from './host-value.js';
import type { MakeWork } from './operation.js';
import { makeRoster, type Roster } from './roster.js';
import { type SharedAuthOptions, sharedAuthTargets } from './shared-auth.js';
import { type AnyFleetEvent, type FleetStreamOptions, streamWork } from './stream-work.js';
import type { MultiTailer } from './tail/multi-tailer.js';

/**
 * Many hosts, worked on at once: an ordered map from key to a pool of connections. The key is the target as it was given;
 * a target that is named several times has as many connections under its key.
 *
 * @example
 * await using mc = new MultiConnection(['web1', 'web2', 'admin@db1:2222']);
 * for await (const { key, ok, stdout } of mc.execute('uptime')) console.log(key, ok, stdout);
 */
export class MultiConnection implements AsyncDisposable, Iterable<[string, Connection]> {
  readonly #limits: FleetLimits;
  readonly #roster: Roster;
  readonly #calls: FleetCalls;
  readonly #facets: FleetFacets;

  /**
   * Opens nothing: hosts are connected when they are first worked on. Connections among the targets are borrowed.
   *
   * @throws OptionError, ParseError for what cannot be meant: a target, a default, a limit that is no positive integer,
   *   a list of `local` or `threadSafe` that is not as long as the targets.
   */
  constructor(targets: Iterable<TargetLike>, o: MultiOptions = {}) {
    this.#limits = checkLimits(o);
    this.#roster = makeRoster(targets, o);
    this.#calls = new FleetCalls(this.#limits, this.#roster);
    this.#facets = new FleetFacets((fn, options) => this.each(fn, options));
  }

  /**
   * A fleet whose hosts are all connected. With `pruneFailures`, those that cannot be reached are left out, be it all
   * of them; without it they are an error, and what had been opened is closed.
   *
   * @throws PartialFailureError with each host's result; AbortError; and what the constructor throws.
   */
  static async open(targets: Iterable<TargetLike>, o: MultiOptions & ConnectAllOptions = {}): Promise<MultiConnection> {
    const { pruneFailures, signal } = o;
    const fleet = new MultiConnection(targets, o);
    try {
      const result = await fleet.connect(o);
      if (signal?.aborted && !result.ok) throw abortReason(signal, `connecting to ${result.size} hosts`);
      if (pruneFailures !== true) result.throwIfAnyFailed();
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /**
   * A fleet that is got into by the same means. `hosts` is a host set such as `'web[01-50]!web13'`, or a list of
   * targets; every other field is the fleet's or the targets'.
   *
   * @throws OptionError where there is no host, and what the constructor throws.
   */
  static fromSharedAuth(o: SharedAuthOptions): MultiConnection {
    const { targets, options } = sharedAuthTargets(o);
    return new MultiConnection(targets, options);
  }

  /** A fleet of connections that exist, each under its own key. They stay open when it is closed, unless it owns them. */
  static fromConnections(connections: Iterable<Connection>, o: FromConnectionsOptions = {}): MultiConnection {
    const { own = false, ...options } = o;
    const list = [...connections];
    const stray = list.find((one) => !(one instanceof Connection));
    if (stray !== undefined)
      throw new OptionError(`Expected a list of connections, got ${inspect(stray, { depth: 0 })}.`);
    const fleet = new MultiConnection(own ? [] : list, options);
    if (own) {
      for (const connection of list) fleet.#calls.admission.add(fleet.#roster.add(connection.key, connection, true));
    }
    return fleet;
  }

  /** The host of each key, in the order of the fleet. */
  get hosts(): readonly string[] {
    return Array.from(this.#roster.pools.values(), (pool) => pool.host);
  }

  /** How many hosts one call works on at once. */
  get batchSize(): number {
    return this.#limits.batchSize;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#roster.pools.size;
  }

  /** How many connections there are. */
  get sizeAll(): number {
    let size = 0;
    for (const pool of this.#roster.pools.values()) size += pool.members.length;
    return size;
  }

  has(key: string): boolean {
    return this.#roster.pools.has(key);
  }

  /** The next connection in the key's pool, each in its turn; `undefined` where there is none. */
  get(key: string): Connection | undefined {
    return this.#roster.pools.get(key)?.next();
  }

  /** All connections of a key; `[]` where there is none. Nothing is created by looking. */
  getAll(key: string): readonly Connection[] {
    return (this.#roster.pools.get(key)?.members ?? []).map((member) => member.connection);
  }

  keys(): IterableIterator<string> {
    return this.#roster.pools.keys();
  }

  /** One connection of each key: the one that `get` would give, whose turn is not used up. */
  *values(): IterableIterator<Connection> {
    for (const [, connection] of this.entries()) yield connection;
  }

  /** As {@link values}, with the keys. */
  *entries(): IterableIterator<[string, Connection]> {
    for (const { key, head } of this.#roster.pools.values()) if (head !== undefined) yield [key, head];
  }

  [Symbol.iterator](): IterableIterator<[string, Connection]> {
    return this.entries();
  }

  /**
   * Connects every connection of every host; what is open stays as it is. Each host's outcome is in the result. A host
   * that failed is tried again by whatever works on it next; with `pruneFailures` its connections that failed are closed
   * and leave the fleet, and with the last one the host does.
   */
  connect(o: ConnectAllOptions = {}): FleetRun<HostValue<Connection>> {
    const { pruneFailures = false, timeout, signal } = o;
    const onUnreachable = async (pool: HostPool, members: readonly Member[]): Promise<void> => {
      if (!pruneFailures) return;
      this.#roster.remove(pool, members);
      await Promise.all(members.map((member) => (member.owned ? member.connection.close() : undefined)));
    };
    return new FleetRun(async (publish) => {
      checkTimeout('timeout', timeout);
      const make: MakeWork<HostValue<Connection>> = (operation) =>
        connectWork(operation, this.#calls.admission, timeout, onUnreachable);
      await this.#calls.go(this.#calls.pools, { signal }, make, publish);
    });
  }

  /**
   * Runs a command once on each host, on the least busy connection of its pool, connecting where that is needed. Each
   * host has a result, however it failed; `outcome` and `error` say how.
   *
   * Rejects with `OptionError` for what cannot be meant, and `ClosedError` once the fleet is closed.
   */
  execute(command: Command, o: FleetExecuteOptions & { encoding: 'buffer' }): FleetRun<CommandResult<Buffer>>;
  execute(command: Command, o?: FleetExecuteOptions & { encoding?: BufferEncoding }): FleetRun<CommandResult>;
  execute(command: Command, o?: FleetExecuteOptions): FleetRun<FleetResult>;
  execute(command: Command, o: FleetExecuteOptions = {}): FleetRun<FleetResult> {
    return this.#execute(() => ({ pools: this.#calls.pools, commandOf: () => command }), o);
  }

  /**
   * Runs each host's own command, on the hosts that are named and no others.
   *
   * Rejects as {@link execute} does, and with `OptionError` for a key that is not in the fleet: then nothing runs.
   */
  executeMap(commands: CommandMap, o: FleetExecuteOptions & { encoding: 'buffer' }): FleetRun<CommandResult<Buffer>>;
  executeMap(commands: CommandMap, o?: FleetExecuteOptions & { encoding?: BufferEncoding }): FleetRun<CommandResult>;
  executeMap(commands: CommandMap, o: FleetExecuteOptions = {}): FleetRun<FleetResult> {
    return this.#execute(() => chooseCommands(commands, this.#roster.pools), o);
  }

  /** Calls a function with a connection of each host, connected; what it returns or throws is that host's result. */
  each<T>(fn: EachFunction<T>, o: FleetOptions = {}): FleetRun<HostValue<T>> {
    return new FleetRun(async (publish) => {
      const make: MakeWork<HostValue<T>> = (operation) => eachWork(operation, this.#calls.admission, fn);
      await this.#calls.go(this.#calls.pools, o, make, publish);
    });
  }

  /**
   * `fs`, `os` and `Path` once more, whose calls go over the hosts as the options say: these calls take the arguments of
   * one machine's, which leave no room for a fleet's. A `signal` ends them beside any that a call has of its own.
   *
   * @throws OptionError for what cannot be meant.
   *
   * @example
   * const sizes = await mc.with({ batchSize: 10, timeout: 5000 }).fs.stat('/var/log/syslog');
   */
  with(o: FleetOptions): FleetFacets {
    planFleet(o, this.#limits, this.size);
    const { signal } = o;
    return new FleetFacets((fn, { signal: own }) => {
      const both = signal !== undefined && own !== undefined ? AbortSignal.any([signal, own]) : (own ?? signal);
      return this.each(fn, { ...o, ...(both === undefined ? {} : { signal: both }) });
    });
  }

  /** The files of every host: each call of a connection's `fs`, with each host's result. */
  get fs(): FleetFs {
    return this.#facets.fs;
  }

  /** The system of every host: each call of a connection's `os`, with each host's result. */
  get os(): FleetOs {
    return this.#facets.os;
  }

  /** A path on every host: its text is one, its calls on files go to each. Throws `OptionError` for no text. */
  Path(...parts: readonly PathText[]): FleetPath {
    return this.#facets.Path(...parts);
  }

  /**
   * Runs a command on each host and gives what happens as it happens. It begins with the first read and goes no faster
   * than it is read; leaving the loop ends every command, with its children, before it is left.
   *
   * Reading throws `OptionError` for what cannot be meant, and `ClosedError` once the fleet is closed.
   *
   * @example
   * for await (const event of mc.stream('journalctl -f')) {
   *   if (event.type === 'stdout') process.stdout.write(`${event.key}: ${event.data}`);
   * }
   */
  stream(command: Command, o: FleetStreamOptions & { encoding: 'buffer' }): FleetStream<FleetEvent<Buffer>>;
  stream(command: Command, o?: FleetStreamOptions & { encoding?: BufferEncoding }): FleetStream<FleetEvent>;
  stream(command: Command, o: FleetStreamOptions = {}): FleetStream<AnyFleetEvent> {
    const queue = new EventQueue<AnyFleetEvent>();
    return new FleetStream<AnyFleetEvent>(queue, () => {
      const pools = this.#calls.pools;
      checkExecute(pools, () => command, o);
      const make: MakeWork<StreamedResult> = (operation) =>
        streamWork(operation, this.#calls.admission, queue, command, o);
      const { operation, done } = this.#calls.begin({ pools, options: o, heeds: true }, make);
      return { done, abort: (cause) => operation.abort(cause) };
    });
  }

  /**
   * Sends a local file or tree to each host; a file is read once here, however many hosts there are. Of a list, each goes
   * into the directory `remote` under its own name. Where some files failed the host is not `ok`: its `value` is the
   * summary of what was done all the same, and its `error` says `3 of 120 files failed: …`.
   *
   * Rejects, before anything is opened, with `OptionError` for what cannot be meant or read here.
   */
  upload(local: string | readonly string[], remote: string, o: FleetTransferOptions = {}): FleetTransfer {
    return this.#transfer((transfers, publish) => transfers.upload(local, remote, o, publish));
  }

  /**
   * Fetches a file or tree from each host. For several hosts `local` has `{key}` in it, or is a directory (it exists, or
   * ends in `/`), in which each host has one of its own; in names `/`, `:` and the like are written as `%2F`.
   *
   * Rejects as {@link upload} does, and with `OptionError` where several hosts would write to one name.
   */
  download(remote: string, local: string, o: FleetTransferOptions = {}): FleetTransfer {
    return this.#transfer((transfers, publish) => transfers.download(remote, local, o, publish));
  }

  /** Writes data to a file on each host. Rejects and fails as {@link upload} does. */
  sftpWriteData(data: string | Uint8Array, remote: string, o: FleetTransferOptions = {}): FleetTransfer {
    return this.#transfer((transfers, publish) => transfers.writeData(data, remote, o, publish));
  }

  /** As {@link upload}; without `remote` it goes to the home directory, under its own name. */
  sftpWrite(local: string, remote?: string, o: FleetTransferOptions = {}): FleetTransfer {
    return this.#transfer((transfers, publish) => transfers.write(local, remote, o, publish));
  }

  /**
   * Reads a text file of each host, up to `maxBuffer` (16 MiB; a longer one fails with `EFBIG`). With `local` it is
   * written here as well, to names as for {@link download}. Rejects as that does.
   */
  sftpRead(remote: string, local?: string, o: FleetReadOptions = {}): FleetRun<HostText> {
    return this.#transfer((transfers, publish) => transfers.read(remote, local, o, publish));
  }

  /**
   * Follows a file on each host. It settles when every host's tail is open or has failed, which a missing file makes it
   * do on that host alone; each tail holds its connection until it is closed.
   *
   * @throws OptionError for what cannot be meant, and for more hosts than `maxConnections`; AbortError; ClosedError.
   */
  async tail(path: string, o: TailOptions = {}): Promise<MultiTailer> {
    const { tailEach } = await import('./tail/fleet-tails.js');
    return tailEach(this.#calls, path, o);
  }

  /** As {@link tail}, with each host's own path: a key that is not in the fleet is an `OptionError`, and nothing is opened. */
  async tailMap(
    paths: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
    o: TailOptions = {},
  ): Promise<MultiTailer> {
    const { tailPaths } = await import('./tail/fleet-tails.js');
    return tailPaths(this.#calls, paths, o);
  }

  /**
   * Ends what runs, closes the connections that the fleet owns, and settles when both are done. What runs has results;
   * borrowed connections stay as they are. Idempotent.
   */
  close(): Promise<void> {
    return this.#calls.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #transfer<T extends HostOutcome>(
    start: (transfers: FleetTransfers, publish: Publish<T>) => Promise<void>,
  ): FleetRun<T> {
    return new FleetRun(async (publish) => {
      // Who runs commands alone does without all of it.
      const { FleetTransfers: Transfers } = await import('./fleet-transfers.js');
      await start(new Transfers(this.#calls), publish);
    });
  }

  #execute(
    choose: () => { pools: readonly HostPool[]; commandOf: CommandOf },
    o: FleetExecuteOptions,
  ): FleetRun<FleetResult> {
    const heeds = o.signal !== undefined || o.timeout !== undefined;
    return new FleetRun(async (publish) => {
      const { pools, commandOf } = choose();
      checkExecute(pools, commandOf, o);
      const make: MakeWork<FleetResult> = (operation) => executeWork(operation, this.#calls.admission, commandOf, o);
      await this.#calls.begin({ pools, options: o, heeds }, make, publish).done;
    });
  }
}
