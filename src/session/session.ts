import type { Connection } from '../connection/connection.js';
import type { HawserError } from '../core/hawser-error.js';
import type { SessionInfo } from '../core/session-info.js';
import type { LinkFacts } from '../transport/contract.js';
import type { Passage } from './endpoint-breakers.js';
import type { SessionPlace } from './session-place.js';

/** What a {@link Session} tells the cache that keeps it. */
export interface SessionWatch {
  /** Its link stands: for the first time, or `again`. */
  opened(session: Session, again: boolean): void;
  lost(session: Session, reason: HawserError): void;
  /** Nothing runs on it any more, or its link is gone and is not made again by itself. */
  idle(session: Session): void;
  /** It was closed, by whomever. */
  closed(session: Session): void;
}

/** What a {@link Session} is made of. */
export interface SessionParts {
  /** It is the so-manieth of its cache. */
  readonly order: number;
  readonly place: SessionPlace;
  readonly connection: Connection;
  /** What its first connect is reported to. */
  readonly passage: Passage | undefined;
}

/** A connection that a cache keeps, and what is known of its use. */
export class Session {
  readonly order: number;
  readonly place: SessionPlace;
  readonly connection: Connection;
  readonly passage: Passage | undefined;
  readonly #createdAt = new Date();
  #idleSince: Date = this.#createdAt;
  #wasOpen = false;
  #rest: NodeJS.Timeout | undefined;
  /** How often it was handed out after the first time. */
  reused = 0;
  /** Who waits for it, or has been given it this very moment. */
  waiting = 0;
  /** When it was used last, in uses of the whole cache. */
  lastUse = 0;
  /** It is handed out no more, and serves what runs on it. */
  retired = false;
  /** The cache itself closes it. */
  evicted = false;

  constructor({ order, place, connection, passage }: SessionParts) {
    this.order = order;
    this.place = place;
    this.connection = connection;
    this.passage = passage;
  }

  /** Follows the connection's life. */
  watch(to: SessionWatch): void {
    const { connection } = this;
    connection.on('state', (state) => {
      if (state === 'connected') {
        const again = this.#wasOpen;
        this.#wasOpen = true;
        to.opened(this, again);
      } else if (state === 'disconnected') {
        to.idle(this);
      } else if (state === 'closed') {
        this.stopRest();
        to.closed(this);
      }
    });
    connection.on('lost', (reason) => to.lost(this, reason));
    connection.on('idle', () => {
      this.#idleSince = new Date();
      to.idle(this);
    });
  }

  /** Names it among all that its cache ever had. */
  get id(): string {
    return `s${this.order}`;
  }

  /** Whether its link has ever stood. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /** Whether somebody works on it, or is about to. */
  get inUse(): boolean {
    return this.waiting > 0 || this.connection.active > 0;
  }

  /** Whether it has neither a link nor the prospect of one. */
  get isDead(): boolean {
    const { state } = this.connection;
    return state === 'disconnected' || state === 'closed';
  }

  /** Whether it may be handed out: it stands, or is on its way there, and nothing is known to be wrong with it. */
  get isSound(): boolean {
    const { ailing, poisoned } = this.connection;
    return !this.retired && !this.evicted && !this.isDead && !ailing && !poisoned;
  }

  /** Calls `over` once nothing has been done with it for `ms` milliseconds. The process does not wait for that. */
  rest(ms: number, over: () => void): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(over, ms).unref();
  }

  stopRest(): void {
    clearTimeout(this.#rest);
  }

  /** What may be shown of it. */
  get info(): SessionInfo {
    const { id, connection, place, reused, retired } = this;
    const { key, state, active, link, target } = connection;
    const { host, port, username, via } = place;
    return {
      id,
      key,
      host,
      ...(port === undefined ? {} : { port }),
      ...(username === undefined ? {} : { username }),
      kind: target.protocol ?? 'ssh',
      via,
      state,
      ...(retired ? { retired } : {}),
      createdAt: this.#createdAt.toISOString(),
      ...(active > 0 ? {} : { idleSince: this.#idleSince.toISOString() }),
      active,
      reused,
      ...(link === undefined ? {} : factsOf(link)),
    };
  }
}

function factsOf({ channels, bytesSent, bytesReceived, roundTripMs }: LinkFacts): Partial<SessionInfo> {
  return { channels, bytesSent, bytesReceived, ...(roundTripMs === undefined ? {} : { roundTripMs }) };
}
