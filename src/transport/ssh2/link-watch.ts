import type { Client } from 'ssh2';
import type { KeepAlive } from '../../inventory/target.js';
import type { LinkFacts } from '../contract.js';
import { openChannels, ping, rekey } from './internals.js';
import { KeepAliveTimer } from './keep-alive.js';
import type { Link } from './link.js';
import { LinkMeter } from './link-meter.js';
import { Rekeying, type RekeyLimits } from './rekeying.js';

/** What a {@link LinkWatch} watches, and what it goes by. */
export interface LinkWatchOptions {
  readonly client: Client;
  readonly link: Link;
  readonly keepAlive: KeepAlive | false;
  readonly rekeyLimits: RekeyLimits;
  /** Called once, where the server has been silent for too long; in milliseconds. */
  readonly lost: (silentMs: number) => void;
}

/** Watches a session that stands: whether its server lives, how far away it is, and when its keys are worn out. */
export class LinkWatch {
  readonly #client: Client;
  readonly #meter: LinkMeter;
  readonly #keepAlive: KeepAliveTimer | undefined;
  #roundTripMs: number | undefined;

  constructor({ client, link, keepAlive, rekeyLimits, lost }: LinkWatchOptions) {
    this.#client = client;
    const rekeying = new Rekeying(rekeyLimits, () => rekey(client));
    this.#meter = new LinkMeter(link, (bytes) => {
      this.#keepAlive?.heard();
      rekeying.passed(bytes);
    });
    if (keepAlive === false) return;
    this.#keepAlive = new KeepAliveTimer(keepAlive, () => this.#ask(), lost);
    // On a link that is always busy nothing else would be asked.
    this.#ask();
  }

  /** Whether a question whether the server lives waits for its answer, or for any other word. */
  get ailing(): boolean {
    return this.#keepAlive?.isWaiting ?? false;
  }

  get facts(): LinkFacts {
    const { sent: bytesSent, received: bytesReceived } = this.#meter;
    return { channels: openChannels(this.#client), bytesSent, bytesReceived, roundTripMs: this.#roundTripMs };
  }

  stop(): void {
    this.#keepAlive?.stop();
    this.#meter.stop();
  }

  #ask(): void {
    const asked = performance.now();
    ping(this.#client, () => {
      this.#roundTripMs = performance.now() - asked;
    });
  }
}
