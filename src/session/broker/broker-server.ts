import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { TypedEvents } from '../../core/events.js';
import { LINK_WINDOW, SESSION_MEMORY, SETTINGS } from '../../transport/broker/protocol.js';
import type { SessionCache } from '../session-cache.js';
import { BrokerPeer } from './broker-peer.js';
import { LentPools } from './lent-pools.js';
import { LockRoom } from './lock-room.js';

/** As many clients may wait to be taken in, where the system allows as many. */
const BACKLOG = 4096;

/** Events of a {@link BrokerServer}. */
export type BrokerServerEvents = {
  /** The last client has gone. */
  idle: [];
  /** The first client has come. */
  busy: [];
  /** A client asks for the end of the broker. Its owner closes what it has. */
  stop: [];
};

/**
 * Whoever comes is this user: streams that he breaks off are no attack. Since Node 22.10 that can be said; before, a link on which
 * more than a thousand are reset, and then 33 a second, is cut (nghttp2's `stream_reset_rate_limit`, CVE-2023-44487).
 */
const ANY_RESETS = { streamResetBurst: 2 ** 31 - 1, streamResetRate: 2 ** 31 - 1 };

/** What a {@link BrokerServer} is made with. */
export interface BrokerServerOptions {
  /** What keeps the sessions. It is borrowed, never closed. */
  readonly sessions: SessionCache;
  /** A pool that nobody has used for so long is closed, in milliseconds. Default, and for 0: never. */
  readonly idleTimeout?: number | undefined;
}

/** Lends the sessions of this process to others, over a Unix socket. */
export class BrokerServer extends TypedEvents<BrokerServerEvents> {
  readonly #sessions: SessionCache;
  readonly #locks = new LockRoom();
  readonly #pools: LentPools;
  readonly #server: Http2Server;
  readonly #peers = new Set<ServerHttp2Session>();

  constructor({ sessions, idleTimeout = 0 }: BrokerServerOptions) {
    super();
    this.#pools = new LentPools(idleTimeout);
    this.#sessions = sessions;
    this.#server = createServer({ settings: SETTINGS, maxSessionMemory: SESSION_MEMORY, ...ANY_RESETS });
    this.#server.on('session', (session) => this.#welcome(session));
  }

  /** How many clients there are. */
  get clients(): number {
    return this.#peers.size;
  }

  /** How many pools there are, in use or not. */
  get pools(): number {
    return this.#pools.size;
  }

  /** Listens at a path that nothing stands at. Who may connect is the directory's to say. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ path, backlog: BACKLOG }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Takes no more clients, and ends the links of those that there are, and the pools. The sessions stay. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#peers) session.destroy();
    await Promise.all([closed, this.#pools.closeAll()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #welcome(session: ServerHttp2Session): void {
    session.setLocalWindowSize(LINK_WINDOW);
    const peer = new BrokerPeer({
      sessions: this.#sessions,
      locks: this.#locks,
      pools: this.#pools,
      stop: () => this.emit('stop'),
    });
    session.on('stream', (stream: ServerHttp2Stream, headers) => peer.take(stream, headers));
    // A client that dies is no fault of ours.
    session.on('error', () => {});
    this.#peers.add(session);
    if (this.#peers.size === 1) this.emit('busy');
    session.once('close', () => {
      this.#peers.delete(session);
      if (this.#peers.size === 0) this.emit('idle');
    });
  }
}
