import { Connection } from '../connection/connection.js';
import { createConnection, type TargetLike, toTarget } from '../connection/create-connection.js';
import { type Abortable, throwIfAborted } from '../core/abort.js';
import { TypedEvents } from '../core/events.js';
import type { HawserError } from '../core/hawser-error.js';
import { OptionError } from '../core/hawser-error.js';
import { revealed } from '../core/secret.js';
import type { SessionInfo } from '../core/session-info.js';
import type { Target } from '../inventory/target.js';
import { SshContext } from '../transport/ssh2/ssh-context.js';
import { Session } from './session.js';
import { planSessions, type SessionCacheOptions, type SessionPlan } from './session-options.js';
import type { SessionPlace, SessionPlaces } from './session-place.js';

/** Events of a {@link SessionCache}. Each session has one `created`, and ends with one `evicted` or one `closed`. */
export type SessionCacheEvents = {
  /** A new session stands. */
  created: [session: SessionInfo];
  /** A session was handed out that was there, or being made, already. */
  reused: [session: SessionInfo];
  /** A session's link ended by itself. */
  lost: [session: SessionInfo, reason: HawserError];
  /** A lost link stands again. */
  reconnected: [session: SessionInfo];
  /** The cache closed a session: it was idle for too long, in the way of another, or no longer to be trusted. */
  evicted: [session: SessionInfo];
  /** Somebody closed a session, or all. */
  closed: [session: SessionInfo];
};

/**
 * Connections that stay open for the next who needs one to the same machine, as the same user. The cache owns them: whoever is
 * given one uses it, and asks again the next time. One that is closed by its user leaves the cache.
 *
 * @example
 * const session = await sessions.get('deploy@web1');   // a handshake
 * await session.execute('make');
 * await sessions.get('deploy@web1');                    // the same one
 */
export class SessionCache extends TypedEvents<SessionCacheEvents> {
  readonly #plan: SessionPlan;
  readonly #context = new SshContext();
  readonly #sessions = new Map<string, Session>();
  /** Sessions that are handed out no more, and serve what runs on them. */
  readonly #retired = new Set<Session>();
  #places: SessionPlaces | undefined;
  #lastId = 0;
  #uses = 0;

  /** @throws OptionError for an option that cannot be meant. */
  constructor(o: SessionCacheOptions = {}) {
    super();
    this.#plan = planSessions(o);
  }

  /** How many sessions there are, those on their way and those that are handed out no more among them. */
  get size(): number {
    return this.#sessions.size + this.#retired.size;
  }

  /**
   * The session of a target, opened by the first who asks; who asks meanwhile waits for the same one. His signal ends his wait;
   * with the last one's the connect ends.
   *
   * @throws what connecting throws; OptionError and ParseError for what cannot be meant; AbortError.
   */
  async get(target: TargetLike, o: Abortable = {}): Promise<Connection> {
    const wanted = wantedOf(target);
    const doing = `getting a session to ${wanted.key ?? wanted.host}`;
    throwIfAborted(o.signal, doing, wanted.host);
    const places = this.#places ?? (await this.#loadPlaces());
    throwIfAborted(o.signal, doing, wanted.host);
    const place = places.of(wanted);
    const found = this.#sessions.get(place.key);
    if (found?.isSound !== true) {
      if (found !== undefined) this.#retire(found);
      const session = this.#start(place, wanted);
      await this.#open(session, o);
      return session.connection;
    }
    await this.#open(found, o);
    found.reused += 1;
    this.emit('reused', found.info);
    return found.connection;
  }

  /** Whether {@link get} would give a session that stands. It opens nothing. Throws as that for what cannot be meant. */
  has(target: TargetLike): boolean {
    const session = this.#find(target);
    return session?.isSound === true && session.connection.connected;
  }

  /** The sessions as they stand, in the order in which they were made. */
  list(): SessionInfo[] {
    return [...this.#retired, ...this.#sessions.values()].map(({ info }) => info);
  }

  /** Closes the session of a target, or one that {@link list} gave. Says whether there was one. */
  async close(target: TargetLike | SessionInfo): Promise<boolean> {
    const session = this.#find(target);
    if (session === undefined) return false;
    await session.connection.close();
    return true;
  }

  /** Closes all sessions. The cache can be used again. */
  async closeAll(): Promise<void> {
    const all = [...this.#retired, ...this.#sessions.values()];
    await Promise.all(all.map(({ connection }) => connection.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAll();
  }

  /** Whoever only works on this machine waits for nothing that reads ssh_config. */
  async #loadPlaces(): Promise<SessionPlaces> {
    const { SessionPlaces } = await import('./session-place.js');
    this.#places ??= new SessionPlaces();
    return this.#places;
  }

  #find(target: TargetLike | SessionInfo): Session | undefined {
    const all = [...this.#sessions.values(), ...this.#retired];
    if (typeof target === 'object' && 'createdAt' in target) return all.find(({ id }) => id === target.id);
    const own = all.find(({ connection }) => connection === target);
    if (own !== undefined) return own;
    const wanted = wantedOf(target);
    // Where there is no session it has not been asked for one.
    const place = all.length === 0 ? undefined : this.#places?.of(wanted);
    return place && this.#sessions.get(place.key);
  }

  #start(place: SessionPlace, target: Target): Session {
    const { reconnect } = this.#plan;
    const connection = createConnection(target, this.#context, { reconnect });
    this.#lastId += 1;
    const session = new Session(`s${this.#lastId}`, place, connection);
    session.watch({
      opened: (one, again) => this.emit(again ? 'reconnected' : 'created', one.info),
      lost: (one, reason) => this.emit('lost', one.info, reason),
      idle: (one) => {
        if (one.retired && !one.inUse) void one.connection.close();
      },
      closed: (one) => this.#forget(one),
    });
    this.#sessions.set(place.key, session);
    return session;
  }

  /** Takes a session out of use: what runs on it goes on, where its link stands. */
  #retire(session: Session): void {
    this.#sessions.delete(session.place.key);
    session.retired = true;
    this.#retired.add(session);
    if (!session.connection.connected || !session.inUse) void session.connection.close();
  }

  async #open(session: Session, { signal }: Abortable): Promise<void> {
    this.#uses += 1;
    session.lastUse = this.#uses;
    session.waiting += 1;
    try {
      await session.connection.connect({ signal });
    } catch (error) {
      // What was never open is nobody's, once the last has heard why.
      if (!session.wasOpen && session.waiting === 1) void session.connection.close();
      throw error;
    } finally {
      session.waiting -= 1;
    }
  }

  #forget(session: Session): void {
    this.#retired.delete(session);
    if (this.#sessions.get(session.place.key) === session) this.#sessions.delete(session.place.key);
    if (session.wasOpen) this.emit('closed', session.info);
  }
}

/** The target that is meant. A connection stands for the machine that it leads to. */
function wantedOf(target: TargetLike): Target {
  if (!(target instanceof Connection)) return toTarget(target);
  const record = target.toJSON();
  if (record.class === 'cli') {
    throw new OptionError(`Expected a target to make a session to, got a command line (${target.key}).`);
  }
  return { ...revealed<Target>(target.target), protocol: record.kind };
}
