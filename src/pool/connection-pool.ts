import { cloneConnection } from '../connection/clone-connection.js';
import { type ConnectGate, Connection, type ConnectOptions } from '../connection/connection.js';
import type { ConnectionRecord } from '../connection/connection-record.js';
import type { ConnectionState } from '../connection/connection-services.js';
import { revealFacts } from '../connection/device-facts.js';
import { raceAbort } from '../core/abort.js';
import { CallScope, checkTimeout } from '../core/deadline.js';
import type { ConnectStep } from '../core/diagnostics.js';
import { type HawserError, OptionError } from '../core/hawser-error.js';
import { revealed } from '../core/secret.js';
import type { Target } from '../inventory/target.js';
import type { PlatformPath } from '../remote/paths/platform-path.js';
import { addOwnServices, type OwnServiceNames } from './own-services.js';
import { connectTimedOut } from './pool-errors.js';
import type { PoolLease } from './pool-lease.js';
import { type AcquireWorkerOptions, type PoolOptions, type PoolStats, planPool } from './pool-options.js';
import { PooledServices } from './pooled-services.js';
import { Workforce } from './workforce.js';

/** A pool with the services that the class of its workers adds to those of all connections. */
export type PooledConnection<C extends Connection> = ConnectionPool<C> & Pick<C, OwnServiceNames<C> | 'execute'>;

/**
 * Several connections to one machine that look like one: each call goes to a free worker, and waits for one in turn,
 * strictly first come, first served. What stays open (a shell, a process, a file, a stream, a forwarding) keeps its worker
 * until it is closed. For several calls on one worker, see {@link use}.
 *
 * Workers are started as calls need them, or all at once by {@link connect}. One that is lost, is cut short in the middle of
 * a call (by a time limit or a signal), or does not know its prompt any more, is replaced and never lent again.
 *
 * @example
 * await using pool = new ConnectionPool(() => new SshConnection({ target: { host: 'web1' } }), { size: 5 });
 * await Promise.all(files.map((file) => pool.execute(['gzip', file])));
 */
export class ConnectionPool<C extends Connection = Connection> extends PooledServices<C> {
  readonly #factory: (index: number) => C;
  readonly #options: PoolOptions<C>;
  readonly #model: C;
  readonly #workforce: Workforce<C>;
  #gate: ConnectGate | undefined;
  /** Calls of `connect` that wait. */
  #connecting = 0;
  #wasActive = false;

