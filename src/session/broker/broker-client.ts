import { BrokerConnection } from '../../connection/broker-connection.js';
import { Connection } from '../../connection/connection.js';
import { type TargetLike, toTarget } from '../../connection/create-connection.js';
import { type Abortable, raceAbort } from '../../core/abort.js';
import { ClosedError, DisconnectedError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { revealed } from '../../core/secret.js';
import type { SessionInfo } from '../../core/session-info.js';
import type { Target } from '../../inventory/target.js';
import type { PoolStats } from '../../pool/pool-options.js';
import { BrokerLink, hungUpUnanswered } from '../../transport/broker/broker-link.js';
import { encodeTarget } from '../../transport/broker/encode-target.js';
import { asRecord } from '../../transport/broker/lines.js';
import { Path } from '../../transport/broker/protocol.js';
import { isAnswered } from './claim-socket.js';
import { SharedPool, type SharedPoolOptions } from './shared-pool.js';

/**
 * A client of the session broker that listens at a socket. Its connections share one link, which is opened when it is
 * first needed, and again after it was lost; each of them is the caller's to close, and its session stays in the broker.
 */
export class BrokerClient implements AsyncDisposable {
  /** The path of the socket that its broker listens at. */
  readonly socketPath: string;
  #link: Promise<BrokerLink> | undefined;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** Makes sure that the broker is there. Throws `ConnectError` where it is not. */
  async connect(o: Abortable = {}): Promise<this> {
    await this.#open(o.signal);
    return this;
  }

  /**
   * A connection over a session of the broker, not yet opened.
   *
   * @throws OptionError for a target that goes through no broker.
   */
  connection(target: TargetLike): BrokerConnection {
    return new BrokerConnection({ target: brokered(target), link: (signal) => this.#open(signal) });
  }

  /**
   * As {@link connection}, opened: the session that there is, or a new one.
   *
   * @throws what connecting throws; OptionError.
   */
  async get(target: TargetLike, o: Abortable = {}): Promise<Connection> {
    const connection = this.connection(target);
    try {
      return await connection.connect({ signal: o.signal });
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /**
   * A pool of connections to one machine that the broker keeps, shared with whoever names the same machine and pool; nothing is
   * opened yet.
   *
   * @throws OptionError for a target that goes through no broker, and options that cannot be meant.
   */
  pool(target: TargetLike, o: SharedPoolOptions = {}): SharedPool {
    return new SharedPool({
      ...o,
      target: brokered(target),
      link: (signal) => this.#open(signal),
      stats: async (own, pool, { signal }) => {
        const { stats } = asRecord(await this.#call(Path.pool, { target: describe(own), pool }, { signal }));
        return isStats(stats) ? stats : undefined;
      },
    });
  }

  /** Which of the targets have a session in the broker, in their order. It opens none. */
  async find(targets: readonly TargetLike[], o: Abortable = {}): Promise<boolean[]> {
    const wire = targets.map((target) => describe(target));
    const { found } = asRecord(await this.#call(Path.find, { targets: wire }, o));
    const list: readonly unknown[] = Array.isArray(found) ? found : [];
    return targets.map((_, index) => list[index] === true);
  }

  /** The sessions of the broker as they stand. */
  async list(o: Abortable = {}): Promise<SessionInfo[]> {
    const { sessions } = asRecord(await this.#call(Path.list, {}, o));
    return Array.isArray(sessions) ? sessions.filter(isInfo) : [];
  }

  /**
   * Ends the session of a target, the one of an id, or the one that {@link list} gave; what runs on it fails. `false` where
   * there is none.
   *
   * @throws OptionError, ParseError for what cannot be meant; ConnectError where the broker is not there.
   */
  async close(which: TargetLike | SessionInfo, o: Abortable = {}): Promise<boolean> {
    return asRecord(await this.#call(Path.close, nameSession(which), o))['closed'] === true;
  }

  /** Ends all sessions. The broker stays. */
  async closeAll(o: Abortable = {}): Promise<void> {
    await this.#call(Path.close, { all: true }, o);
  }

  /** Ends all sessions, and the broker. */
  async stop(o: Abortable = {}): Promise<void> {
    try {
      await this.#call(Path.stop, {}, o);
    } catch (error) {
      // It has ended before its answer was out, or by itself.
      const isGone = hungUpUnanswered(error) && !(await isAnswered(this.socketPath));
      if (!isGone && !(error instanceof DisconnectedError)) throw error;
    }
  }

  /** Ends this client's link. Sessions stay in the broker. */
  async disconnect(): Promise<void> {
    const link = await this.#link?.catch(() => undefined);
    this.#link = undefined;
    link?.close(new ClosedError(`The link to the session broker at ${this.socketPath} was closed.`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  async #call(path: string, line: object, o: Abortable): Promise<unknown> {
    const link = await this.#open(o.signal);
    return link.call(path, line, o);
  }

  /** The link that stands, or a new one: whoever needs it at a time shares it. */
  async #open(signal: AbortSignal | undefined): Promise<BrokerLink> {
    const doing = `connecting to the session broker at ${this.socketPath}`;
    const link = await raceAbort(this.#dial(), signal, { doing });
    if (link.over === undefined) return link;
    // It has ended, and has not said so yet.
    this.#link = undefined;
    return raceAbort(this.#dial(), signal, { doing });
  }

  #dial(): Promise<BrokerLink> {
    const known = this.#link;
    if (known !== undefined) return known;
    const dialling = BrokerLink.open(this.socketPath);
    this.#link = dialling;
    const forget = (): void => {
      if (this.#link === dialling) this.#link = undefined;
    };
    dialling.then((link) => link.once('close', forget), forget);
    return dialling;
  }
}

/** A target as the broker looks for it: who and where, and nothing to be asked. */
function describe(like: TargetLike): object {
  return encodeTarget(brokered(like)).target;
}

/** Which session is meant, as the broker is told. */
function nameSession(which: TargetLike | SessionInfo): object {
  if (typeof which === 'string') return { id: which, target: describe(which) };
  if (typeof which !== 'object' || which === null) {
    throw new OptionError(
      `Expected a target, a session or its id, got ${String(which)}: closeAll() ends all sessions, disconnect() this client's link.`,
    );
  }
  return 'createdAt' in which ? { id: which.id } : { target: describe(which) };
}

function brokered(like: TargetLike): Target {
  const target = like instanceof Connection ? revealed<Target>(like.target) : toTarget(like);
  const { protocol = 'ssh', host } = target;
  if (protocol === 'ssh' || protocol === 'openssh') return target;
  throw new OptionError(
    `Cannot reach ${host} through a session broker: the "${protocol}" protocol goes through none. Reach it directly.`,
    { host },
  );
}

/** As {@link isInfo}. */
function isStats(value: unknown): value is PoolStats {
  return typeof asRecord(value)['size'] === 'number';
}

/** It comes from a broker of this very version: that it is meant as one is seen by its name. */
function isInfo(value: unknown): value is SessionInfo {
  return typeof asRecord(value)['id'] === 'string';
}
