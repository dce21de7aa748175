import type { Connection } from '../connection/connection.js';
import { createConnection, type TargetLike } from '../connection/create-connection.js';
import { type Abortable, throwIfAborted } from '../core/abort.js';
import { pause } from '../core/deadline.js';
import { diagnostics } from '../core/diagnostics.js';
import { TypedEvents } from '../core/events.js';
import type { HawserError } from '../core/hawser-error.js';
import type { SessionInfo } from '../core/session-info.js';
import { targetKey } from '../inventory/format-target.js';
import { SshContext } from '../transport/ssh2/ssh-context.js';
import { EndpointBreakers } from './endpoint-breakers.js';
import { Session, type SessionWatch } from './session.js';
import { planSessions, type SessionCacheOptions, type SessionPlan } from './session-options.js';
import type { SessionPlace, SessionPlaces } from './session-place.js';
import { type Wanted, wantedSession } from './wanted-session.js';

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
  /** The cache closed a session: nobody used it for too long, there were too many, or another took its place. */
  evicted: [session: SessionInfo];
  /** Somebody closed a session, or all. */
  closed: [session: SessionInfo];
};

/** How long a server has to answer, once somebody asks for its session, before that is replaced; in milliseconds. */
const ANSWER_TIME = 1000;
const ANSWER_STEP = 20;

/** How long one that is dead is kept, in milliseconds, for who holds it: what he does with it may connect it again. */
const LAST_CHANCE = 60_000;

/**
 * Connections that stay open for the next who needs one to the same machine, as the same user: after ssh_config, and however that
 * is spelled. Targets that differ in user, host, port, protocol, way, named keys, trust in the host key, or `threadSafe` have
 * sessions of their own; passwords do not count. The guide to sessions has the whole table.
 *
 * The cache owns them: whoever is given one uses it, and asks again for the next piece of work. One that its user closes leaves
 * the cache. They do not keep the process alive, and end with it.
 *
 * @example
 * const session = await sessions.get('deploy@web1');   // a handshake
 * await session.execute('make');
 * await sessions.get('deploy@web1');                   // the same one
 */
export class SessionCache extends TypedEvents<SessionCacheEvents> {
  readonly #plan: SessionPlan;
  readonly #context = new SshContext();
  readonly #breakers: EndpointBreakers | undefined;
  /** Those that are handed out, by the key of their place. */
  readonly #sessions = new Map<string, Session>();
  readonly #retired = new Set<Session>();
  /** What settles when nothing is left of those that were closed. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #watch: SessionWatch;
  #places: SessionPlaces | undefined;
  #lastId = 0;
  #uses = 0;

  /** @throws OptionError for an option that cannot be meant. */
  constructor(o: SessionCacheOptions = {}) {
    super();
    this.#plan = planSessions(o);
    const { circuitBreaker } = this.#plan;
    this.#breakers = circuitBreaker === false ? undefined : new EndpointBreakers(circuitBreaker);
    this.#watch = {
      opened: (session, again) => this.#opened(session, again),
      lost: (session, reason) => this.emit('lost', this.#publish('lost', session, reason), reason),
      idle: (session) => this.#idle(session),
      closed: (session) => this.#forget(session),
    };
  }

  /** How many sessions there are: as many as {@link list} gives. */
  get size(): number {
    return this.#sessions.size + this.#retired.size;
  }

  /**
   * The session of a target, opened by the first who asks; who asks meanwhile waits for the same one. A signal ends the wait of
   * who gave it; with the last one's the connect ends.
   *
   * One that is dead is not handed out, nor one on whose link the server owes a sign of life (keep-alive) and does not give it
   * within a second: there is a new one in its place, and what runs on the old one goes on. One that is being made again
   * (`reconnect`) is waited for.
   *
   * @param target a connection stands for the machine that it leads to, and is left alone.
   * @throws what connecting throws: the same error for all who wait; ConnectError at once for a machine that has failed too
   *   often just now (`circuitBreaker`). OptionError, ParseError for what cannot be meant; ClosedError where somebody closed it
   *   meanwhile; AbortError.
   */
  async get(target: TargetLike, o: Abortable = {}): Promise<Connection> {
    const wanted = wantedSession(target);
    const places = this.#places ?? (await this.#loadPlaces());
    const { host } = wanted.target;
    throwIfAborted(o.signal, `getting a session to ${targetKey(wanted.target)}`, host);
    const place = places.of(wanted.target, wanted.names);
    if (this.#sessions.get(place.key)?.connection.ailing) await this.#answer(place, o);
    // From here to its place in the map nothing is waited for: there is one session for all who ask.
    const found = this.#sessions.get(place.key);
    if (found?.isSound) {
      await this.#enter(found, o);
      found.reused += 1;
      this.#tell('reused', found);
      return found.connection;
    }
    const session = this.#start(place, wanted);
    await this.#enter(session, o);
    return session.connection;
  }

  /** Whether {@link get} would give a session that stands already. It opens nothing. Throws as that for a wrong target. */
  has(target: TargetLike): boolean {
    return this.#matching(target).some(({ isSound, connection }) => isSound && connection.connected);
  }

  /** The sessions as they stand, in the order in which they were made. */
  list(): SessionInfo[] {
    return this.#all().map(({ info }) => info);
  }

  /** Closes the session of a target, or the one that {@link list} gave. Says whether there was one. */
  async close(target: TargetLike | SessionInfo): Promise<boolean> {
    const found = this.#matching(target);
    await Promise.all(found.map(({ connection }) => connection.close()));
    return found.length > 0;
  }

  /** Closes all sessions. The cache can be used again. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#all().map(({ connection }) => connection.close()), ...this.#leaving]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAll();
  }

  #all(): Session[] {
    return [...this.#retired, ...this.#sessions.values()].sort((a, b) => a.order - b.order);
  }

  #matching(target: TargetLike | SessionInfo): Session[] {
    const all = this.#all();
    if (typeof target === 'object' && 'createdAt' in target) return all.filter(({ id }) => id === target.id);
    const own = all.filter(({ connection }) => connection === target);
    if (own.length > 0) return own;
    const { target: wanted, names } = wantedSession(target);
    // Before anybody has asked for one there is none.
    const key = this.#places?.of(wanted, names).key;
    return all.filter(({ place }) => place.key === key);
  }

  /** What reads ssh_config is loaded when it is needed first. */
  async #loadPlaces(): Promise<SessionPlaces> {
    const { SessionPlaces } = await import('./session-place.js');
    this.#places ??= new SessionPlaces();
    return this.#places;
  }

