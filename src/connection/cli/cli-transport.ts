import type { Duplex } from 'node:stream';
import { ChannelError, DisconnectedError, TimeoutError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { Platform } from '../../inventory/platform/platform.js';
import { CommandLine } from '../../remote/dialog/command-line.js';
import type { Credentials } from '../../remote/dialog/secrets.js';
import { NO_WORDS, TextChannel } from '../../remote/dialog/text-channel.js';
import type { Transcript } from '../../remote/dialog/transcript.js';
import type {
  Capability,
  ChannelOptions,
  DialTarget,
  ExecChannel,
  LinkFacts,
  Listener,
  ListenTarget,
  ProcessChannelOptions,
  SubsystemOptions,
  Transport,
  TransportConnectOptions,
  TransportEvents,
} from '../../transport/contract.js';

/** What a {@link CliTransport} adds to the way that it is laid over. */
export interface CliTransportOptions {
  /** What messages call the device. */
  readonly name: string;
  readonly credentials: Credentials;
  readonly platform: Platform | undefined;
  readonly known: readonly Platform[];
  readonly transcript: Transcript | undefined;
}

/** Wide enough for any command: devices wrap the echo of longer ones. The widest that Cisco's terminals can be. */
const COLUMNS = 511;
const ROWS = 24;

/**
 * A way to a machine with a command line that is logged in: the login is part of connecting, and the end of the session that
 * of the link. All else is what the way beneath can do.
 */
export class CliTransport extends TypedEvents<TransportEvents> implements Transport {
  readonly kind: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly #way: Transport;
  readonly #o: CliTransportOptions;
  #channel: TextChannel | undefined;
  #line: CommandLine | undefined;
  #isClosed = false;

  constructor(way: Transport, o: CliTransportOptions) {
    super();
    this.kind = way.kind;
    this.capabilities = way.capabilities;
    this.#way = way;
    this.#o = o;
    way.on('crowded', () => this.emit('crowded'));
    way.once('close', (reason) => this.#over(reason));
  }

  /** The command line. Throws `DisconnectedError` where there is none any more. */
  get line(): CommandLine {
    if (this.#line !== undefined && !this.#isClosed) return this.#line;
    throw new DisconnectedError(`The session on ${this.#o.name} has ended.`, { host: this.#o.name });
  }

  get ailing(): boolean {
    return this.#way.ailing ?? false;
  }

  get link(): LinkFacts | undefined {
    return this.#way.link;
  }

  async connect(o: TransportConnectOptions): Promise<void> {
    await this.#way.connect(o);
    const { name } = this.#o;
    if (!this.capabilities.has('shell')) {
      throw new ChannelError('unsupported', `The way to ${name} gives no shell, so there is no command line.`, {
        host: name,
      });
    }
    try {
      await this.#logIn(o);
    } catch (error) {
      const fault = o.signal.aborted ? this.#whyLate(o.signal.reason) : error;
      this.#way.destroy(new DisconnectedError(`The login on ${name} failed.`, { host: name, cause: fault }));
      throw fault;
    }
  }

  async #logIn({ signal, trace }: TransportConnectOptions): Promise<void> {
    const { name, credentials, platform, known, transcript } = this.#o;
    trace.enter({
      hop: name,
      phase: 'session',
      note: () => this.#channel?.lastWords ?? NO_WORDS,
    });
    const term = platform?.shell === true ? 'dumb' : 'vt100';
    const shell = await this.#way.shell({ signal, pty: { columns: COLUMNS, rows: ROWS, term } });
    const channel = new TextChannel(shell, name, transcript);
    this.#channel = channel;
    const line = await CommandLine.open(channel, {
      credentials,
      platform,
      known,
      signal,
      giveUp: (reason) => this.destroy(reason),
    });
    this.#line = line;
    trace.step(name, 'session', `a command line of the platform ${line.platform.name}, in the mode ${line.mode}`);
    // Whoever types `exit`, and a device that hangs up, end the session; the link beneath may stand.
    void channel.ended.then((reason) => this.destroy(reason));
  }

  /** A login that takes too long is told from a machine that cannot be reached. */
  #whyLate(reason: unknown): unknown {
    if (!(reason instanceof TimeoutError)) return reason;
    const { name } = this.#o;
    const { ms } = reason;
    return new TimeoutError(
      `Timed out after ${ms} ms of logging in to ${name}: no prompt came; ${this.#channel?.lastWords ?? NO_WORDS}.`,
      { phase: 'login', ms, host: name },
    );
  }

  exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#way.exec(command, o);
  }

  shell(o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#way.shell(o);
  }

  subsystem(name: string, o: SubsystemOptions): Promise<Duplex> {
    return this.#way.subsystem(name, o);
  }

  dial(to: DialTarget, o: ChannelOptions): Promise<Duplex> {
    return this.#way.dial(to, o);
  }

  listen(at: ListenTarget, o: ChannelOptions): Promise<Listener> {
    return this.#way.listen(at, o);
  }

  async close(): Promise<void> {
    // A shell does not end by itself, and what runs on it is its caller's.
    this.#channel?.close();
    await this.#way.close();
  }

  destroy(reason: HawserError): void {
    if (this.#isClosed) return;
    // What ends because of this has its own words for it: the first cause is the one that is told.
    this.#over(reason);
    this.#way.destroy(reason);
    this.#channel?.close();
  }

  #over(reason: HawserError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('close', reason);
  }
}
