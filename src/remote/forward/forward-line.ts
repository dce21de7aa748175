import type { Duplex } from 'node:stream';
import { setImmediate as turnOver } from 'node:timers/promises';
import { raceAbort } from '../../core/abort.js';
import { CallScope } from '../../core/deadline.js';
import { DisconnectedError, TimeoutError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { DialTarget, Listener, Transport } from '../../transport/contract.js';

/** How long a client waits for a link that is being made again, in milliseconds. */
const PATIENCE = 30_000;

/** Events of a {@link ForwardLine}. */
export type ForwardLineEvents = {
  /** The link is gone, and what went over it. */
  lost: [];
  /** It is being made again. */
  reconnecting: [reason: HawserError];
  /** Another one stands; with what listens on its far side, where that is there. */
  stands: [listener: Listener | undefined];
  /** There will be no more. */
  over: [reason: HawserError];
};

/** The link that a forward goes over: the one that stands, or the one that is to come. */
export class ForwardLine extends TypedEvents<ForwardLineEvents> {
  readonly #key: string;
  #transport: Transport | undefined;
  #over: HawserError | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(key: string) {
    super();
    // Each client that waits listens.
    this.setMaxListeners(0);
    this.#key = key;
  }

  /** The link stands. */
  stands(transport: Transport, listener?: Listener): void {
    this.#transport = transport;
    this.#wake();
    this.emit('stands', listener);
  }

  /** The link is gone. */
  lost(): void {
    this.#transport = undefined;
    this.emit('lost');
  }

  /** No other link will come. */
  end(reason: HawserError): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#wake();
    this.emit('over', reason);
  }

  /**
   * A stream from the far machine to `to`, over the link that stands or the next one. Where the link is lost before the
   * stream is there, nobody has used it, and the next one is asked.
   *
   * @throws what `Transport.dial` throws; TimeoutError where no link stands for too long; why there is to be none.
   */
  async dial(to: DialTarget, signal: AbortSignal): Promise<Duplex> {
    using scope = new CallScope(signal, PATIENCE, () => this.#tooLong());
    for (;;) {
      const transport = await this.#current(scope.signal);
      try {
        return await transport.dial(to, { signal });
      } catch (error) {
        if (!(error instanceof DisconnectedError)) throw error;
        // The end of the link may be told of a moment after that of what went over it.
        await turnOver();
        if (this.#transport === transport) throw error;
      }
    }
  }

  async #current(signal: AbortSignal): Promise<Transport> {
    for (;;) {
      if (this.#over !== undefined) throw this.#over;
      if (this.#transport !== undefined) return this.#transport;
      await this.#next(signal);
    }
  }

  async #next(signal: AbortSignal): Promise<void> {
    let wake = (): void => {};
    const next = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.#waiting.add(wake);
    try {
      await raceAbort(next, signal, { doing: `waiting for the link to ${this.#key}`, host: this.#key });
    } finally {
      this.#waiting.delete(wake);
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #tooLong(): TimeoutError {
    const message = `A client was turned away: the link to ${this.#key} was lost, and not made again within ${PATIENCE} ms.`;
    return new TimeoutError(message, { phase: 'reconnect', ms: PATIENCE, host: this.#key });
  }
}
