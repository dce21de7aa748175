import type { Duplex } from 'node:stream';
import { abortReason, throwIfAborted } from '../../core/abort.js';
import { ChannelError, ClosedError, ConnectError, DisconnectedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { Target } from '../../inventory/target.js';
import type {
  Capability,
  ExecChannel,
  ExitStatus,
  Listener,
  ProcessChannelOptions,
  Transport,
  TransportConnectOptions,
  TransportEvents,
} from '../contract.js';
import { ChannelGate, type Refusal } from '../ssh2/channel-gate.js';
import { LogPipes } from './log-pipe.js';
import { type Master, startMaster } from './master.js';
import { MuxClient, type MuxFate, type MuxSetting, muxArguments } from './mux-client.js';
import { MuxExecChannel } from './mux-exec-channel.js';
import { sshCommandLine } from './ssh-arguments.js';
import type { OpenSshOptions } from './ssh-options.js';
import { isListening, Workplace } from './workplace.js';

const CAPABILITIES: ReadonlySet<Capability> = new Set(['exec']);

/** A way to a machine through the system's own `ssh`, by one master connection that all channels share. */
export class OpenSshTransport extends TypedEvents<TransportEvents> implements Transport {
  readonly kind = 'openssh';
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES;
  readonly #target: Readonly<Target>;
  readonly #options: OpenSshOptions;
  readonly #name: string;
  readonly #gate: ChannelGate;
  readonly #processes = new Set<MuxExecChannel>();
  #workplace: Workplace | undefined;
  #logs: LogPipes | undefined;
  #master: Master | undefined;
  #setting: MuxSetting | undefined;
  #over: HawserError | undefined;
  #ended = false;

  constructor(target: Readonly<Target>, options: OpenSshOptions) {
    super();
    this.#target = target;
    this.#options = options;
    this.#name = target.key ?? target.host;
    this.#gate = new ChannelGate(this.#name, () => this.emit('crowded'));
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
      this.#setting = { ssh, socket, host: this.#name, env, workplace, logs, options: [] };
      this.#master = master;
      master.ended.then((lines) => this.#lost(lines));
      o.trace.step(this.#name, 'ready', 'ssh');
    } catch (error) {
      await this.#clean();
      throw o.signal.aborted ? abortReason(o.signal, `connecting to ${this.#name}`, this.#name) : error;
    }
  }

  async exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel> {
    const { channel: client, done } = await this.#gate.through('exec', o.signal, async () => {
      const setting = this.#ready();
      const client = await MuxClient.start(setting, (log) => [
        ...muxArguments(setting, log),
        '-T',
        '--',
        this.#target.host,
        command,
      ]);
      return this.#admitted(client);
    });
    const channel = new MuxExecChannel(client, (fate) => this.#judge(fate));
    this.#processes.add(channel);
    const over = (): void => {
      this.#processes.delete(channel);
      done();
    };
    channel.exited.then(over, over);
    return channel;
  }

  async shell(): Promise<ExecChannel> {
    throw new ChannelError('unsupported', 'no shell', { host: this.#name });
  }

  async subsystem(): Promise<Duplex> {
    throw new ChannelError('unsupported', 'no subsystem', { host: this.#name });
  }

  async dial(): Promise<Duplex> {
    throw new ChannelError('unsupported', 'no dial', { host: this.#name });
  }

  async listen(): Promise<Listener> {
    throw new ChannelError('unsupported', 'no listen', { host: this.#name });
  }

  async close(): Promise<void> {
    this.#over ??= new ClosedError(`The connection to ${this.#name} was closed.`, { host: this.#name });
    this.#gate.close(this.#over);
    await Promise.allSettled([...this.#processes].map((process) => process.exited));
    await this.#end();
  }

  destroy(reason: HawserError): void {
    void this.#end(reason);
  }

  /** A client that has its session, or how the server refused it one. */
  async #admitted(client: MuxClient): Promise<MuxClient | Refusal> {
    if (await client.opened) return client;
    client.child.stdout.resume();
    client.child.stderr.resume();
    const { complaints } = await client.ended;
    const cause = new Error(complaints.join('; '));
    if (complaints.some((line) => line.includes('Session open refused by peer'))) {
      return { refused: 'connect-failed', cause };
    }
    await this.#missing();
    throw new ChannelError('refused', `${this.#name}: ${complaints.join('; ')}`, { host: this.#name, cause });
  }

  /** ssh ends with 255 where the process was ended by a signal, and where the master is gone. */
  async #judge(_fate: MuxFate): Promise<ExitStatus> {
    await this.#missing();
    return { missing: true };
  }

  /** Throws if the master does not listen any more. */
  async #missing(): Promise<void> {
    const { socket } = this.#ready();
    if (await isListening(socket)) return;
    this.#lost([]);
    throw this.#over;
  }

  #ready(): MuxSetting {
    if (this.#over !== undefined) throw this.#over;
    if (this.#setting === undefined) {
      throw new DisconnectedError(`There is no connection to ${this.#name}.`, { host: this.#name });
    }
    return this.#setting;
  }

  #lost(lines: readonly string[]): void {
    if (this.#ended) return;
    const why = lines.filter((line) => !line.startsWith('debug')).at(-1) ?? 'its master has gone';
    void this.#end(new DisconnectedError(`The connection to ${this.#name} was lost: ${why}.`, { host: this.#name }));
  }

  async #end(reason?: HawserError): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#over ??= reason ?? new ClosedError(`The connection to ${this.#name} was closed.`, { host: this.#name });
    this.#gate.close(this.#over);
    for (const process of this.#processes) process.lost(this.#over);
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
