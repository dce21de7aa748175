import type { Duplex } from 'node:stream';
import type { Channel, Client, ClientChannel, ExecOptions } from 'ssh2';
import { raceAbort, throwIfAborted } from '../../core/abort.js';
import { ChannelError, ClosedError, DisconnectedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import { ChannelGate, type Refusal } from '../channel-gate.js';
import type {
  Capability,
  ChannelOptions,
  DialTarget,
  ExecChannel,
  LinkFacts,
  Listener,
  ListenTarget,
  ProcessChannelOptions,
  Pty,
  SubsystemOptions,
  Transport,
  TransportConnectOptions,
  TransportEvents,
} from '../contract.js';
import { connectEndpoint, type Session } from './connect-endpoint.js';
import { dialThrough } from './dial-through.js';
import type { SshEndpoint } from './endpoint.js';
import { SshExecChannel } from './exec-channel.js';
import { mendRekeying, widenWindow } from './internals.js';
import { LinkPace } from './link-pace.js';
import { LinkWatch } from './link-watch.js';
import { lendChunks, savePacketMemory } from './packet-memory.js';
import { REKEY_LIMITS, type RekeyLimits } from './rekeying.js';
import { listenRemotely } from './remote-listener.js';
import type { SshContext } from './ssh-context.js';
import { steadyStream } from './steady-stream.js';

type Opened = (error: Error | undefined, channel: ClientChannel) => void;

const CAPABILITIES: ReadonlySet<Capability> = new Set(['exec', 'shell', 'subsystem', 'dial', 'listen', 'signal']);

/** How much an SFTP server may have sent unheard, in bytes. It sends what it was asked for, which its client bounds. */
const SFTP_WINDOW = 32 * 1024 * 1024;

/** Reason codes of a refused channel (RFC 4254 §5.1). */
const REFUSALS: Readonly<Record<number, Refusal['refused']>> = {
  1: 'prohibited',
  2: 'connect-failed',
  3: 'unknown-type',
  4: 'shortage',
};

/** A way to a machine over SSH, by ssh2. */
export class Ssh2Transport extends TypedEvents<TransportEvents> implements Transport {
  readonly kind = 'ssh';
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES;
  readonly #endpoint: SshEndpoint;
  readonly #context: SshContext;
  readonly #rekeyLimits: RekeyLimits;
  readonly #gate: ChannelGate;
  readonly #processes = new Set<SshExecChannel>();
  #session: Session | undefined;
  #watch: LinkWatch | undefined;
  #pace: LinkPace | undefined;
  /** Channels that are open or opening; while there are any, the process is kept alive. */
  #busy = 0;
  #drained: (() => void) | undefined;
  #ended = false;
  /** Why no new channel is given out any more. */
  #over: HawserError | undefined;

  constructor(endpoint: SshEndpoint, context: SshContext, rekeyLimits: RekeyLimits = REKEY_LIMITS) {
    super();
    this.#endpoint = endpoint;
    this.#context = context;
    this.#rekeyLimits = rekeyLimits;
    this.#gate = new ChannelGate(endpoint.name, () => this.emit('crowded'));
    // Each open file hears of the end.
    this.setMaxListeners(0);
  }

  get ailing(): boolean {
    return this.#watch?.ailing ?? false;
  }

  get link(): LinkFacts | undefined {
    return this.#watch?.facts;
  }

  async connect(o: TransportConnectOptions): Promise<void> {
    throwIfAborted(o.signal, `connecting to ${this.#endpoint.name}`, this.#endpoint.name);
    const session = await connectEndpoint(this.#endpoint, this.#context, o, (endpoint) => {
      return new Ssh2Transport(endpoint, this.#context, this.#rekeyLimits);
    });
    if (this.#over !== undefined) {
      session.release();
      throw this.#over;
    }
    this.#session = session;
    this.#begin(session);
    if (this.#busy === 0) session.link.unref();
  }

  async exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#process('exec', o.signal, (client, opened) => {
      client.exec(command, this.#sessionOptions(o.pty), opened);
    });
  }

  async shell(o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#process('shell', o.signal, (client, opened) => {
      const { pty, ...options } = this.#sessionOptions(o.pty);
      client.shell(typeof pty === 'object' ? pty : false, options, opened);
    });
  }

  async subsystem(name: string, o: SubsystemOptions): Promise<Duplex> {
    const release = this.#hold();
    const opening = this.#channel(
      name,
      { signal: o.signal, release },
      (client, opened) => client.subsys(name, opened),
      (channel) => channel,
    );
    const { channel, done } = await raceAbort(opening, o.signal, {
      doing: `opening a ${name} channel`,
      host: this.#endpoint.name,
      late: (late) => {
        late.channel.once('close', late.done).resume().close();
        late.channel.stderr.resume();
      },
    }).catch((error: unknown) => {
      // A server that is asked and does not answer holds nobody up.
      release();
      throw error;
    });
    if (o.borrows === true) lendChunks(channel);
    this.#pace?.hold(channel);
    // Nothing is known to write there; unread, it would hold the channel's window.
    channel.stderr.resume();
    channel.once('close', done);
    if (name === 'sftp') widenWindow(channel, SFTP_WINDOW);
    return this.#holding(channel, release);
  }

  async dial(to: DialTarget, o: ChannelOptions): Promise<Duplex> {
    const client = this.#client();
    const release = this.#hold();
    try {
      const stream = dialThrough(client, to, this.#endpoint.name);
      const late = (channel: Duplex): void => void channel.resume().destroy();
      const channel = await raceAbort(stream, o.signal, { doing: 'dialling', host: this.#endpoint.name, late });
      return this.#holding(steadyStream(channel, this.#pace), release);
    } catch (error) {
      release();
      throw this.#cause(error);
    }
  }

  async listen(at: ListenTarget, o: ChannelOptions): Promise<Listener> {
    const client = this.#client();
    const release = this.#hold();
    try {
      const host = this.#endpoint.name;
      const adopt = (channel: Channel): Duplex => this.#holding(steadyStream(channel, this.#pace), this.#hold());
      const listener = await raceAbort(listenRemotely(client, { at, host, adopt }), o.signal, {
        doing: 'listening remotely',
        host,
        late: (late) => void late.close(),
      });
      listener.once('close', release);
      return listener;
    } catch (error) {
      release();
      throw this.#cause(error);
    }
  }

  another(): Transport {
    return new Ssh2Transport(this.#endpoint, this.#context, this.#rekeyLimits);
  }

  further(): Transport | undefined {
    if (!this.#context.mayOpenFurther || this.#session?.asks !== false) return undefined;
    const { credentials } = this.#endpoint;
    const password = typeof credentials.password === 'function' ? undefined : credentials.password;
    const silent = { ...this.#endpoint, credentials: { ...credentials, password, keyboardInteractive: undefined } };
    return new Ssh2Transport(silent, this.#context, this.#rekeyLimits);
  }

  async close(): Promise<void> {
    this.#over ??= this.#closed();
    if (this.#ended) return;
    this.#gate.close(this.#over);
    if (this.#busy > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await this.#session?.leave();
    this.#end();
  }

  destroy(reason: HawserError): void {
    this.#end(reason);
  }

  /** What ssh_config asks for with each session, and the terminal that this one asks for. */
  #sessionOptions(pty: Pty | undefined): ExecOptions {
    const { environment, forwardAgent } = this.#endpoint;
    return {
      ...(Object.keys(environment).length === 0 ? {} : { env: { ...environment } }),
      ...(forwardAgent === undefined ? {} : { agentForward: true }),
      ...(pty === undefined ? {} : { pty: { cols: pty.columns, rows: pty.rows, term: pty.term } }),
    };
  }

  async #process(
    kind: string,
    signal: AbortSignal,
    start: (client: Client, opened: Opened) => void,
  ): Promise<ExecChannel> {
    let release = this.#hold();
    const { channel: process, done } = await this.#channel(
      kind,
      { signal, release },
      start,
      (channel) => new SshExecChannel(channel),
    );
    this.#processes.add(process);
    process.onRest = (resting) => {
      release();
      if (!resting && this.#processes.has(process)) release = this.#hold();
    };
    const over = (): void => {
      this.#processes.delete(process);
      done();
      release();
    };
    process.exited.then(over, over);
    // Its place on the server is taken until the server closes it too; the end of this connection does not wait for that.
    void process.abandoned.then(() => release());
    return process;
  }

  /**
   * Opens a session channel, when the server has room for one; `done` gives the room back and releases what was held for
   * it, as a failure does. The signal ends the wait for room alone: once the server was asked, the channel is given.
   * `wrap` is called while the channel's first packets are still to come: an exit status may be in the same segment as
   * the confirmation.
   */
  async #channel<C extends object>(
    kind: string,
    { signal, release }: ChannelOptions & { readonly release: () => void },
    start: (client: Client, opened: Opened) => void,
    wrap: (channel: ClientChannel) => C,
  ): Promise<{ channel: C; done: () => void }> {
    try {
      this.#client();
      const opened = await this.#gate.through(kind, signal, () =>
        this.#open(
          kind,
          (opened) => start(this.#client(), opened),
          (channel) => ({ channel, wrapped: wrap(channel) }),
        ),
      );
      return {
        channel: opened.channel.wrapped,
        done: () => {
          opened.done();
          release();
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  #open<C extends object>(
    kind: string,
    start: (opened: Opened) => void,
    wrap: (channel: ClientChannel) => C,
  ): Promise<C | Refusal> {
    return new Promise((resolve, reject) => {
      start((error, channel) => {
        if (error === undefined) {
          resolve(wrap(channel));
          return;
        }
        const reason: unknown = Reflect.get(error, 'reason');
        const refused = typeof reason === 'number' ? REFUSALS[reason] : undefined;
        if (refused !== undefined) resolve({ refused, cause: error });
        else reject(this.#over ?? this.#requestRefused(kind, error));
      });
    });
  }

  #closed(): ClosedError {
    const { name } = this.#endpoint;
    return new ClosedError(`The connection to ${name} was closed.`, { host: name });
  }

  #requestRefused(kind: string, cause: Error): ChannelError {
    const { name } = this.#endpoint;
    return new ChannelError(
      'request',
      `${name} opened a channel and refused the ${kind} request on it: ${visible(cause.message)}.`,
      { host: name, cause },
    );
  }

  /** The session that stands, or the reason why there is none. */
  #client(): Client {
    if (this.#over !== undefined) throw this.#over;
    if (this.#session === undefined) {
      throw new DisconnectedError(`There is no connection to ${this.#endpoint.name}.`, { host: this.#endpoint.name });
    }
    // A server that has said goodbye takes no more requests, although the link may stand for a moment longer.
    if (!this.#session.link.writable) {
      throw new DisconnectedError(`The connection to ${this.#endpoint.name} was lost: the server is closing it.`, {
        host: this.#endpoint.name,
      });
    }
    return this.#session.client;
  }

  /** What ssh2 calls a refusal may be the end of the connection: it answers what is pending in that way. */
  #cause(error: unknown): unknown {
    return error instanceof ChannelError ? (this.#over ?? error) : error;
  }

  /** Counts work under way: it keeps the process alive, and `close` waits for it. */
  #hold(): () => void {
    this.#busy += 1;
    if (this.#busy === 1) this.#session?.link.ref();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#busy -= 1;
      if (this.#busy > 0) return;
      if (!this.#ended) this.#session?.link.unref();
      this.#drained?.();
    };
  }

  /**
   * A stream holds the process like a socket, and lets go of it like one: with `unref`, and when it is destroyed. ssh2's
   * closes when the server has agreed to that; the end of this connection does not wait for it.
   */
  #holding(channel: Duplex, release: () => void): Duplex {
    let letGo = release;
    channel.once('close', () => letGo());
    const { destroy } = channel;
    return Object.assign(channel, {
      destroy: (error?: Error) => {
        destroy.call(channel, error);
        // What nobody reads any more would keep ssh2 from telling of the close.
        channel.resume();
        letGo();
        return channel;
      },
      ref: () => {
        letGo();
        letGo = this.#hold();
      },
      unref: () => letGo(),
    });
  }

  #begin(session: Session): void {
    const { client, link } = session;
    const { name, keepAlive } = this.#endpoint;
    const lost = (why: string, cause?: unknown): void => {
      if (this.#ended) return;
      this.#end(new DisconnectedError(`The connection to ${name} was lost: ${why}.`, { host: name, cause }));
    };
    client.on('error', (error: Error) => lost(visible(error.message), error));
    client.once('close', () => lost('the server closed it'));
    client.once('end', () => lost('the server closed it'));
    mendRekeying(client);
    savePacketMemory(client);
    this.#pace = new LinkPace(link);
    this.#watch = new LinkWatch({
      ...{ client, link, keepAlive, rekeyLimits: this.#rekeyLimits },
      lost: (silent) => lost(`it has not answered for ${silent} ms (keep-alive)`),
    });
  }

  /** The end, once: the first reason is the one that everybody hears. */
  #end(reason?: HawserError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#over ??= reason ?? this.#closed();
    this.#watch?.stop();
    this.#gate.close(this.#over);
    for (const process of this.#processes) process.lost(this.#over);
    this.#session?.release();
    this.#drained?.();
    this.emit('close', reason);
  }
}
