import type { Duplex } from 'node:stream';
import { throwIfAborted } from '../../core/abort.js';
import { ClosedError, DisconnectedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import { inTime } from '../../core/in-time.js';
import { visible } from '../../core/visible.js';
import type { Target } from '../../inventory/target.js';
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
} from '../contract.js';
import { LogPipes } from './log-pipe.js';
import { isAnswering, type Master } from './master.js';
import { MuxChannels } from './mux-channels.js';
import { MuxForwards } from './mux-forwards.js';
import { openMaster } from './open-master.js';
import type { OpenSshOptions } from './ssh-options.js';
import { Workplace } from './workplace.js';

const CAPABILITIES: ReadonlySet<Capability> = new Set(['exec', 'shell', 'subsystem', 'dial', 'listen']);

/** How long a master that ends may take to say why, or to take back what it was asked for, in milliseconds. */
const LAST_WORDS = 1000;

/** A connection that stands. */
interface Link {
  readonly master: Master;
  readonly channels: MuxChannels;
  readonly forwards: MuxForwards;
}

/** A way to a machine through the system's own `ssh`, by one master connection that all channels share. */
export class OpenSshTransport extends TypedEvents<TransportEvents> implements Transport {
  readonly kind = 'openssh';
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES;
  readonly #target: Readonly<Target>;
  readonly #options: OpenSshOptions;
  readonly #name: string;
  readonly #adopts: boolean;
  #place: { readonly workplace: Workplace; readonly logs: LogPipes } | undefined;
  #link: Link | undefined;
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

  get link(): LinkFacts | undefined {
    return this.#link?.channels.facts;
  }

  async connect(o: TransportConnectOptions): Promise<void> {
    throwIfAborted(o.signal, `connecting to ${this.#name}`, this.#name);
    const workplace = await Workplace.open(this.#name);
    const logs = new LogPipes(workplace);
    this.#place = { workplace, logs };
    const { name, options, target } = { name: this.#name, options: this.#options, target: this.#target };
    try {
      const { master, ...opened } = await openMaster(
        { target, options, name, workplace, logs, adopts: this.#adopts },
        o,
      );
      if (this.#over !== undefined) {
        master.release();
        throw this.#over;
      }
      const ssh = options.sshPath ?? 'ssh';
      const setting = { ...opened, ssh, socket: master.socket, host: name, env: process.env, workplace, logs };
      const owner = { check: () => this.#check(master), crowded: () => void this.emit('crowded') };
      this.#link = { master, channels: new MuxChannels(setting, owner), forwards: new MuxForwards(setting) };
      void master.ended.then((said) => this.#lost(said));
    } catch (error) {
      await this.#clean();
      throw error;
    }
  }

  async exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#open().channels.process(command, o);
  }

  async shell(o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#open().channels.process(undefined, o);
  }

  async subsystem(name: string, o: SubsystemOptions): Promise<Duplex> {
    return this.#open().channels.subsystem(name, o);
  }

  async dial(to: DialTarget, o: ChannelOptions): Promise<Duplex> {
    const { channels, forwards } = this.#open();
    return 'port' in to ? channels.dial(to, o) : forwards.dialSocket(to, o);
  }

  async listen(at: ListenTarget, o: ChannelOptions): Promise<Listener> {
    return this.#open().forwards.listen(at, o);
  }

  another(): Transport {
    // The sessions of a borrowed master are counted together, whoever opens them.
    return new OpenSshTransport(this.#target, this.#options, this.#options.reuseOnly === true);
  }

  async close(): Promise<void> {
    this.#over ??= this.#closed();
    await this.#link?.channels.drain(this.#over);
    await this.#end();
  }

  destroy(reason: HawserError): void {
    void this.#end(reason);
  }

  #closed(): ClosedError {
    return new ClosedError(`The connection to ${this.#name} was closed.`, { host: this.#name });
  }

  #open(): Link {
    if (this.#over !== undefined) throw this.#over;
    if (this.#link !== undefined) return this.#link;
    throw new DisconnectedError(`There is no connection to ${this.#name}.`, { host: this.#name });
  }

  /** Throws if the master takes no more sessions. */
  async #check(master: Master): Promise<void> {
    const isOver = master.ended.then(() => false);
    if (this.#over === undefined && (await Promise.race([isAnswering(master.socket), isOver]))) return;
    // It is on its way out, and may say why.
    this.#lost(await inTime(master.ended, LAST_WORDS));
    throw this.#over ?? this.#closed();
  }

  /** `said`: what the master said of the reason, where it did. */
  #lost(said: string | undefined): void {
    if (this.#ended) return;
    const why = said === undefined ? 'its master connection has ended' : visible(said).replace(/\.$/, '');
    void this.#end(new DisconnectedError(`The connection to ${this.#name} was lost: ${why}.`, { host: this.#name }));
  }

  /** The end, once: the first reason is the one that everybody hears. */
  async #end(reason?: HawserError): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#over ??= reason ?? this.#closed();
    const { master, channels, forwards } = this.#link ?? {};
    channels?.lost(this.#over);
    // What a borrowed master listens for would be left behind in it.
    if (master?.borrowed) await inTime(forwards?.close() ?? Promise.resolve(), LAST_WORDS);
    forwards?.lost();
    master?.release();
    this.emit('close', reason);
    await master?.ended;
    await this.#clean();
  }

  async #clean(): Promise<void> {
    await this.#place?.logs.close(this.#over ?? this.#closed());
    await this.#place?.workplace.close();
  }
}