  /**
   * Opens nothing. The factory makes the workers, unopened; `index` says which of the pool's places one is for. It is called
   * once now, since the pool is named after its workers, and each time that a place needs a new one.
   *
   * @throws OptionError for what cannot be meant, and what the factory throws.
   */
  constructor(factory: (index: number) => C, options: PoolOptions<C>) {
    const plan = planPool(options);
    const model = factory(0);
    if (!(model instanceof Connection)) {
      throw new OptionError('Expected the factory of a pool to make connections.');
    }
    const { target, via, alias, device } = model;
    super({ target: revealed<Target>(target), via, alias, device: device && revealFacts(device) });
    this.#factory = factory;
    this.#options = options;
    this.#model = model;
    this.#workforce = new Workforce({
      name: { key: this.key, host: this.host },
      plan,
      first: model,
      make: (index) => this.#make(index),
      onState: (state, reason) => this.#tell(state, reason),
      onIdle: () => this.#tellIdle(),
    });
    addOwnServices(this, model, (work, o) => this.use(work, o));
  }

  /** Makes a pool whose type has the services that its workers' class adds. Throws as the constructor does. */
  static of<C extends Connection>(factory: (index: number) => C, options: PoolOptions<C>): PooledConnection<C> {
    const pool = new ConnectionPool(factory, options);
    if (hasServices(pool)) return pool;
    throw new OptionError(`The pool for ${pool.key} lacks the services of its workers.`);
  }

  get id(): string {
    return this.#model.id;
  }

  /** `connected`: a worker has stood since the last connect, and others can be expected to. */
  override get state(): ConnectionState {
    return this.#workforce.state;
  }

  override get connected(): boolean {
    return this.state === 'connected';
  }

  override get hasStreams(): boolean {
    return this.#model.hasStreams;
  }

  /** How many calls are under way or waiting. */
  override get active(): number {
    return this.#workforce.active;
  }

  /** Those of the first worker. */
  override get connectSteps(): readonly ConnectStep[] {
    return this.#model.connectSteps;
  }

  /** The workers that have been made, whatever they do. */
  get workers(): readonly C[] {
    return this.#workforce.workers;
  }

  get stats(): PoolStats {
    return this.#workforce.stats;
  }

  /** Why workers could not be started when that was last tried, by the number of their place. */
  get failures(): ReadonlyMap<number, HawserError> {
    return this.#workforce.failures;
  }

  /** Whether a worker can be had without waiting for another call. */
  override get hasRoom(): boolean {
    return this.#workforce.hasRoom;
  }

  /**
   * Starts all workers in parallel. Where some could not be started the pool stands with the others, `failures` (and the
   * option `onWorkerFailed`) says why, and they are tried again as calls need them.
   *
   * @throws The first worker's error where none could be started; TimeoutError, AbortError, ClosedError.
   */
  override async connect(o: ConnectOptions = {}): Promise<this> {
    const timeout = checkTimeout('timeout', o.timeout);
    const { key, host } = this;
    using scope =
      timeout === undefined
        ? undefined
        : new CallScope(o.signal, timeout, () => connectTimedOut({ key, host }, timeout));
    const signal = scope?.signal ?? o.signal;
    this.#connecting += 1;
    try {
      await raceAbort(this.#workforce.connect(signal), signal, {
        doing: `connecting the pool for ${key}`,
        host,
      });
    } finally {
      this.#connecting -= 1;
      if (this.#connecting === 0) this.#workforce.cancel();
    }
    return this;
  }

  /**
   * Disconnects all workers. Calls that wait are turned away with `DisconnectedError`; those under way come to their end,
   * and are cut after the `drainTimeout`. {@link connect}, and each later call, works again.
   */
  override disconnect(): Promise<void> {
    return this.#workforce.disconnect();
  }

  /** Closes all workers for good; calls that run or wait fail with `ClosedError`. Idempotent. */
  override close(): Promise<void> {
    return this.#workforce.close();
  }

  /**
   * Waits for a worker, which is the caller's until the lease is given back.
   *
   * @throws PoolTimeoutError after the time limit, or the pool's; AbortError; ClosedError, DisconnectedError; HawserError
   *   (`ERR_HAWSER_POOL_FULL`) where `maxWaiters` wait already; where no worker stands, why none could be started.
   */
  override acquire(o: AcquireWorkerOptions = {}): Promise<PoolLease<C>> {
    const lease = this.#workforce.acquire(o);
    this.#wasActive ||= this.active > 0;
    return lease;
  }

  override get path(): PlatformPath {
    return this.#model.path;
  }

  /** Another pool, unopened, of workers that the same factory makes. */
  override clone(): this {
    return cloneConnection<this>(this, this.#factory, this.#options);
  }

  /** What is recorded is the machine, as one of the workers reaches it. */
  override toJSON(): ConnectionRecord {
    return this.#model.toJSON();
  }

  override gateConnects(gate: ConnectGate | undefined): void {
    this.#gate = gate;
    for (const worker of this.workers) worker.gateConnects(gate);
  }

  #make(index: number): C {
    const worker = this.#factory(index);
    worker.gateConnects(this.#gate);
    return worker;
  }

  #tell(state: ConnectionState, reason: HawserError | undefined): void {
    this.emit('state', state);
    if (reason !== undefined) this.emit('lost', reason);
  }

  #tellIdle(): void {
    if (!this.#wasActive) return;
    this.#wasActive = false;
    this.emit('idle');
  }
}

/** The constructor has added what the class of the workers has. */
function hasServices<C extends Connection>(pool: ConnectionPool<C>): pool is PooledConnection<C> {
  return pool instanceof ConnectionPool;
}
