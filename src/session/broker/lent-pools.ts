import type { Connection } from '../../connection/connection.js';
import { ConnectionFactory } from '../../connection/connection-factory.js';
import { OptionError } from '../../core/hawser-error.js';
import { checkLimit } from '../../core/limiter.js';
import { targetKey } from '../../inventory/format-target.js';
import { ConnectionPool } from '../../pool/connection-pool.js';
import type { PoolLease } from '../../pool/pool-lease.js';
import { checkWait, type PoolStats } from '../../pool/pool-options.js';
import { asRecord } from '../../transport/broker/lines.js';
import type { PoolWish } from '../../transport/broker/pool-wish.js';
import { SessionPlaces } from '../session-place.js';
import { decodeTarget, unasked } from './decode-target.js';
import { PoolQuestions } from './pool-questions.js';
import type { Questions } from './questions.js';

/** The pool that a client has sent the wish for. Throws `OptionError` for anything else. */
export function wishOf(value: unknown): PoolWish {
  const { name, size, timeout } = asRecord(value);
  if (typeof name !== 'string') throw new OptionError('The session broker could not read a request: it names no pool.');
  return {
    name,
    size: typeof size === 'number' ? checkLimit('size', size) : undefined,
    timeout: typeof timeout === 'number' ? checkWait('timeout', timeout) : undefined,
  };
}

/** A pool, and whom its workers ask. */
interface LentPool {
  readonly pool: ConnectionPool;
  readonly questions: PoolQuestions;
  rest: NodeJS.Timeout | undefined;
}

/** Who wants a worker: what he sent, and how he is asked. */
export interface WorkerRequest {
  /** The target as it came. */
  readonly target: unknown;
  readonly wish: PoolWish;
  readonly questions: Questions;
  readonly signal: AbortSignal;
}

/**
 * The pools that clients share: one for each place that sessions lead to and each name. A pool is made by the first who wants a
 * worker of it, and closed when nobody has wanted one for a while.
 */
export class LentPools {
  readonly #pools = new Map<string, LentPool>();
  readonly #places = new SessionPlaces();
  readonly #factory = new ConnectionFactory();
  readonly #idleTimeout: number;

  /** @param idleTimeout how long a pool that nobody uses stays, in milliseconds; 0: for ever. */
  constructor(idleTimeout: number) {
    this.#idleTimeout = idleTimeout;
  }

  /** How many pools there are. */
  get size(): number {
    return this.#pools.size;
  }

  /**
   * Waits for a worker, behind all who came before, whoever they are.
   *
   * @throws OptionError for a pool that there is with another size, or where nobody has said one; PoolTimeoutError; what starting a
   *   worker throws; the signal's reason.
   */
  async acquire({ target, wish, questions, signal }: WorkerRequest): Promise<PoolLease<Connection>> {
    const lent = this.#have(target, wish);
    const leave = lent.questions.join(questions, target);
    try {
      const lease = await lent.pool.acquire({ signal, timeout: wish.timeout ?? 0 });
      lent.questions.proven();
      return lease;
    } finally {
      leave();
    }
  }

  /** The numbers of a pool; `undefined` where there is none. */
  stats(target: unknown, name: string): PoolStats | undefined {
    return this.#pools.get(this.#keyOf(target, name))?.pool.stats;
  }

  /** Closes all pools; what runs on their workers fails. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#pools].map(([key, lent]) => this.#close(key, lent)));
  }

  #have(target: unknown, wish: PoolWish): LentPool {
    const key = this.#keyOf(target, wish.name);
    const found = this.#pools.get(key);
    if (found === undefined) return this.#make(key, target, wish);
    clearTimeout(found.rest);
    const { size } = found.pool.stats;
    if (wish.size === undefined || wish.size === size) return found;
    throw new OptionError(
      `The pool "${wish.name}" for ${found.pool.key} has a size of ${size}, as its first user wanted it, and not of ${wish.size}. ` +
        'Leave out `size`, or give this pool a `name` of its own.',
      { host: found.pool.host },
    );
  }

  #make(key: string, wire: unknown, { name, size }: PoolWish): LentPool {
    const questions = new PoolQuestions(wire);
    const target = decodeTarget(wire, questions);
    if (size === undefined) {
      const message =
        `There is no pool "${name}" for ${targetKey(target)} yet: ` +
        'say its `size`, or wait until somebody has used it who does.';
      throw new OptionError(message, { host: target.host });
    }
    const pool = new ConnectionPool(() => this.#factory.create(target), { size });
    const lent: LentPool = { pool, questions, rest: undefined };
    pool.on('idle', () => this.#rest(key, lent));
    this.#pools.set(key, lent);
    return lent;
  }

  /** Nobody uses a pool for now. */
  #rest(key: string, lent: LentPool): void {
    clearTimeout(lent.rest);
    const close = (): void => {
      if (lent.pool.active === 0) void this.#close(key, lent);
    };
    // One that could not be reached keeps nobody from asking for it in another way.
    if (!lent.pool.connected) close();
    else if (this.#idleTimeout > 0) lent.rest = setTimeout(close, this.#idleTimeout).unref();
  }

  async #close(key: string, { pool, rest }: LentPool): Promise<void> {
    clearTimeout(rest);
    this.#pools.delete(key);
    await pool.close();
  }

  #keyOf(target: unknown, name: string): string {
    return `${this.#places.of(decodeTarget(target, unasked)).key} ${name}`;
  }
}
