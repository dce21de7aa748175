import type { Connection } from '../connection/connection.js';
import type { Abortable } from '../core/abort.js';
import { ChannelError } from '../core/errors.js';
import type { FileAccess, FileScope, UseOptions } from '../remote/files/file-access.js';

/** What a {@link PoolFiles} needs of its pool. */
export interface FilePool {
  readonly key: string;
  readonly host: string;
  /** Whether a worker can be had without waiting for another call. */
  readonly hasRoom: boolean;
  use<T>(work: (worker: Connection) => Promise<T>, o: Abortable): Promise<T>;
}

/** The files of a machine that is reached over a pool: each call goes to a free worker, and what is open keeps its own. */
export class PoolFiles implements FileAccess {
  readonly #pool: FilePool;

  constructor(pool: FilePool) {
    this.#pool = pool;
  }

  get key(): string {
    return this.#pool.key;
  }

  get host(): string {
    return this.#pool.host;
  }

  use<T>(work: (scope: FileScope) => Promise<T>, o: UseOptions = {}): Promise<T> {
    return this.#pool.use((worker) => worker.files.use(work, o), { signal: o.signal });
  }

  /** Who has a worker already may not wait for another one: others may do the same. */
  async useAnother<T>(work: (scope: FileScope) => Promise<T>, o: UseOptions = {}): Promise<T> {
    const { key, host, hasRoom } = this.#pool;
    if (!hasRoom) throw new ChannelError('refused', `No other worker of the pool for ${key} is free.`, { host, key });
    return this.use(work, o);
  }
}
