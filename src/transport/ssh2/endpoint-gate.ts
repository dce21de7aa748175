import type { Abortable } from '../../core/abort.js';
import type { Lease } from '../../core/lease.js';
import { Limiter } from '../../core/limiter.js';

/** Under the 10 unauthenticated connections at which sshd begins to turn clients away (MaxStartups, sshd_config(5)). */
const FIRST_LIMIT = 8;

/** How many handshakes may be under way with one server at a time; fewer once it has turned one away. */
export class EndpointGate {
  readonly #limiter = new Limiter(FIRST_LIMIT, 'handshake');

  /** Waits for a place; it is given back when the handshake is over. */
  enter(o: Abortable): Promise<Lease> {
    return this.#limiter.acquire(o);
  }

  /** The server turned a connection away: half as many from now on. */
  throttled(): void {
    this.#limiter.limit = Math.max(1, Math.floor(this.#limiter.limit / 2));
  }

  /** A handshake went through: one more may be tried at once. */
  succeeded(): void {
    if (this.#limiter.limit < FIRST_LIMIT) this.#limiter.limit += 1;
  }
}
