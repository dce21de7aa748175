import type { Connection } from '../connection/connection.js';
import type { HawserError } from '../core/hawser-error.js';
import type { SessionInfo } from '../core/session-info.js';
import type { SessionPlace } from './session-place.js';

/** What a {@link Session} tells the cache that keeps it. */
export interface SessionWatch {
  /** Its link stands, for the first time or anew. */
  opened(session: Session, again: boolean): void;
  lost(session: Session, reason: HawserError): void;
  /** Nothing runs on it any more. */
  idle(session: Session): void;
  /** It was closed, by whomever. */
  closed(session: Session): void;
}

/** A connection that a cache keeps, and what is known of its use. */
export class Session {
  readonly id: string;
  readonly place: SessionPlace;
  readonly connection: Connection;
  readonly #createdAt = new Date();
  #idleSince: Date = this.#createdAt;
  #wasOpen = false;
  #lost: HawserError | undefined;
  /** How often it was handed out after the first time. */
  reused = 0;
  /** Who waits for it, or has been given it this very moment. */
  waiting = 0;
  /** Another took its place: it serves what runs on it. */
  retired = false;
  /** Grows with each use, of any session of the cache. */
  lastUse = 0;

  constructor(id: string, place: SessionPlace, connection: Connection) {
    this.id = id;
    this.place = place;
    this.connection = connection;
  }

  /** Follows the connection's life. */
  watch(to: SessionWatch): void {
    const { connection } = this;
    connection.on('state', (state) => {
      if (state === 'closed') to.closed(this);
      if (state !== 'connected') return;
      const again = this.#wasOpen;
      this.#wasOpen = true;
      this.#lost = undefined;
      to.opened(this, again);
    });
    connection.on('lost', (reason) => {
      this.#lost = reason;
      to.lost(this, reason);
    });
    connection.on('idle', () => {
      this.#idleSince = new Date();
      to.idle(this);
    });
  }

  /** Whether its link has ever stood. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /** Why its link does not stand, where it was lost. */
  get reason(): HawserError | undefined {
    return this.#lost;
  }

  /** Whether somebody works on it, or is about to. */
  get inUse(): boolean {
    return this.waiting > 0 || this.connection.active > 0;
  }

  /** Whether it may be handed out: it stands, or is on its way there, and nothing is known to be wrong with it. */
  get isSound(): boolean {
    const { state, ailing, poisoned } = this.connection;
    return !this.retired && state !== 'disconnected' && state !== 'closed' && !ailing && !poisoned;
  }

  /** What may be shown of it. */
  get info(): SessionInfo {
    const { connection, place, reused, retired } = this;
    const { key, state, active, link, target } = connection;
    const { port, username, via } = place;
    return {
      id: this.id,
      key,
      host: place.host,
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

function factsOf(link: NonNullable<Connection['link']>): Partial<SessionInfo> {
  const { channels, bytesSent, bytesReceived, roundTripMs } = link;
  return { channels, bytesSent, bytesReceived, ...(roundTripMs === undefined ? {} : { roundTripMs }) };
}
