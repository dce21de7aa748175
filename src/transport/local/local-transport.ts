import type { Duplex } from 'node:stream';
import { throwIfAborted } from '../../core/abort.js';
import { ChannelError, ClosedError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import type { HawserError } from '../../core/hawser-error.js';
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
} from '../contract.js';
import { LocalProcess } from './local-process.js';
import { LocalTerminal } from './local-terminal.js';
import { spawnShell } from './spawn-shell.js';

const CAPABILITIES: ReadonlySet<Capability> = new Set(['exec', 'shell', 'dial', 'listen', 'signal']);
const HOST = 'local';

/** A process of this transport that can be told that its terminal is gone. */
type OwnProcess = ExecChannel & { hangUp(reason: HawserError): void };

/** This machine: processes in the user's shell, in the working directory and with the environment of this process. */
export class LocalTransport extends TypedEvents<TransportEvents> implements Transport {
  readonly kind = 'local';
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES;
  readonly #processes = new Set<OwnProcess>();
  #over: HawserError | undefined;

  constructor() {
    super();
    // Each open file hears of the end.
    this.setMaxListeners(0);
  }

  async connect(o: TransportConnectOptions): Promise<void> {
    throwIfAborted(o.signal, 'opening the local connection', HOST);
    o.trace.step(HOST, 'ready', 'this machine');
  }

  exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#start(command, o);
  }

  shell(o: ProcessChannelOptions): Promise<ExecChannel> {
    return this.#start(undefined, o);
  }

  async subsystem(name: string): Promise<Duplex> {
    throw new ChannelError('unsupported', `This machine has no ${name} subsystem: its files are reached directly.`, {
      host: HOST,
    });
  }

  async dial(to: DialTarget, o: ChannelOptions): Promise<Duplex> {
    const { dialHere } = await import('./listen-here.js');
    return dialHere(to, o);
  }

  async listen(at: ListenTarget, o: ChannelOptions): Promise<Listener> {
    const { listenHere } = await import('./listen-here.js');
    return listenHere(at, o);
  }

  async close(): Promise<void> {
    this.#over ??= new ClosedError('The local connection was closed.', { host: HOST });
    await Promise.allSettled([...this.#processes].map((process) => process.exited));
    this.#end();
  }

  destroy(reason: HawserError): void {
    this.#over ??= reason;
    for (const process of this.#processes) process.hangUp(reason);
    this.#end(reason);
  }

  async #start(command: string | undefined, o: ProcessChannelOptions): Promise<ExecChannel> {
    if (this.#over !== undefined) throw this.#over;
    throwIfAborted(o.signal, 'starting a process', HOST);
    const env = definedOnly(process.env);
    const shell = process.env['SHELL'] ?? '/bin/sh';
    const started: OwnProcess =
      o.pty === undefined
        ? await LocalProcess.start(spawnShell(command, { cwd: process.cwd(), env, shell }))
        : await LocalTerminal.start(shell, command, env, o.pty);
    this.#processes.add(started);
    const gone = (): void => void this.#processes.delete(started);
    started.exited.then(gone, gone);
    return started;
  }

  #end(reason?: HawserError): void {
    if (this.listenerCount('close') > 0) this.emit('close', reason);
    this.removeAllListeners('close');
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
