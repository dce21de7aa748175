import { type ClientHttp2Stream, constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import { type Abortable, abortReason, onAbort, raceAbort, throwIfAborted } from '../../core/abort.js';
import { ClosedError, DisconnectedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { Lease } from '../../core/lease.js';
import type {
  Capability,
  ChannelOptions,
  DialTarget,
  ExecChannel,
  LinkFacts,
  Listener,
  ListenTarget,
  ProcessChannelOptions,
  Transport,
  TransportConnectOptions,
  TransportEvents,
} from '../contract.js';
import { BrokerExecChannel, trailersOf } from './broker-exec-channel.js';
import type { BrokerLink } from './broker-link.js';
import { BrokerListener } from './broker-listener.js';
import { acquireFarLock } from './broker-lock.js';
import { holding } from './broker-stream.js';
import type { EncodedTarget } from './encode-target.js';
import { writeLine } from './lines.js';
import type { PoolWish } from './pool-wish.js';
import { type ControlLine, Header, Path } from './protocol.js';
import { SessionStream, type Wanted } from './session-stream.js';

/** What a {@link BrokerTransport} is made with. */
export interface BrokerWay {
  /** The link to the broker: the one that stands, or a new one. */
  readonly link: (signal: AbortSignal) => Promise<BrokerLink>;
  /** What the machine is called, for messages. */
  readonly name: string;
  readonly encode: () => EncodedTarget;
  /** A worker of a pool is wanted, and not the session. */
  readonly pool?: PoolWish | undefined;
  /** What the broker is told at the end. */
  readonly lastWord?: (() => object | undefined) | undefined;
  /** Whether a session will do only where the broker has it already: none is opened then. Default: any will. */
  readonly existing?: boolean | undefined;
  /** Called with the session's own name once it is known. */
  readonly onId?: ((id: string) => void) | undefined;
}

/** A way to a machine by channels that a session broker lends: it has the connection, and keeps it. */
export class BrokerTransport extends TypedEvents<TransportEvents> implements Transport {
  readonly kind = 'broker';
  readonly endsOrphans = true;
  readonly #way: BrokerWay;
  readonly #wanted: Wanted;
  readonly #processes = new Set<BrokerExecChannel>();
  readonly #streams = new Set<Duplex>();
  #link: BrokerLink | undefined;
  #session: SessionStream | undefined;
  #capabilities: ReadonlySet<Capability> = new Set();
  #over: HawserError | undefined;
  #ended = false;
  #drained: (() => void) | undefined;

  /** @param beside the session that this is to be a second connection of, by its number. */
  constructor(way: BrokerWay, beside?: number) {
    super();
    this.#way = way;
    this.#wanted = beside === undefined ? { pool: way.pool, existing: way.existing } : { beside };
    // Each open file hears of the end.
    this.setMaxListeners(0);
  }

  get capabilities(): ReadonlySet<Capability> {
    return this.#capabilities;
  }

  get ailing(): boolean {
    return this.#session?.facts.ailing ?? false;
  }

  get link(): LinkFacts | undefined {
    return this.#session?.facts.link ?? undefined;
  }

  async connect(o: TransportConnectOptions): Promise<void> {
    const { name } = this.#way;
    throwIfAborted(o.signal, `connecting to ${name}`, name);
    const link = await this.#way.link(o.signal);
    const session = new SessionStream(link, name, {
      crowded: () => this.emit('crowded'),
      over: (reason) => this.#end(reason),
    });
    this.#link = link;
    this.#session = session;
    try {
      const ready = await session.open(this.#way.encode(), this.#wanted, o);
      if (this.#over !== undefined) throw this.#over;
      this.#capabilities = new Set(ready.capabilities);
      this.#way.onId?.(ready.id);
    } catch (error) {
      session.leave();
      throw error;
    }
  }

  exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#process(Path.exec, { command, pty: o.pty }, o);
  }

  shell(o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#process(Path.shell, { pty: o.pty }, o);
  }

  subsystem(name: string, o: ChannelOptions): Promise<Duplex> {
    return this.#stream(Path.subsystem, { name }, `opening a ${name} channel`, o);
  }

  dial(to: DialTarget, o: ChannelOptions): Promise<Duplex> {
    return this.#stream(Path.dial, { to }, 'dialling', o);
  }

  async listen(at: ListenTarget, o: ChannelOptions): Promise<Listener> {
    const { link, session } = this.#open();
    const accept = (connection: number): Promise<Duplex> =>
      this.#stream(Path.accept, { connection }, 'accepting a connection', o);
    const stream = link.request(Path.listen, { at }, session.headers);
    const release = link.hold();
    const listener = new BrokerListener(stream, accept);
    listener.once('close', release);
    const opening = link.granted(stream).then(() => listener.listening);
    try {
      await raceAbort(opening, o.signal, { doing: 'listening remotely', host: this.#way.name });
    } catch (error) {
      stream.close(constants.NGHTTP2_CANCEL);
      release();
      throw error;
    }
    this.#track(stream);
    return listener;
  }

  /** Waits for the lock of the session, which one client holds at a time. Throws as {@link acquireFarLock} does. */
  lock(o: Abortable): Promise<Lease> {
    const { link, session } = this.#open();
    return acquireFarLock({ link, headers: session.headers, name: this.#way.name }, o);
  }

  another(): Transport {
    return new BrokerTransport(this.#way, this.#session?.number);
  }

  async close(): Promise<void> {
    this.#over ??= this.#closed();
    if (this.#ended) return;
    if (this.#processes.size + this.#streams.size > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    this.#end();
  }

  destroy(reason: HawserError): void {
    this.#end(reason);
  }

  async #process(path: string, line: object, { signal }: ChannelOptions): Promise<ExecChannel> {
    const { link, session } = this.#open();
    const { name } = this.#way;
    throwIfAborted(signal, 'opening a channel', name);
    const headers = { ...session.headers, [Header.channel]: link.number() };
    let release = link.hold();
    const aside = link.request(Path.aside, {}, headers);
    const trailers = trailersOf(aside);
    const main = link.request(path, line, headers);
    const stop = onAbort(signal, () => writeLine(aside, { abort: true } satisfies ControlLine));
    try {
      await link.granted(main);
    } catch (error) {
      aside.close(constants.NGHTTP2_CANCEL);
      release();
      this.#settled();
      throw this.#cause(signal.aborted ? abortReason(signal, 'opening a channel', name) : error);
    } finally {
      stop();
    }
    const process = new BrokerExecChannel({ main, aside, trailers }, () => this.#over ?? link.brokenOff(aside));
    this.#processes.add(process);
    process.onRest = (resting) => {
      release();
      if (!resting && this.#processes.has(process)) release = link.hold();
    };
    const over = (): void => {
      this.#processes.delete(process);
      release();
      this.#settled();
    };
    process.exited.then(over, over);
    if (this.#ended && this.#over !== undefined) process.lost(this.#over);
    return process;
  }

  async #stream(path: string, line: object, doing: string, { signal }: ChannelOptions): Promise<Duplex> {
    const { link, session } = this.#open();
    throwIfAborted(signal, doing, this.#way.name);
    const release = link.hold();
    const stream = link.request(path, line, session.headers);
    try {
      await raceAbort(link.granted(stream), signal, { doing, host: this.#way.name });
    } catch (error) {
      stream.close(constants.NGHTTP2_CANCEL);
      release();
      throw this.#cause(error);
    }
    this.#track(stream);
    return holding(stream, link, release);
  }

  #track(stream: ClientHttp2Stream): void {
    this.#streams.add(stream);
    stream.once('close', () => {
      this.#streams.delete(stream);
      this.#settled();
    });
  }

  #settled(): void {
    if (this.#processes.size + this.#streams.size === 0) this.#drained?.();
  }

  #open(): { readonly link: BrokerLink; readonly session: SessionStream } {
    if (this.#over !== undefined) throw this.#over;
    if (this.#link !== undefined && this.#session !== undefined) return { link: this.#link, session: this.#session };
    throw new DisconnectedError(`There is no connection to ${this.#way.name}.`, { host: this.#way.name });
  }

  #closed(): ClosedError {
    return new ClosedError(`The connection to ${this.#way.name} was closed.`, { host: this.#way.name });
  }

  /** What ended the session has ended what was under way in it. */
  #cause(error: unknown): unknown {
    const isEnd = error instanceof DisconnectedError || error instanceof ClosedError;
    return isEnd ? (this.#over ?? error) : error;
  }

  /** The end, once: the first reason is the one that everybody hears. */
  #end(reason?: HawserError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#over ??= reason ?? this.#closed();
    for (const process of this.#processes) process.lost(this.#over);
    for (const stream of this.#streams) stream.destroy(this.#over);
    this.#session?.leave(this.#way.lastWord?.());
    this.#drained?.();
    this.emit('close', reason);
  }
}
