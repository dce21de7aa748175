import type { Abortable } from '../../core/abort.js';
import { ConnectError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import { SessionCache } from '../session-cache.js';
import { refuseStray } from '../session-options.js';
import type { BrokerClient } from './broker-client.js';
import { type BrokerPlace, readIdleTimeout, type SessionBrokerOptions } from './broker-options.js';
import type { BrokerServer } from './broker-server.js';
import { type Claim, claimSocket } from './claim-socket.js';
import { brokerSocket, makeSocketDirectory } from './socket-place.js';

// HTTP/2 is loaded by those who start a broker or look for one, and by nobody else.

/** How long a broker stays that has neither a session nor a client, in milliseconds; less where its sessions stay less. */
const LINGER = 600_000;
/** Events of a {@link SessionBroker}. */
export type SessionBrokerEvents = {
  /** It has ended, by itself or because somebody asked for it: its socket, its sessions and the links of its clients are gone. */
  close: [];
};

/**
 * Keeps sessions for all processes of this user, and lends them over a Unix socket. It ends by itself when it has had
 * neither a session nor a client for a while.
 *
 * @example
 * await using broker = await SessionBroker.connect();     // in any number of processes
 * await using web1 = await broker.get('deploy@web1');     // one handshake for all of them
 */
export class SessionBroker extends TypedEvents<SessionBrokerEvents> implements AsyncDisposable {
  /** The path of its socket. */
  readonly socket: string;
  /** What it keeps and lends: this process may use the same sessions. They are closed with it. */
  readonly sessions: SessionCache;
  readonly #server: BrokerServer;
  readonly #claim: Claim;
  readonly #patience: number;
  #leaving: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  private constructor(socket: string, server: BrokerServer, sessions: SessionCache, claim: Claim, idle: number) {
    super();
    this.socket = socket;
    this.#server = server;
    this.sessions = sessions;
    this.#claim = claim;
    this.#patience = Math.min(idle, LINGER);
    server.on('stop', () => void this.close());
    server.on('busy', () => clearTimeout(this.#leaving));
    server.on('idle', () => this.#linger());
    this.#linger();
  }

  /**
   * Starts a broker in this process, which it keeps alive. It ends as one in the background does, or by {@link close}.
   *
   * @throws ConnectError where one listens there already; OptionError for what cannot be meant, and a place that is not this
   *   user's alone.
   */
  static async start(o: SessionBrokerOptions = {}): Promise<SessionBroker> {
    refuseStray('SessionBroker.start', o, ['socket', 'idleTimeout']);
    const idleTimeout = readIdleTimeout(o);
    const socket = brokerSocket(o.socket);
    makeSocketDirectory(socket);
    const sessions = new SessionCache({ idleTimeout });
    const { BrokerServer: Server } = await import('./broker-server.js');
    const server = new Server({ sessions, idleTimeout });
    const claim = await claimSocket(socket, (own) => server.listen(own));
    if (claim !== undefined) {
      const idle = idleTimeout === 0 ? Number.POSITIVE_INFINITY : idleTimeout;
      return new SessionBroker(socket, server, sessions, claim, idle);
    }
    await server.close();
    const message =
      `Cannot start a session broker at ${socket}: something listens there already. SessionBroker.connect uses it, ` +
      'if it is a broker; else end it, or set HAWSER_SESSION_SOCKET to another path.';
    throw new ConnectError('session', message);
  }

  /**
   * A client of the broker that runs, or else of one that is started for it as a process of its own, which outlives this
   * one. Who starts one at the same time gets the same one.
   *
   * @throws ConnectError where none can be started, or one of another version runs; TimeoutError where one does not answer;
   *   OptionError for what cannot be meant, and a place that is not this user's alone; AbortError.
   */
  static async connect(o: SessionBrokerOptions & Abortable = {}): Promise<BrokerClient> {
    const { connectBroker } = await import('./connect-broker.js');
    return connectBroker(o);
  }

  /**
   * A client of the broker that runs; `undefined` where none does.
   *
   * @throws OptionError for what cannot be meant, and a place that is not this user's alone; AbortError.
   */
  static async find(o: BrokerPlace & Abortable = {}): Promise<BrokerClient | undefined> {
    refuseStray('SessionBroker.find', o, ['socket', 'signal']);
    const socket = brokerSocket(o.socket);
    const { reachBroker } = await import('./reach-broker.js');
    return reachBroker(socket, o.signal);
  }

  /** Ends the broker: its socket goes, then its sessions, with what runs on them, and its clients hear of it. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    clearTimeout(this.#leaving);
    // Who comes now starts another one.
    await this.#claim.release();
    await this.sessions.closeAll();
    await this.#server.close();
    this.emit('close');
  }

  /** Ends it in a while, unless somebody needs it then. */
  #linger(): void {
    clearTimeout(this.#leaving);
    if (this.#closing !== undefined || !Number.isFinite(this.#patience)) return;
    this.#leaving = setTimeout(() => {
      if (this.#server.clients > 0) return;
      if (this.sessions.size + this.#server.pools > 0) this.#linger();
      else void this.close();
    }, this.#patience);
  }
}
