import { raceAbort, throwIfAborted } from '../core/abort.js';
import type { ReconnectOptions } from '../core/backoff.js';
import { CallScope, checkTimeout } from '../core/deadline.js';
import { type ConnectStep, ConnectTrace } from '../core/diagnostics.js';
import { AbortError, ClosedError, DisconnectedError } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';
import { inTime } from '../core/in-time.js';
import { closeInTime } from '../transport/close-in-time.js';
import type { Transport } from '../transport/contract.js';
import type { ConnectionState, ReconnectAttempt } from './connection-services.js';
import { type ConnectGate, type ConnectOptions, connectTimedOut, type OpenedTransport, openLink } from './open-link.js';
import { Reconnector } from './reconnector.js';
import { SharedConnect, type SharedConnectOptions } from './shared-connect.js';

/** How long what was begun (a connect, the end of the files) has to come to its end, in milliseconds. */
const LEAVE_PATIENCE = 1000;

/** What a {@link LinkKeeper} needs of its connection, and whom it tells. */
export interface LinkOwner {
  readonly key: string;
  /** Whether work is under way. */
  readonly isBusy: () => boolean;
  /** Makes the way to the machine; called for each connect, since a transport is used once. */
  readonly open: () => Promise<OpenedTransport>;
  /** Gives up what nobody uses, and what the end of the link would wait for. */
  readonly leave: () => Promise<void>;
  readonly onState: (state: ConnectionState, reason: HawserError | undefined) => void;
  readonly onLost: (reason: HawserError) => void;
  readonly onAttempt: (attempt: ReconnectAttempt) => void;
  readonly onReconnected: (attempts: number) => void;
}

/** A connection's link through its life: makes it, shares it, makes it again where it was lost, and ends it. */
export class LinkKeeper {
  readonly #owner: LinkOwner;
  readonly #reconnector: Reconnector | undefined;
  /** Links that ended by themselves. */
  readonly #lost = new WeakSet<Transport>();
  #state: ConnectionState = 'idle';
  #transport: Transport | undefined;
  /** The connect, or reconnecting, that is under way. */
  #connecting: SharedConnect | undefined;
  #trace: ConnectTrace | undefined;
  /** Settles when nothing is left of what was disconnected or closed. */
  #left: Promise<void> = Promise.resolve();
  gate: ConnectGate | undefined;

  /** @throws OptionError for an option that cannot be meant. */
  constructor(owner: LinkOwner, reconnect: ReconnectOptions | false | undefined) {
    this.#owner = owner;
    const reconnector = reconnect ? new Reconnector(reconnect) : undefined;
    this.#reconnector = reconnector?.never ? undefined : reconnector;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get transport(): Transport | undefined {
    return this.#transport;
  }

  /** The steps of the latest connect. */
  get steps(): readonly ConnectStep[] {
    return this.#trace?.steps ?? [];
  }

  get reconnects(): boolean {
    return this.#reconnector !== undefined;
  }

  /** Whether a link ended by itself, and another one takes its place, or is about to, unless somebody disconnected. */
  isReplaced(transport: Transport): boolean {
    return this.reconnects && this.#state !== 'disconnected' && this.#lost.has(transport);
  }

  /** Takes note that the link was good for something: what has failed before that counts no more. */
  forgive(): void {
    this.#reconnector?.forgive();
  }

