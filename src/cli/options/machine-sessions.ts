import type { Connection } from '../../connection/connection.js';
import { type TargetLike, toTarget } from '../../connection/create-connection.js';
import type { Abortable } from '../../core/abort.js';
import { HawserError } from '../../core/hawser-error.js';
import type { SessionSource } from '../../jobs/far-machine.js';
import type { BrokerClient } from '../../session/broker/broker-client.js';
import { brokerSocket, safeSocket } from '../../session/broker/socket-place.js';
import { SessionCache } from '../../session/session-cache.js';
import type { Output } from '../terminal/output.js';
import type { SessionChoice } from './session-option.js';
import { isForBroker, sessionsAmong } from './sessions-among.js';
import { tellWithoutSessions } from './tell-without-sessions.js';

/**
 * The sessions that a command about machines works over: those that a broker keeps, as `--session` says, and else its own,
 * which end with it.
 */
export class MachineSessions implements SessionSource, AsyncDisposable {
  readonly #own = new SessionCache();
  readonly #choice: SessionChoice;
  readonly #output: Output;
  readonly #lent = new Map<TargetLike, Promise<Connection | undefined>>();
  readonly #standing = new Set<TargetLike>();
  #broker: Promise<BrokerClient | undefined> | undefined;

  constructor(choice: SessionChoice = 'auto', output: Output) {
    this.#choice = choice;
    this.#output = output;
  }

  /** Whether the session of a target stands, here or in the broker, as far as that was looked into. */
  has(target: TargetLike): boolean {
    return this.#standing.has(target) || this.#own.has(target);
  }

  /**
   * Looks whether the broker has the session of a target, so that {@link has} knows. It opens none.
   *
   * @throws with `always`, ConnectError where there is no broker and none can be started.
   */
  async look(target: TargetLike, o: Abortable = {}): Promise<void> {
    await this.#lentTo(target, o);
  }

  /**
   * The session of a target, connected.
   *
   * @throws what connecting throws; with `always`, ConnectError where there is no broker and none can be started.
   */
  async get(target: TargetLike, o: Abortable = {}): Promise<Connection> {
    const lent = await this.#lentTo(target, o);
    if (lent === undefined) return this.#own.get(target, o);
    await lent.connect({ signal: o.signal });
    this.#standing.add(target);
    return lent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const lent = await Promise.allSettled(this.#lent.values());
    await Promise.all(lent.map((one) => (one.status === 'fulfilled' ? one.value?.close() : undefined)));
    await this.#own.closeAll();
    const broker = await this.#broker?.catch(() => undefined);
    await broker?.disconnect();
  }

  async #lentTo(target: TargetLike, o: Abortable): Promise<Connection | undefined> {
    const lending = this.#lent.get(target) ?? this.#lend(target, o);
    this.#lent.set(target, lending);
    try {
      return await lending;
    } catch (error) {
      this.#lent.delete(target);
      throw error;
    }
  }

  /** A connection over a session of the broker, not opened; `undefined` where the target goes through none. */
  async #lend(target: TargetLike, o: Abortable): Promise<Connection | undefined> {
    const whole = toTarget(target);
    if (this.#choice === 'never' || !isForBroker(whole)) return undefined;
    this.#broker ??= this.#findBroker();
    const broker = await this.#broker;
    if (broker === undefined) return undefined;
    try {
      const isOpen = (await sessionsAmong([whole], broker, o)).length > 0;
      if (isOpen) this.#standing.add(target);
      return isOpen || this.#choice === 'always' ? broker.connection(target) : undefined;
    } catch (error) {
      return this.#without(error);
    }
  }

  async #findBroker(): Promise<BrokerClient | undefined> {
    if (this.#choice === 'auto' && safeSocket(brokerSocket) === undefined) return undefined;
    if (this.#choice === 'always') return (await import('./connect-broker.js')).connectBroker();
    const { SessionBroker } = await import('../../session/broker/session-broker.js');
    try {
      return await SessionBroker.find();
    } catch (error) {
      return this.#without(error);
    }
  }

  /** Sessions are a gain where they are to be had: nobody asked for them. */
  #without(error: unknown): undefined {
    if (this.#choice === 'always' || !(error instanceof HawserError)) throw error;
    tellWithoutSessions(this.#output, error);
    return undefined;
  }
}
