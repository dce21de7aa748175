import { BrokerConnection, type BrokerConnectionOptions, LONGEST_CONNECT } from '../../connection/broker-connection.js';
import type { OpenedTransport } from '../../connection/connection.js';
import { DisconnectedError } from '../../core/errors.js';
import { Mutex } from '../../core/mutex.js';
import { BrokerTransport, type BrokerWay } from '../../transport/broker/broker-transport.js';
import type { PoolWish } from '../../transport/broker/pool-wish.js';
import type { ReleaseLine } from '../../transport/broker/protocol.js';

/** What a {@link PoolWorker} is made with. */
export interface PoolWorkerOptions extends BrokerConnectionOptions {
  readonly wish: PoolWish;
}

/**
 * A worker of a pool that the broker keeps, for the length of one lease: to connect is to wait for it, and it is given back when
 * it is closed. What is open on it ends with the lease.
 */
export class PoolWorker extends BrokerConnection {
  /** Nobody else has the worker: there is nobody to exclude but this process's own work. */
  override readonly lock: Mutex = new Mutex();
  readonly #wish: PoolWish;
  #wasOpened = false;
  /** It is, until somebody has it. */
  #isAsGood = true;

  constructor({ wish, ...options }: PoolWorkerOptions) {
    super(options);
    this.#wish = wish;
  }

  /** Somebody has it from now on. */
  lend(): void {
    this.#isAsGood = false;
  }

  /** Ends the lease. `spoilt`: nobody knows what state the worker is in, and the broker replaces it. */
  async giveBack(spoilt: boolean): Promise<void> {
    this.#isAsGood = !spoilt && this.connected;
    await this.close();
  }

  protected override cloneOptions(): PoolWorkerOptions {
    return { ...super.cloneOptions(), wish: this.#wish };
  }

  protected override async openTransport(): Promise<OpenedTransport> {
    if (this.#wasOpened) {
      const message = `The worker for ${this.key} was lost, and its lease with it: ask the pool for another one.`;
      throw new DisconnectedError(message, { host: this.host, key: this.key });
    }
    this.#wasOpened = true;
    // How long it is waited for is the pool's to say.
    return { transport: new BrokerTransport(this.way()), connectTimeout: LONGEST_CONNECT };
  }

  protected override way(): BrokerWay {
    const lastWord = (): ReleaseLine | undefined => (this.#isAsGood ? { release: true } : undefined);
    return { ...super.way(), pool: this.#wish, lastWord };
  }
}
