import type { Duplex } from 'node:stream';
import { abortReason, throwIfAborted } from '../../core/abort.js';
import { ChannelError, ClosedError, ConnectError, DisconnectedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { Target } from '../../inventory/target.js';
import type {
  Capability,
  ChannelOptions,
  DialTarget,
  ExecChannel,
  Listener,
  ProcessChannelOptions,
  SubsystemOptions,
  Transport,
  TransportConnectOptions,
  TransportEvents,
} from '../contract.js';
import { LogPipes } from './log-pipe.js';
import { type Master, startMaster } from './master.js';
import { MuxChannels } from './mux-channels.js';
import { sshCommandLine } from './ssh-arguments.js';
import type { OpenSshOptions } from './ssh-options.js';
import { isListening, Workplace } from './workplace.js';

const CAPABILITIES: ReadonlySet<Capability> = new Set(['exec', 'shell', 'subsystem', 'dial']);

/** A way to a machine through the system's own `ssh`, by one master connection that all channels share. */
export class OpenSshTransport extends TypedEvents<TransportEvents> implements Transport {
  readonly kind = 'openssh';
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES;
  readonly #target: Readonly<Target>;
  readonly #options: OpenSshOptions;
  readonly #name: string;
  #workplace: Workplace | undefined;
  #logs: LogPipes | undefined;
  #master: Master | undefined;
  #channels: MuxChannels | undefined;
  #over: HawserError | undefined;
  #ended = false;

  constructor(target: Readonly<Target>, options: OpenSshOptions) {
    super();
    this.#target = target;
    this.#options = options;
    this.#name = target.key ?? target.host;
    // Each open file hears of the end.
    this.setMaxListeners(0);
  }

  async connect(o: TransportConnectOptions): Promise<void> {
    throwIfAborted(o.signal, `connecting to ${this.#name}`, this.#name);
    const line = sshCommandLine(this.#target, this.#options);
    const workplace = await Workplace.open(this.#name);
    this.#workplace = workplace;
    const logs = new LogPipes(workplace);
    this.#logs = logs;
    try {
      const ssh = this.#options.sshPath ?? 'ssh';
      const socket = workplace.path('m');
      const own = ['ControlMaster=yes', 'ControlPersist=no', 'LogLevel=DEBUG1', 'RemoteCommand=none'];
      const args = ['-N', '-T', '-S', socket, ...own.flatMap((one) => ['-o', one]), ...line.options];
      const env = process.env;
      const master = await startMaster(workplace, {
        ssh,
        args: [...args, '--', line.destination],
        env,
        socket,
        host: this.#name,
        signal: o.signal,
        onLine: () => {},
        failure: (lines) => new ConnectError('session', lines.slice(-3).join('; '), { host: this.#name }),
      });
      const setting = {
        ssh,
        socket,
        destination: line.destination,
        host: this.#name,
        env,
        workplace,
        logs,
        options: [],
      };
      this.#channels = new MuxChannels(setting, {
        check: () => this.#check(),
        crowded: () => this.emit('crowded'),
      });
      this.#master = master;
      master.ended.then((lines) => this.#lost(lines));
      o.trace.step(this.#name, 'ready', 'ssh');
    } catch (error) {
      await this.#clean();
      throw o.signal.aborted ? abortReason(o.signal, `connecting to ${this.#name}`, this.#name) : error;
    }
  }

  async exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#open().process(command, o);
  }

  async shell(o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#open().process(undefined, o);
  }

  async subsystem(name: string, o: SubsystemOptions): Promise<Duplex> {
    return this.#open().subsystem(name, o);
  }

  async dial(to: DialTarget, o: ChannelOptions): Promise<Duplex> {
    if ('port' in to) return this.#open().dial(to, o);
    throw new ChannelError('unsupported', 'no dial', { host: this.#name });
  }

  async listen(): Promise<Listener> {
    throw new ChannelError('unsupported', 'no listen', { host: this.#name });
  }

  another(): Transport {
    return new OpenSshTransport(this.#target, this.#options);
  }

  async close(): Promise<void> {
    this.#over ??= this.#closed();
    await this.#channels?.drain(this.#over);
    await this.#end();
  }

  destroy(reason: HawserError): void {
    void this.#end(reason);
  }

  #closed(): ClosedError {
    return new ClosedError(`The connection to ${this.#name} was closed.`, { host: this.#name });
  }

  /** Throws if the master does not listen any more. */
  async #check(): Promise<void> {
    if (this.#over === undefined && this.#master !== undefined && (await isListening(this.#master.socket))) return;
    this.#lost([]);
    throw this.#over ?? this.#closed();
  }

  #open(): MuxChannels {
    if (this.#over !== undefined) throw this.#over;
    if (this.#channels === undefined) {
      throw new DisconnectedError(`There is no connection to ${this.#name}.`, { host: this.#name });
    }
    return this.#channels;
  }

  #lost(lines: readonly string[]): void {
    if (this.#ended) return;
    const why = lines.filter((line) => !line.startsWith('debug')).at(-1) ?? 'its master has gone';
    void this.#end(new DisconnectedError(`The connection to ${this.#name} was lost: ${why}.`, { host: this.#name }));
  }

  async #end(reason?: HawserError): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#over ??= reason ?? this.#closed();
    this.#channels?.lost(this.#over);
    this.#master?.release();
    this.emit('close', reason);
    await this.#master?.ended;
    await this.#clean();
  }

  async #clean(): Promise<void> {
    this.#logs?.close();
    await this.#workplace?.close();
  }
}
