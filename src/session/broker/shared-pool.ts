import { cloneConnection } from '../../connection/clone-connection.js';
import type { ConnectOptions } from '../../connection/connection.js';
import type { ConnectionState } from '../../connection/connection-services.js';
import { type Abortable, throwIfAborted } from '../../core/abort.js';
import { CallScope, checkTimeout } from '../../core/deadline.js';
import { type HawserError, OptionError } from '../../core/hawser-error.js';
import { checkLimit } from '../../core/limiter.js';
import { revealed } from '../../core/secret.js';
import { formatTarget } from '../../inventory/format-target.js';
import type { Target } from '../../inventory/target.js';
import { closed, connectTimedOut, disconnected } from '../../pool/pool-errors.js';
import { PoolLease } from '../../pool/pool-lease.js';
import { type AcquireWorkerOptions, checkWait, type PoolStats } from '../../pool/pool-options.js';
import { PooledServices } from '../../pool/pooled-services.js';
import type { PoolWish } from '../../transport/broker/pool-wish.js';
import { PoolWorker, type PoolWorkerOptions } from './pool-worker.js';

/** How a client takes part in a pool of the broker. Times are in milliseconds; where 0 is given or nothing, there is no limit. */
export interface SharedPoolOptions {
  /** Which one of the pools to that machine. Default `'default'`. */
  readonly name?: string | undefined;
  /**
   * How many workers there are at most. The first who uses the pool says so; who comes later says the same, or nothing.
   * Another size is refused when the first worker is asked for.
   */
  readonly size?: number | undefined;
  /** How long a call of this client waits for a worker, unless it says otherwise itself. Default: for ever. */
  readonly timeout?: number | undefined;
}

/** Asks the broker for the numbers of a pool. */
export type AskStats = (target: Target, wish: PoolWish, o: Abortable) => Promise<PoolStats | undefined>;

/** What a {@link SharedPool} is made with, by a `BrokerClient`. */
export interface SharedPoolWay extends SharedPoolOptions {
  readonly target: Readonly<Target>;
  readonly link: PoolWorkerOptions['link'];
  readonly stats: AskStats;
}

/**
 * A pool of connections to one machine that the broker keeps, for all processes that name the same machine and pool. Each call
 * goes to a free worker and waits for one in turn, strictly first come, first served, whoever else waits. It has the services
 * of a connection, as a `ConnectionPool` has; but what is open on a worker ends with its lease.
 *
 * A worker comes back when its lease ends, and when its client dies: then, and where a call was cut short, it is replaced.
 *
 * @example
 * await using broker = await SessionBroker.connect();
 * await using pool = broker.pool('web1', { size: 2 });      // two workers for all processes together
 * await Promise.all(files.map((file) => pool.execute(['gzip', file])));
 */
export class SharedPool extends PooledServices<PoolWorker> {
  readonly name: string;
  readonly #way: SharedPoolWay;
  readonly #timeout: number | undefined;
  readonly #waiting = new Set<CallScope>();
  readonly #workers = new Set<PoolWorker>();
  /** What settles when workers have been given back. */
  readonly #leaving = new Set<Promise<void>>();
  #id: string;
  #state: ConnectionState = 'idle';

  /** Opens nothing. Throws `OptionError` for what cannot be meant. */
  constructor(way: SharedPoolWay) {
    super({ target: way.target });
    const { name = 'default', size, timeout } = way;
    if (typeof name !== 'string' || name === '') {
      throw new OptionError(`Expected the \`name\` of a pool to be a string that is not empty, got ${String(name)}.`);
    }
    if (typeof way.target.hostKey === 'function') {
      throw new OptionError(
        'A pool that processes share cannot have a function for its `hostKey`: nobody can tell whether two of them mean the same. ' +
          "Give it 'strict', 'accept-new' or fingerprints.",
        { host: way.target.host },
      );
    }
    this.name = name;
    this.#timeout = checkWait('timeout', timeout);
    this.#way = { ...way, size: size === undefined ? undefined : checkLimit('size', size) };
    this.#id = formatTarget(way.target);
  }

  /** `user@host:port`: what ssh_config adds is in it once this client has had a worker. */
  get id(): string {
    return this.#id;
  }

