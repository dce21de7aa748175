import { CallScope, Deadline } from '../core/deadline.js';
import { ConnectTrace } from '../core/diagnostics.js';
import { ClosedError, TimeoutError } from '../core/errors.js';
import { closeInTime } from '../transport/close-in-time.js';
import type { Transport } from '../transport/contract.js';

/** How long it may take to stand, in milliseconds. */
const CONNECT_PATIENCE = 10_000;

/**
 * A connection beside the first one, for what cannot wait until that has a channel: ending the command that holds its
 * last one. All who need it at a time share it, and the last one closes it.
 */
export class SecondConnection {
  readonly #key: string;
  #open: Promise<Transport> | undefined;
  #users = 0;

  constructor(key: string) {
    this.#key = key;
  }

  /** Runs work on it. `undefined` where `first` knows of no second way, or it cannot be had. */
  async use<T>(first: Transport, work: (transport: Transport) => Promise<T>): Promise<T | undefined> {
    const another = first.another?.();
    if (another === undefined) return undefined;
    this.#users += 1;
    this.#open ??= this.#connect(another);
    const open = this.#open;
    try {
      const transport = await open.catch(() => undefined);
      return transport === undefined ? undefined : await work(transport);
    } finally {
      this.#users -= 1;
      if (this.#users === 0) {
        this.#open = undefined;
        await open.then(
          (transport) => closeInTime(transport, noUse(this.#key)),
          () => {},
        );
      }
    }
  }

  async #connect(transport: Transport): Promise<Transport> {
    using scope = new CallScope(undefined, CONNECT_PATIENCE, () => tooLong(this.#key));
    await transport.connect({
      signal: scope.signal,
      deadline: Deadline.in(CONNECT_PATIENCE),
      trace: new ConnectTrace(this.#key),
    });
    return transport;
  }
}

function noUse(key: string): ClosedError {
  return new ClosedError(`The second connection to ${key} was closed: nobody needs it any more.`, { host: key });
}

function tooLong(key: string): TimeoutError {
  return new TimeoutError(`A second connection to ${key} did not stand after ${CONNECT_PATIENCE} ms.`, {
    phase: 'kill',
    ms: CONNECT_PATIENCE,
  });
}
