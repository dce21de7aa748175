import type { Connection } from '../connection/connection.js';
import type { FleetResult } from '../connection/results/failed-result.js';
import { FleetRun, type Publish } from '../connection/results/fleet-run.js';
import type { HostOutcome, HostText, HostValue } from '../connection/results/host-value.js';
import type { CommandResult } from '../core/command-result.js';
import { checkTimeout } from '../core/deadline.js';
import type { Command } from '../core/quote.js';
import type { TailOptions } from '../remote/tail/tail-options.js';
import { type CommandMap, chooseCommands } from './choose-commands.js';
import { connectWork } from './connect-work.js';
import { ConnectionMap } from './connection-map.js';
import { type EachFunction, eachWork } from './each-work.js';
import { EventQueue } from './event-queue.js';
import { type CommandOf, checkExecute, executeWork, type FleetExecuteOptions } from './execute-work.js';
import type { AnyFleetEvent } from './feed-events.js';
import type { FleetEvent, StreamedResult } from './fleet-event.js';
import { type ConnectAllOptions, checkLimits, type FleetOptions, type MultiOptions } from './fleet-options.js';
import { FleetStream } from './fleet-stream.js';
import type { FleetReadOptions, FleetTransfer, FleetTransferOptions, FleetTransfers } from './fleet-transfers.js';
import type { HostPool, Member } from './host-pool.js';
import type { MakeWork } from './operation.js';
import { makeRoster, type TargetOf } from './roster.js';
import { type FleetStreamOptions, streamWork } from './stream-work.js';
import type { MultiTailer } from './tail/multi-tailer.js';

/**
 * Hosts, and the work that they do at once, each with a result of its own: commands, transfers, tails. It is what the
 * command line needs; `MultiConnection` adds the rest.
 */
export class Fleet<C extends Connection = Connection> extends ConnectionMap<C> implements AsyncDisposable {
  /**
   * Opens nothing: hosts are connected when they are first worked on. Connections among the targets are borrowed.
   *
   * @throws OptionError, ParseError for what cannot be meant: a target, a default, a limit that is no positive integer,
   *   a list of `local` or `threadSafe` that is not as long as the targets.
   */
  constructor(targets: Iterable<TargetOf<NoInfer<C>>>, o: MultiOptions = {}) {
    super(checkLimits(o), makeRoster<C>(targets, o));
  }

  /**
   * Connects every connection of every host; what is open stays as it is. Each host's outcome is in the result. A host
   * that failed is tried again by whatever works on it next; with `pruneFailures` its connections that failed are closed
   * and leave the fleet, and with the last one the host does.
   */
  connect(o: ConnectAllOptions<C> = {}): FleetRun<HostValue<C>> {
    const { pruneFailures = false, timeout, ...options } = o;
    const onUnreachable = async (pool: HostPool<C>, members: readonly Member<C>[]): Promise<void> => {
      if (pruneFailures) await this.discard(pool, members);
    };
    return new FleetRun(async (publish) => {
      checkTimeout('timeout', timeout);
      const make: MakeWork<HostValue<C>, C> = (operation) =>
        connectWork(operation, this.calls.admission, timeout, onUnreachable);
      await this.calls.go(this.calls.pools, options, make, publish);
    });
  }

  /**
   * Runs a command once on each host, on the least busy connection of its pool, connecting where that is needed. Each
   * host has a result, however it failed; `outcome` and `error` say how.
   *
   * Rejects with `OptionError` for what cannot be meant, and `ClosedError` once the fleet is closed.
   */
  execute(
    command: Command,
    o: FleetExecuteOptions<CommandResult<Buffer>> & { encoding: 'buffer' },
  ): FleetRun<CommandResult<Buffer>>;
  execute(
    command: Command,
    o?: FleetExecuteOptions<CommandResult> & { encoding?: BufferEncoding },
  ): FleetRun<CommandResult>;
  execute(command: Command, o?: FleetExecuteOptions): FleetRun<FleetResult>;
  execute(command: Command, o: FleetExecuteOptions = {}): FleetRun<FleetResult> {
    return this.#execute(() => ({ pools: this.calls.pools, commandOf: () => command }), o);
  }

  /**
   * Runs each host's own command, on the hosts that are named and no others.
   *
   * Rejects as {@link execute} does, and with `OptionError` for a key that is not in the fleet: then nothing runs.
   */
  executeMap(
    commands: CommandMap,
    o: FleetExecuteOptions<CommandResult<Buffer>> & { encoding: 'buffer' },
  ): FleetRun<CommandResult<Buffer>>;
  executeMap(
    commands: CommandMap,
    o?: FleetExecuteOptions<CommandResult> & { encoding?: BufferEncoding },
  ): FleetRun<CommandResult>;
  executeMap(commands: CommandMap, o: FleetExecuteOptions = {}): FleetRun<FleetResult> {
    return this.#execute(() => chooseCommands(commands, this.pools), o);
  }

  /** Calls a function with a connection of each host, connected; what it returns or throws is that host's result. */
  each<T>(fn: EachFunction<T, C>, o: FleetOptions<HostValue<T>> = {}): FleetRun<HostValue<T>> {
    return new FleetRun(async (publish) => {
      const make: MakeWork<HostValue<T>, C> = (operation) => eachWork(operation, this.calls.admission, fn);
      await this.calls.go(this.calls.pools, o, make, publish);
    });
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
      const pools = this.calls.pools;
      checkExecute(pools, () => command, o);
      const make: MakeWork<StreamedResult> = (operation) =>
        streamWork(operation, this.calls.admission, queue, command, o);
      const { operation, done } = this.calls.begin({ pools, options: o, heeds: true }, make);
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
    return tailEach(this.calls, path, o);
  }

  /** As {@link tail}, with each host's own path: a key that is not in the fleet is an `OptionError`, and nothing is opened. */
  async tailMap(
    paths: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
    o: TailOptions = {},
  ): Promise<MultiTailer> {
    const { tailPaths } = await import('./tail/fleet-tails.js');
    return tailPaths(this.calls, paths, o);
  }

  /**
   * Ends what runs, closes the connections that the fleet owns, and settles when both are done. What runs has results;
   * borrowed connections stay as they are. Idempotent.
   */
  close(): Promise<void> {
    return this.calls.close();
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
      await start(new Transfers(this.calls), publish);
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
      const make: MakeWork<FleetResult> = (operation) => executeWork(operation, this.calls.admission, commandOf, o);
      await this.calls.begin({ pools, options: o, heeds }, make, publish).done;
    });
  }
}
