import type { Duplex } from 'node:stream';
import { throwIfAborted } from '../../core/abort.js';
import { ChannelError, ClosedError, DisconnectedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
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
import type { Master } from './master.js';
import { MuxChannels } from './mux-channels.js';
import type { MuxSetting } from './mux-session.js';
import { openMaster } from './open-master.js';
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
  readonly #adopts: boolean;
  #place: { readonly workplace: Workplace; readonly logs: LogPipes } | undefined;
  #master: Master | undefined;
  #channels: MuxChannels | undefined;
  #over: HawserError | undefined;
  #ended = false;

  /** @param adopts whether a master that is open already will do. */
  constructor(target: Readonly<Target>, options: OpenSshOptions, adopts = true) {
    super();
    this.#target = target;
    this.#options = options;
    this.#adopts = adopts;
    this.#name = target.key ?? target.host;
    // Each open file hears of the end.
    this.setMaxListeners(0);
  }

  async connect(o: TransportConnectOptions): Promise<void> {
    throwIfAborted(o.signal, `connecting to ${this.#name}`, this.#name);
    const workplace = await Workplace.open(this.#name);
    const logs = new LogPipes(workplace);
    this.#place = { workplace, logs };
    const { name, options, target } = { name: this.#name, options: this.#options, target: this.#target };
    try {
      const opened = await openMaster({ target, options, name, workplace, logs, adopts: this.#adopts }, o);
      this.#master = opened.master;
      if (this.#over !== undefined) throw this.#over;
      const setting: MuxSetting = {
        ...opened,
        ssh: options.sshPath ?? 'ssh',
        socket: opened.master.socket,
        host: name,
        env: process.env,
        workplace,
        logs,
      };
      this.#channels = new MuxChannels(setting, { check: () => this.#check(), crowded: () => this.emit('crowded') });
      opened.master.ended.then((said) => this.#lost(said));
    } catch (error) {
      this.#master?.release();
      await this.#clean();
      throw error;
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
    // The sessions of a borrowed master are counted together, whoever opens them.
    return new OpenSshTransport(this.#target, this.#options, this.#options.reuseOnly === true);
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
    this.#lost(undefined);
    throw this.#over ?? this.#closed();
  }

  #open(): MuxChannels {
    if (this.#over !== undefined) throw this.#over;
    if (this.#channels === undefined) {
      throw new DisconnectedError(`There is no connection to ${this.#name}.`, { host: this.#name });
    }
    return this.#channels;
  }

  /** `said`: the last words of the master, where it had any. */
  #lost(said: string | undefined): void {
    if (this.#ended) return;
    const why = said === undefined ? 'its master has ended' : visible(said).replace(/\.$/, '');
    void this.#end(new DisconnectedError(`The connection to ${this.#name} was lost: ${why}.`, { host: this.#name }));
  }

  /** The end, once: the first reason is the one that everybody hears. */
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
    this.#place?.logs.close();
    await this.#place?.workplace.close();
  }
}
