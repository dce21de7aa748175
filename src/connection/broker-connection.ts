import type { Abortable } from '../core/abort.js';
import { OptionError } from '../core/hawser-error.js';
import type { Lease } from '../core/lease.js';
import { Mutex } from '../core/mutex.js';
import { formatTarget } from '../inventory/format-target.js';
import type { Site } from '../remote/site.js';
import type { BrokerLink } from '../transport/broker/broker-link.js';
import { BrokerTransport, type BrokerWay } from '../transport/broker/broker-transport.js';
import { encodeTarget } from '../transport/broker/encode-target.js';
import { BrokerTurns } from './broker-turns.js';
import { Connection, type ConnectionOptions, type OpenedTransport } from './connection.js';

/** What a {@link BrokerConnection} is made with. */
export interface BrokerConnectionOptions extends ConnectionOptions {
  /** The link to the broker: the one that stands, or a new one. */
  readonly link: (signal: AbortSignal) => Promise<BrokerLink>;
}

/** What the broker may take beyond a target's own time limit to say that it has passed, in milliseconds. */
const LAST_WORDS = 2000;

/** How long the broker may take where the target says nothing: it knows of ssh_config's limit, and of the usual one. */
export const LONGEST_CONNECT: number = 2 ** 31 - 1;

/**
 * A connection over a session that a broker holds: connecting takes part in it, closing leaves it open for others. Its
 * services are those of any connection.
 */
export class BrokerConnection extends Connection {
  /**
   * The session's own, which the broker keeps: it excludes whoever else holds it, in any process, in the order of asking. To be
   * granted it takes a round trip to the broker, and inside of a hold none. It is given back when this process ends. While it
   * is not held here, `locked` is false.
   *
   * Where the broker ends, who waits is told so, and who holds it by the signal of the lease: `DisconnectedError`.
   */
  override readonly lock: Mutex = new Mutex(new BrokerTurns((o) => this.#askForLock(o)));
  readonly #link: BrokerConnectionOptions['link'];
  #id: string;

  constructor(options: BrokerConnectionOptions) {
    super(options);
    this.#link = options.link;
    this.#id = formatTarget(options.target);
  }

  /** `user@host:port`: what ssh_config adds is in it once the connection has been opened. */
  get id(): string {
    return this.#id;
  }

  protected override cloneOptions(): BrokerConnectionOptions {
    return { ...super.cloneOptions(), link: this.#link };
  }

  #askForLock(o: Abortable): Promise<Lease> {
    const ask = ({ transport }: Site): Promise<Lease> => {
      if (transport instanceof BrokerTransport) return transport.lock(o);
      throw new OptionError(`The connection to ${this.key} goes through no session broker.`, { host: this.host });
    };
    return this.service(ask, { signal: o.signal, exclusive: false });
  }

  protected async openTransport(): Promise<OpenedTransport> {
    const { connectTimeout } = this.target;
    const limit = connectTimeout === undefined ? LONGEST_CONNECT : connectTimeout + LAST_WORDS;
    return { transport: new BrokerTransport(this.way()), connectTimeout: limit };
  }

  /** What the broker is asked for. */
  protected way(): BrokerWay {
    return {
      link: this.#link,
      name: this.key,
      encode: () => encodeTarget(this.target),
      onId: (id) => {
        this.#id = id;
      },
    };
  }
}
