import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { raceAbort, throwIfAborted } from '../../core/abort.js';
import { ChannelError, ClosedError, ConnectError, DisconnectedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import type { KeepAlive } from '../../inventory/target.js';
import type {
  Capability,
  ExecChannel,
  LinkFacts,
  Listener,
  ProcessChannelOptions,
  Transport,
  TransportConnectOptions,
  TransportEvents,
} from '../contract.js';
import { dialTcp } from '../dial-tcp.js';
import { holdProcess } from '../hold-process.js';
import { hopName } from '../hop-name.js';
import { TelnetShell } from './telnet-shell.js';

const CAPABILITIES: ReadonlySet<Capability> = new Set(['shell']);

const KEEP_ALIVE: Pick<KeepAlive, 'interval'> = { interval: 15_000 };

/** Options of a {@link TelnetTransport}. */
export interface TelnetTransportOptions {
  /** What errors call the machine. Default: `host`. */
  readonly name?: string | undefined;
  readonly host: string;
  /** Default 23. */
  readonly port?: number | undefined;
  /** Opens the way to host and port, where it leads through another machine; `through` names that one. Default: TCP. */
  readonly dial?: { readonly through: string; open(o: { readonly signal: AbortSignal }): Promise<Duplex> } | undefined;
  /**
   * After how long a silence the system asks the other one for a sign of life, by TCP: no program there sees it. How often
   * it asks before the link is lost is the system's to say. Through another machine it is that one's connection which is
   * watched. Default an `interval` of 15,000 ms; `false`: never.
   */
  readonly keepAlive?: Pick<KeepAlive, 'interval'> | false | undefined;
}

/**
 * One telnet connection (RFC 854), which is one terminal. Whoever is on the way reads everything, passwords included,
 * and can change it; so nothing is sent but answers to the far side's options and what is written to the shell.
 */
export class TelnetTransport extends TypedEvents<TransportEvents> implements Transport {
  readonly kind = 'telnet';
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES;
  readonly #options: TelnetTransportOptions;
  readonly #name: string;
  readonly #address: { readonly host: string; readonly port: number };
  #link: Duplex | undefined;
  #shell: TelnetShell | undefined;
  #ended = false;
  /** Why no shell is given out any more. */
  #over: HawserError | undefined;

  constructor(options: TelnetTransportOptions) {
    super();
    const { name, host, port = 23 } = options;
    this.#options = options;
    this.#name = name ?? host;
    this.#address = { host, port };
  }

  /** Of a link through another machine little is known. */
  get link(): LinkFacts | undefined {
    if (!(this.#link instanceof Socket)) return undefined;
    const { bytesWritten: bytesSent, bytesRead: bytesReceived } = this.#link;
    return { channels: this.#shell === undefined ? 0 : 1, bytesSent, bytesReceived, roundTripMs: undefined };
  }

  async connect(o: TransportConnectOptions): Promise<void> {
    throwIfAborted(o.signal, `connecting to ${this.#name}`, this.#name);
    const link = await this.#open(o);
    if (this.#over !== undefined) {
      link.destroy();
      throw this.#over;
    }
    this.#link = link;
    link.on('error', (error: Error) => this.destroy(this.#lost(visible(error.message), error)));
    // What it said before that can still be read, and the shell came to its end.
    link.once('close', () => this.#end(this.#lost('it closed the connection')));
    const { keepAlive = KEEP_ALIVE } = this.#options;
    if (keepAlive !== false && link instanceof Socket) link.setKeepAlive(true, keepAlive.interval);
    holdProcess(link, false);
    o.trace.step(hopName(this.#address), 'ready', 'telnet, not encrypted');
  }

  async exec(): Promise<ExecChannel> {
    throw this.#unsupported(
      'run a command beside its one terminal: `execute` of a CliConnection types it there; what needs more (spawn, os, tail) goes by SSH',
    );
  }

  async shell(o: ProcessChannelOptions): Promise<ExecChannel> {
    throwIfAborted(o.signal, 'opening a shell', this.#name);
    if (this.#over !== undefined) throw this.#over;
    const host = this.#name;
    if (this.#link === undefined) throw new DisconnectedError(`There is no connection to ${host}.`, { host });
    if (this.#shell !== undefined) {
      throw new ChannelError(
        'refused',
        `The telnet connection to ${host} is one terminal, which is in use: open another connection for another one.`,
        { host },
      );
    }
    holdProcess(this.#link, true);
    this.#shell = new TelnetShell(this.#link, o.pty, () => this.#end());
    return this.#shell;
  }

  async subsystem(name: string): Promise<Duplex> {
    throw this.#unsupported(`have a subsystem ${name}: use a connection by SSH for files`);
  }

  async dial(): Promise<Duplex> {
    throw this.#unsupported('forward: use a connection by SSH for that');
  }

  async listen(): Promise<Listener> {
    throw this.#unsupported('forward: use a connection by SSH for that');
  }

  async close(): Promise<void> {
    this.#over ??= this.#closed();
    await this.#shell?.exited.catch(() => {});
    this.#end();
  }

  destroy(reason: HawserError): void {
    this.#shell?.lost(reason);
    this.#end(reason);
  }

  async #open(o: TransportConnectOptions): Promise<Duplex> {
    const { dial } = this.#options;
    const name = this.#name;
    if (dial === undefined) {
      const words = { server: 'a telnet server', address: 'the host' };
      return dialTcp({ ...this.#address, name, family: 0, bindAddress: undefined, words }, o);
    }
    const hop = hopName(this.#address);
    o.trace.enter({ hop, phase: 'tcp' });
    const opening = dial.open({ signal: o.signal });
    const late = (link: Duplex): void => void link.on('error', () => {}).destroy();
    const link = await raceAbort(opening, o.signal, { doing: `connecting to ${name}`, host: name, late }).catch(
      (error: unknown) => {
        if (!(error instanceof ChannelError)) throw error;
        throw new ConnectError('tcp', `Cannot connect to ${name} (${hop}): ${error.message}`, {
          host: name,
          hop,
          cause: error,
          retryable: true,
        });
      },
    );
    o.trace.step(hop, 'tcp', `through ${dial.through}`);
    return link;
  }

  #unsupported(what: string): ChannelError {
    const host = this.#name;
    return new ChannelError('unsupported', `The telnet connection to ${host} cannot ${what}.`, { host });
  }

  #closed(): ClosedError {
    return new ClosedError(`The connection to ${this.#name} was closed.`, { host: this.#name });
  }

  #lost(why: string, cause?: unknown): DisconnectedError {
    const host = this.#name;
    return new DisconnectedError(`The connection to ${host} was lost: ${why}.`, { host, cause });
  }

  /** The end, once: the first reason is the one that everybody hears. */
  #end(reason?: HawserError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#over ??= reason ?? this.#closed();
    this.#link?.destroy();
    this.emit('close', reason);
  }
}
