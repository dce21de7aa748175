import type { Duplex } from 'node:stream';
import { Connection, type OpenedTransport } from '../connection/connection.js';
import type { Abortable } from '../core/abort.js';
import type { CommandResult } from '../core/command-result.js';
import type { AnyCommandResult } from '../core/errors.js';
import { OptionError } from '../core/hawser-error.js';
import type { Command } from '../core/quote.js';
import type { TransferSummary } from '../core/transfer-summary.js';
import type { FileAccess, UseOptions } from '../remote/files/file-access.js';
import type { ExecuteOptions, ShellOptions } from '../remote/process/options.js';
import type { Shell } from '../remote/process/shell.js';
import type { Site } from '../remote/site.js';
import type { RemoteOs } from '../remote/system/remote-os.js';
import type { TransferOptions } from '../remote/transfer/options.js';
import { keepWorker, streamClosed } from './keep-worker.js';
import { PoolFiles } from './pool-files.js';
import type { PoolLease } from './pool-lease.js';
import type { AcquireWorkerOptions } from './pool-options.js';
import { PoolOs } from './pool-os.js';
import { spoils } from './spoils.js';

/**
 * Several connections to one machine that look like one: the services of a connection, each call of which goes to a worker.
 * Subclasses say where workers come from ({@link acquire}).
 */
export abstract class PooledServices<C extends Connection> extends Connection {
  readonly #poolFiles: PoolFiles = new PoolFiles(this);
  readonly #poolOs: PoolOs = new PoolOs((work, o) => this.use(work, o));

  /** Whether a worker can be had without waiting for another call. */
  abstract get hasRoom(): boolean;

  /** Waits for a worker, which is the caller's until the lease is given back. */
  abstract acquire(o?: AcquireWorkerOptions): Promise<PoolLease<C>>;

  /**
   * Runs several calls on one worker. The signal and the time limit are for the wait alone. Throws as {@link acquire} does,
   * and what `work` throws: after a call that was cut short, the worker is replaced.
   */
  async use<T>(work: (worker: C) => Promise<T>, o: AcquireWorkerOptions = {}): Promise<T> {
    await using lease = await this.acquire(o);
    try {
      return await work(lease.connection);
    } catch (error) {
      if (spoils(error) && !lease.released) lease.discard();
      throw error;
    }
  }

  override execute(command: Command, o: ExecuteOptions & { encoding: 'buffer' }): Promise<CommandResult<Buffer>>;
  override execute(command: Command, o?: ExecuteOptions & { encoding?: BufferEncoding }): Promise<CommandResult>;
  override execute(command: Command, o?: ExecuteOptions): Promise<CommandResult<string> | CommandResult<Buffer>>;
  override async execute(command: Command, o: ExecuteOptions = {}): Promise<AnyCommandResult> {
    return this.use((worker) => worker.execute(command, o), { signal: o.signal });
  }

  /** Opens a shell on a worker, which is its own until the shell has ended. */
  override shell(o: ShellOptions = {}): Promise<Shell> {
    return this.#keep(
      (worker) => worker.shell(o),
      o,
      (shell) => shell.ended,
    );
  }

  override upload(local: string, remote: string, o: TransferOptions = {}): Promise<TransferSummary> {
    return this.use((worker) => worker.upload(local, remote, o), { signal: o.signal });
  }

  override download(remote: string, local: string, o: TransferOptions = {}): Promise<TransferSummary> {
    return this.use((worker) => worker.download(remote, local, o), { signal: o.signal });
  }

  override dial(to: { host: string; port: number }, o: Abortable = {}): Promise<Duplex> {
    return this.#keep((worker) => worker.dial(to, o), o, streamClosed);
  }

  override subsystem(name: string, o: Abortable = {}): Promise<Duplex> {
    return this.#keep((worker) => worker.subsystem(name, o), o, streamClosed);
  }

  override get files(): FileAccess {
    return this.#poolFiles;
  }

  override get os(): RemoteOs {
    return this.#poolOs;
  }

  /** Services of all connections that are not listed above, and those of subclasses, come this way. */
  protected override service<T>(work: (site: Site) => Promise<T>, o: UseOptions = {}): Promise<T> {
    return this.use((worker) => Connection.serviceOf(worker, work, o), { signal: o.signal });
  }

  /** Never called: the workers have the transports. */
  protected openTransport(): Promise<OpenedTransport> {
    return Promise.reject(new OptionError(`The pool for ${this.key} has no transport of its own.`));
  }

  #keep<T>(open: (worker: C) => Promise<T>, { signal }: Abortable, over: (opened: T) => Promise<void>): Promise<T> {
    return keepWorker((work) => this.use(work, { signal }), open, over);
  }
}
