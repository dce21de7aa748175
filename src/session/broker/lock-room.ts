import type { Connection } from '../../connection/connection.js';
import type { Abortable } from '../../core/abort.js';
import { Lease } from '../../core/lease.js';
import { Limiter } from '../../core/limiter.js';
import { revealed } from '../../core/secret.js';
import type { Target } from '../../inventory/target.js';
import { SessionPlaces } from '../session-place.js';

/** A lock, and how many hold it or wait for it. */
interface Lock {
  readonly limiter: Limiter;
  users: number;
}

/**
 * The locks of sessions, each held by one client at a time: first come, first served, whoever they are. A lock belongs to the
 * place that a session leads to. So it stays when the session's link is made again, or another session takes its place.
 */
export class LockRoom {
  readonly #locks = new Map<string, Lock>();
  readonly #places = new SessionPlaces();
  readonly #names = new WeakMap<Connection, string>();

  /** How many locks are held, or waited for. */
  get size(): number {
    return this.#locks.size;
  }

  /** Waits for the lock of a session. Throws what the signal says. */
  async acquire(session: Connection, o: Abortable = {}): Promise<Lease> {
    const name = this.#nameOf(session);
    const lock = this.#locks.get(name) ?? { limiter: new Limiter(1, 'lock'), users: 0 };
    this.#locks.set(name, lock);
    lock.users += 1;
    const leave = (): void => {
      lock.users -= 1;
      if (lock.users === 0) this.#locks.delete(name);
    };
    try {
      const lease = await lock.limiter.acquire(o);
      return new Lease(() => {
        lease.release();
        leave();
      });
    } catch (error) {
      leave();
      throw error;
    }
  }

  #nameOf(session: Connection): string {
    const known = this.#names.get(session);
    if (known !== undefined) return known;
    const { key } = this.#places.of(revealed<Target>(session.target));
    this.#names.set(session, key);
    return key;
  }
}
