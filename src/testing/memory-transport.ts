import { type Duplex, duplexPair } from 'node:stream';
import { raceAbort, throwIfAborted } from '../core/abort.js';
import { ChannelError, ClosedError } from '../core/errors.js';
import { TypedEvents } from '../core/events.js';
import { HawserError } from '../core/hawser-error.js';
import type {
  Capability,
  ChannelOptions,
  DialTarget,
  ExecChannel,
  Listener,
  ListenTarget,
  ProcessChannelOptions,
  Transport,
  TransportConnectOptions,
  TransportEvents,
} from '../transport/contract.js';
import { MemoryChannel, type MemoryProcess, type MemoryReply } from './memory-channel.js';

/**
 * Plays the far machine. It answers at once, later, or by `process`, in which case the reply only says how it ended.
 *
 * An error that it throws before it returns refuses the channel; one that it rejects with cuts the channel off.
 */
export type MemoryHandler = (
  command: string,
  process: MemoryProcess,
) => MemoryReply | undefined | Promise<MemoryReply | undefined>;

/** What a {@link MemoryTransport} answers. */
export interface MemoryTransportOptions {
  /** What errors and traces call the machine. Default `'memory'`. */
  readonly host?: string;
  /** Every command's reply, or what works it out. Default: nothing, status 0. */
  readonly exec?: MemoryReply | MemoryHandler;
  /** Plays the login shell. Default: the transport has none. */
  readonly shell?: (process: MemoryProcess) => MemoryReply | undefined | Promise<MemoryReply | undefined>;
  /** Serves a subsystem's bytes, by name. Default: the transport has none. */
  readonly subsystems?: Readonly<Record<string, (stream: Duplex) => void>>;
  /** Serves a stream to elsewhere. Default: the transport dials nowhere. */
  readonly dial?: (to: DialTarget, stream: Duplex) => void;
  /** Runs during `connect`: waits for what it likes, or throws why there is no connection. */
  readonly connect?: (o: TransportConnectOptions) => void | Promise<void>;
}

/** A transport without a machine: for tests of what stands above, and for measuring it with many thousand hosts. */
export class MemoryTransport extends TypedEvents<TransportEvents> implements Transport {
  readonly kind = 'memory';
  readonly capabilities: ReadonlySet<Capability>;
  readonly #host: string;
  readonly #o: MemoryTransportOptions;
  readonly #channels = new Set<MemoryChannel>();
  readonly #streams = new Set<Duplex>();
  #state: 'new' | 'open' | 'closing' | 'closed' = 'new';
  /** What it was destroyed for. */
  #reason: HawserError | undefined;
  #drained: (() => void) | undefined;

  constructor(o: MemoryTransportOptions = {}) {
    super();
    this.#o = o;
    this.#host = o.host ?? 'memory';
    const capabilities = new Set<Capability>(['exec', 'signal']);
    if (o.shell) capabilities.add('shell');
    if (o.subsystems) capabilities.add('subsystem');
    if (o.dial) capabilities.add('dial');
    this.capabilities = capabilities;
  }

  /** Channels that are open now. */
  get channels(): number {
    return this.#channels.size + this.#streams.size;
  }

  async connect(o: TransportConnectOptions): Promise<void> {
    const doing = `connecting to ${this.#host}`;
    throwIfAborted(o.signal, doing, this.#host);
    if (this.#state !== 'new') throw this.#closedError('connect');
    const connecting = this.#o.connect?.(o);
    if (connecting !== undefined) await raceAbort(connecting, o.signal, { doing, host: this.#host });
    // It may have been destroyed meanwhile.
    if (this.#state !== 'new') throw this.#closedError('connect');
    this.#state = 'open';
    o.trace.step(this.#host, 'ready', 'in memory');
  }

  async exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel> {
    const { exec } = this.#o;
    return this.#start(o, typeof exec === 'function' ? (process) => exec(command, process) : () => exec);
  }

  async shell(o: ProcessChannelOptions): Promise<ExecChannel> {
    const { shell } = this.#o;
    if (shell === undefined) throw this.#unsupported('a shell');
    return this.#start(o, shell);
  }

  async subsystem(name: string, o: ChannelOptions): Promise<Duplex> {
    const serve = this.#o.subsystems?.[name];
    if (serve === undefined) throw this.#unsupported(`the subsystem ${name}`);
    return this.#stream(o, serve);
  }

  async dial(to: DialTarget, o: ChannelOptions): Promise<Duplex> {
    const { dial } = this.#o;
    if (dial === undefined) throw this.#unsupported('streams to other machines');
    return this.#stream(o, (stream) => dial(to, stream));
  }

  listen(_at: ListenTarget, _o: ChannelOptions): Promise<Listener> {
    return Promise.reject(this.#unsupported('listening'));
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    if (this.#state !== 'closing') {
      this.#state = 'closing';
      this.#settleClose();
    }
    if (this.channels > 0) {
      await new Promise<void>((resolve) => {
        const others = this.#drained;
        this.#drained = () => {
          others?.();
          resolve();
        };
      });
    }
  }

  destroy(reason: HawserError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reason = reason;
    for (const channel of [...this.#channels]) channel.destroy(reason);
    for (const stream of [...this.#streams]) stream.destroy(reason);
    this.#drained?.();
    this.emit('close', reason);
  }

  #start(
    o: ProcessChannelOptions,
    play: (process: MemoryProcess) => MemoryReply | undefined | Promise<MemoryReply | undefined>,
  ): ExecChannel {
    this.#checkOpen(o.signal);
    const channel = new MemoryChannel(o.pty, (ended) => {
      this.#channels.delete(ended);
      this.#settleClose();
    });
    const reply = play(channel.process);
    this.#channels.add(channel);
    if (reply instanceof Promise) {
      reply.then(
        (later) => channel.finish(later ?? {}),
        (error: unknown) => channel.destroy(this.#failed(error)),
      );
    } else channel.finish(reply ?? {});
    return channel;
  }

  #stream(o: ChannelOptions, serve: (stream: Duplex) => void): Duplex {
    this.#checkOpen(o.signal);
    const [near, far] = duplexPair();
    for (const side of [near, far]) side.on('error', () => {});
    near.once('close', () => {
      this.#streams.delete(near);
      far.destroy();
      this.#settleClose();
    });
    serve(far);
    this.#streams.add(near);
    return near;
  }

  /** A transport that is to close does so with its last channel. */
  #settleClose(): void {
    if (this.#state !== 'closing' || this.channels > 0) return;
    this.#state = 'closed';
    this.#drained?.();
    this.emit('close');
  }

  #checkOpen(signal: AbortSignal): void {
    throwIfAborted(signal, `opening a channel on ${this.#host}`, this.#host);
    if (this.#state !== 'open') throw this.#closedError('open a channel');
  }

  #closedError(doing: string): HawserError {
    if (this.#reason !== undefined) return this.#reason;
    const host = this.#host;
    const why = this.#state === 'new' ? 'it is not connected: call connect() first' : `it is ${this.#state}`;
    return new ClosedError(`Could not ${doing} on ${host}: ${why}.`, { host });
  }

  #unsupported(what: string): ChannelError {
    const host = this.#host;
    return new ChannelError('unsupported', `The in-memory machine ${host} has no script for ${what}.`, { host });
  }

  #failed(error: unknown): HawserError {
    if (error instanceof HawserError) return error;
    const host = this.#host;
    return new ChannelError('refused', `The script of the in-memory machine ${host} failed: ${String(error)}`, {
      host,
      cause: error,
    });
  }
}
