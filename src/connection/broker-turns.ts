import type { Abortable } from '../core/abort.js';
import type { Turns } from '../core/hold.js';
import { Lease } from '../core/lease.js';

/** The turns of a lock that a session broker keeps, for all processes that share it. Each one is asked for there. */
export class BrokerTurns implements Turns {
  readonly #ask: (o: Abortable) => Promise<Lease>;
  #active = 0;

  constructor(ask: (o: Abortable) => Promise<Lease>) {
    this.#ask = ask;
  }

  get active(): number {
    return this.#active;
  }

  /** Never at once: who else has it is known to the broker alone. */
  tryAcquire(): undefined {
    return undefined;
  }

  async acquire(o: Abortable): Promise<Lease> {
    const far = await this.#ask(o);
    this.#active += 1;
    return new Lease(() => {
      this.#active -= 1;
      far.release();
    }, far.signal);
  }
}