  /** `connected`: this client has had a worker since the last connect. */
  override get state(): ConnectionState {
    return this.#state;
  }

  /** Whether {@link state} is `connected`: it says nothing of the workers that the broker has now. */
  override get connected(): boolean {
    return this.#state === 'connected';
  }

  /** How many calls of this client are under way or waiting. */
  override get active(): number {
    return this.#waiting.size + this.#workers.size;
  }

  /** What others have is not known here: no. */
  override get hasRoom(): boolean {
    return false;
  }

  /** The numbers of the pool, over all its clients; `undefined` while there is none. */
  async stats(o: Abortable = {}): Promise<PoolStats | undefined> {
    return this.#way.stats(this.#target, this.#wish(), o);
  }

  /**
   * Makes sure that a worker stands. Throws as {@link acquire} does; TimeoutError with the phase `connect`.
   */
  override async connect(o: ConnectOptions = {}): Promise<this> {
    const { key, host } = this;
    const timeout = checkTimeout('timeout', o.timeout);
    using scope = new CallScope(o.signal, timeout, () => connectTimedOut({ key, host }, timeout ?? 0));
    this.#refuseIfClosed();
    const { idle = 0, leased = 0 } = (await this.stats({ signal: scope.signal })) ?? {};
    if (idle + leased === 0) (await this.acquire({ signal: scope.signal, timeout: 0 })).release();
    this.#become('connected');
    return this;
  }

  /**
   * Waits for a worker, which is the caller's until the lease is given back.
   *
   * @throws PoolTimeoutError after the time limit, or the pool's; AbortError; ClosedError, DisconnectedError; OptionError where
   *   the pool has another size, or none yet; why no worker could be started, where none stands.
   */
  override async acquire(o: AcquireWorkerOptions = {}): Promise<PoolLease<PoolWorker>> {
    const timeout = o.timeout === undefined ? this.#timeout : checkWait('timeout', o.timeout);
    this.#refuseIfClosed();
    throwIfAborted(o.signal, `waiting for a worker of the pool for ${this.key}`, this.host);
    const worker = new PoolWorker({ target: this.#target, link: this.#way.link, wish: this.#wish(timeout) });
    using scope = new CallScope(o.signal);
    this.#waiting.add(scope);
    try {
      await worker.connect({ signal: scope.signal });
      worker.lend();
      this.#workers.add(worker);
    } catch (error) {
      await worker.close();
      throw error;
    } finally {
      this.#waiting.delete(scope);
      this.#tellIfIdle();
    }
    this.#id = worker.id;
    this.#become('connected');
    return new PoolLease(worker, (spoilt) => this.#takeBack(worker, spoilt));
  }

  /** Turns away the calls of this client that wait, and cuts those under way. Others are not concerned; later calls work. */
  override async disconnect(): Promise<void> {
    if (this.#state === 'closed' || (this.#state === 'idle' && this.active === 0)) return;
    await this.#leave('disconnected', disconnected(this));
  }

  /** As {@link disconnect}, for good. The pool stays in the broker. */
  override async close(): Promise<void> {
    await this.#leave('closed', closed(this));
  }

  /** Another part in the same pool. */
  override clone(): this {
    return cloneConnection<this>(this, { ...this.#way, target: this.#target });
  }

  get #target(): Target {
    return revealed<Target>(this.target);
  }

  #wish(timeout?: number): PoolWish {
    return { name: this.name, size: this.#way.size, timeout };
  }

  #takeBack(worker: PoolWorker, spoilt: boolean): void {
    this.#workers.delete(worker);
    const left = worker.giveBack(spoilt).finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
    this.#tellIfIdle();
  }

  async #leave(state: 'disconnected' | 'closed', reason: HawserError): Promise<void> {
    this.#become(state);
    for (const scope of this.#waiting) scope.abort(reason);
    await Promise.all([...[...this.#workers].map((worker) => worker.close()), ...this.#leaving]);
  }

  #refuseIfClosed(): void {
    if (this.#state === 'closed') throw closed(this);
  }

  #become(state: ConnectionState): void {
    if (this.#state === 'closed' || this.#state === state) return;
    this.#state = state;
    this.emit('state', state);
  }

  #tellIfIdle(): void {
    if (this.active === 0) this.emit('idle');
  }
}