  /** Connects, or joins who does; see `Connection.connect`. */
  async connect(o: ConnectOptions): Promise<void> {
    const timeout = checkTimeout('timeout', o.timeout);
    const race = this.#race;
    this.#refuseIfClosed();
    throwIfAborted(o.signal, race.doing, race.host);
    // A connect that was given up or disconnected is nobody's to join: it has to be over first.
    while (this.#connecting?.givenUp) {
      await raceAbort(this.#connecting.over, o.signal, race);
      this.#refuseIfClosed();
    }
    if (this.#state === 'connected') return;
    const joined = this.#connecting;
    using scope = joined && timeout ? this.#ownLimit(o.signal, timeout) : undefined;
    await (joined ?? this.#startConnect(timeout)).wait({ ...race, signal: scope?.signal ?? o.signal });
  }

  /** The link where it stands now. */
  get standing(): Transport | undefined {
    return this.#state === 'connected' ? this.#transport : undefined;
  }

  /** The link, made where there is none. */
  async stand(signal: AbortSignal | undefined): Promise<Transport> {
    // One that stands again may be lost again before this hears of it.
    do if (this.#transport === undefined) await this.connect({ signal });
    while (this.#state === 'reconnecting');
    if (this.#transport !== undefined) return this.#transport;
    const { key } = this.#owner;
    throw new DisconnectedError(`The connection to ${key} ended before the work began.`, { host: key });
  }

  async disconnect(): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'idle') return this.#left;
    const { key } = this.#owner;
    await this.#leave('disconnected', () => {
      return new DisconnectedError(`Disconnected from ${key} by the caller.`, { host: key });
    });
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return this.#left;
    const { key } = this.#owner;
    await this.#leave('closed', () => new ClosedError(`The connection to ${key} was closed.`, { host: key }));
  }

  get #race(): { readonly doing: string; readonly host: string } {
    const { key } = this.#owner;
    return { doing: `connecting to ${key}`, host: key };
  }

  #startConnect(timeout: number | undefined): SharedConnect {
    this.#reconnector?.forgive();
    this.#setState('connecting');
    return this.#share({
      run: (scope) => this.#connectOnce(scope, { timeout }),
      unwanted: () => new AbortError(`Nobody waits for the connection to ${this.#owner.key} any more.`),
    });
  }

  /** Makes the link again that was lost for `reason`. */
  #startReconnecting(reconnector: Reconnector, reason: HawserError): void {
    const { key, onAttempt, onReconnected } = this.#owner;
    const run = async (scope: CallScope): Promise<void> => {
      // Whoever hears of the loss may put an end to this.
      await null;
      const attempts = await reconnector.run({
        ...{ key, reason, signal: scope.signal, tell: onAttempt },
        connect: async (signal) => {
          using one = new CallScope(signal);
          await this.#connectOnce(one, { background: true });
        },
      });
      // It may have been lost again, or ended, by who heard that it stands.
      if (this.#state === 'connected') onReconnected(attempts);
    };
    this.#share({ run });
    this.#setState('reconnecting', reason);
  }

  #share(o: Omit<SharedConnectOptions, 'onOver'>): SharedConnect {
    const connecting = new SharedConnect({
      ...o,
      onOver: () => {
        if (this.#connecting !== connecting) return;
        this.#connecting = undefined;
        if (this.#state === 'connecting' || this.#state === 'reconnecting') this.#setState('disconnected');
      },
    });
    this.#connecting = connecting;
    return connecting;
  }

  /** The time limit of who joins a connect: it ends his wait, and not the connect. */
  #ownLimit(signal: AbortSignal | undefined, timeout: number): CallScope {
    return new CallScope(signal, timeout, () => connectTimedOut(this.#owner.key, timeout, this.#trace));
  }

  async #connectOnce(
    scope: CallScope,
    o: { readonly timeout?: number | undefined; readonly background?: boolean },
  ): Promise<void> {
    const { key, open } = this.#owner;
    const trace = new ConnectTrace(key);
    this.#trace = trace;
    const adopt = (transport: Transport): void => this.#adopt(transport);
    await openLink(scope, { ...o, key, trace, gate: this.gate, open, adopt });
  }

  #adopt(transport: Transport): void {
    this.#transport = transport;
    transport.once('close', (reason) => this.#gone(transport, reason));
    this.#reconnector?.stands();
    this.#setState('connected');
  }

  #gone(transport: Transport, reason: HawserError | undefined): void {
    if (this.#transport !== transport) return;
    this.#transport = undefined;
    if (reason === undefined) {
      this.#setState('disconnected');
      return;
    }
    this.#lost.add(transport);
    if (this.#reconnector === undefined) this.#setState('disconnected', reason);
    else this.#startReconnecting(this.#reconnector, reason);
    this.#owner.onLost(reason);
  }

  /** Settles when nothing is left, also of what was disconnected before and is still on its way out. */
  async #leave(state: 'disconnected' | 'closed', reason: () => HawserError): Promise<void> {
    const leaving = Promise.all([this.#left, this.#end(state, reason)]);
    this.#left = leaving.then(
      () => {},
      () => {},
    );
    await leaving;
  }

  async #end(state: 'disconnected' | 'closed', reason: () => HawserError): Promise<void> {
    const transport = this.#transport;
    const connecting = this.#connecting;
    this.#transport = undefined;
    this.#setState(state);
    connecting?.giveUp(reason());
    // How the connect ended is its waiters' to hear.
    if (connecting !== undefined) await inTime(connecting.over, LEAVE_PATIENCE);
    if (transport === undefined) return;
    if (this.#owner.isBusy()) transport.destroy(reason());
    await inTime(this.#owner.leave(), LEAVE_PATIENCE);
    await closeInTime(transport, reason());
  }

  #refuseIfClosed(): void {
    if (this.#state !== 'closed') return;
    const { key } = this.#owner;
    throw new ClosedError(
      `The connection to ${key} was closed: make another one, or ask the cache that it came from again.`,
      { host: key },
    );
  }

  #setState(state: ConnectionState, reason?: HawserError): void {
    if (this.#state === 'closed' || this.#state === state) return;
    this.#state = state;
    this.#owner.onState(state, reason);
  }
}