  /** Waits until a server that owes an answer has had its time for that: it may be on its way. */
  async #answer({ key }: SessionPlace, { signal }: Abortable): Promise<void> {
    const until = performance.now() + ANSWER_TIME;
    const asked = this.#sessions.get(key);
    while (asked?.connection.ailing && performance.now() < until) {
      await pause(ANSWER_STEP, signal);
      throwIfAborted(signal, `getting a session to ${asked.connection.key}`, asked.connection.host);
    }
  }

  /** Makes a session, in place of the one that is there and cannot be used. */
  #start(place: SessionPlace, { target, names }: Wanted): Session {
    const { reconnect } = this.#plan;
    const connection = createConnection(target, this.#context, { ...names, reconnect });
    const passage = this.#breakers?.enter(place.hops, connection.key);
    const old = this.#sessions.get(place.key);
    if (old !== undefined) this.#retire(old);
    this.#context.refresh();
    this.#lastId += 1;
    const session = new Session({ order: this.#lastId, place, connection, passage });
    session.watch(this.#watch);
    this.#sessions.set(place.key, session);
    return session;
  }

  async #enter(session: Session, { signal }: Abortable): Promise<void> {
    const { connection, passage } = session;
    session.waiting += 1;
    this.#use(session);
    this.#makeRoom();
    try {
      await connection.connect({ signal });
    } catch (error) {
      if (!signal?.aborted) passage?.failed(error, failedHop(connection));
      this.#letGo(session);
      throw error;
    }
    // Who is given it begins to work in a moment: it is not idle until then.
    setImmediate(() => this.#letGo(session));
  }

  #letGo(session: Session): void {
    session.waiting -= 1;
    this.#idle(session);
  }

  #use(session: Session): void {
    this.#uses += 1;
    session.lastUse = this.#uses;
    session.stopRest();
  }

  /** Nothing runs on a session any more, or so it seems. */
  #idle(session: Session): void {
    if (session.inUse || session.connection.state === 'closed') return;
    // What never stood is nobody's, once the last who waited has heard why.
    if (session.retired || !session.wasOpen) {
      this.#evict(session);
      return;
    }
    this.#use(session);
    this.#makeRoom();
    const { idleTimeout = Number.POSITIVE_INFINITY } = this.#plan;
    const patience = session.isDead ? Math.min(idleTimeout, LAST_CHANCE) : idleTimeout;
    if (patience === Number.POSITIVE_INFINITY) return;
    session.rest(patience, () => {
      if (!session.inUse) this.#evict(session);
    });
  }

  /** Closes what nobody works on, the one first that was used the longest ago, until there are no more than there may be. */
  #makeRoom(): void {
    const over = this.size - this.#plan.maxSessions;
    if (over <= 0) return;
    const free = this.#all().filter((session) => !session.inUse);
    free.sort((a, b) => Number(b.isDead) - Number(a.isDead) || a.lastUse - b.lastUse);
    for (const session of free.slice(0, over)) this.#evict(session);
  }

  /** Hands a session out no more. What runs on it goes on, and it is closed after that. */
  #retire(session: Session): void {
    this.#sessions.delete(session.place.key);
    this.#retired.add(session);
    session.retired = true;
    if (session.isDead || !session.inUse) this.#evict(session);
  }

  #evict(session: Session): void {
    session.evicted = true;
    const over = (): void => void this.#leaving.delete(left);
    // Nobody waits for that: how it went is nobody's to hear.
    const left = session.connection.close().then(over, over);
    this.#leaving.add(left);
  }

  #opened(session: Session, again: boolean): void {
    if (again) this.#breakers?.reached(session.place.hops);
    else session.passage?.succeeded();
    this.#tell(again ? 'reconnected' : 'created', session);
    if (again) this.#idle(session);
  }

  /** A session was closed, by whomever. */
  #forget(session: Session): void {
    session.passage?.failed(undefined, undefined);
    this.#retired.delete(session);
    if (this.#sessions.get(session.place.key) === session) this.#sessions.delete(session.place.key);
    if (session.wasOpen) this.#tell(session.evicted ? 'evicted' : 'closed', session);
  }

  #tell(type: Exclude<keyof SessionCacheEvents, 'lost'>, session: Session): void {
    this.emit(type, this.#publish(type, session));
  }

  #publish(type: keyof SessionCacheEvents, session: Session, reason?: HawserError): SessionInfo {
    const { info } = session;
    diagnostics.session.publish({ type, session: info, ...(reason === undefined ? {} : { reason: reason.message }) });
    return info;
  }
}

/** Where the latest connect ended, as far as its steps tell. */
function failedHop({ connectSteps }: Connection): string | undefined {
  return connectSteps.findLast(({ outcome }) => outcome === 'failed')?.hop;
}
