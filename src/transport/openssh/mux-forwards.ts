import { rm } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { neverAborted, raceAbort, throwIfAborted } from '../../core/abort.js';
import { ChannelError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import { visible } from '../../core/visible.js';
import type { ChannelOptions, DialTarget, Listener, ListenTarget } from '../contract.js';
import { dialHere, listenHere } from '../local/listen-here.js';
import { orderMaster } from './mux-control.js';
import type { MuxSetting } from './mux-session.js';

/** The forwardings of one master: what it listens for over there comes to sockets of ours, and the other way round. */
export class MuxForwards {
  readonly #setting: MuxSetting;
  readonly #listeners = new Set<MuxListener>();

  constructor(setting: MuxSetting) {
    this.#setting = setting;
  }

  /** Has the far machine listen. Throws `ChannelError` where it does not, `AbortError`. */
  async listen(at: ListenTarget, { signal }: ChannelOptions): Promise<Listener> {
    const { host, workplace } = this.#setting;
    const doing = `listening on ${host}`;
    throwIfAborted(signal, doing, host);
    const socketPath = workplace.path('r');
    const local = await listenHere({ socketPath }, { signal });
    const spec = `${'socketPath' in at ? word(at.socketPath) : `${bracketed(at.host)}:${at.port}`}:${word(socketPath)}`;
    const listener = new MuxListener(local, async () => {
      await orderMaster(this.#setting, 'cancel', ['-R', spec]);
    });
    this.#listeners.add(listener);
    listener.once('close', () => this.#listeners.delete(listener));
    try {
      return await raceAbort(this.#ask(listener, spec, at), signal, { doing, host });
    } catch (error) {
      void listener.close();
      throw error;
    }
  }

  /**
   * A stream from the far machine to a Unix socket that it can reach. ssh tells nobody whether somebody listens there: a
   * stream that leads nowhere ends at once.
   */
  async dialSocket(to: Extract<DialTarget, { socketPath: string }>, { signal }: ChannelOptions): Promise<Duplex> {
    const { host, workplace } = this.#setting;
    const doing = `connecting from ${host} to ${to.socketPath}`;
    throwIfAborted(signal, doing, host);
    const socketPath = workplace.path('d');
    const spec = ['-L', `${word(socketPath)}:${word(to.socketPath)}`];
    const open = async (): Promise<Duplex> => {
      const { ok, complaint } = await orderMaster(this.#setting, 'forward', spec);
      if (!ok) {
        throw new ChannelError('refused', `${host} did not open a stream to ${to.socketPath}: ${visible(complaint)}.`, {
          host,
        });
      }
      try {
        return await dialHere({ socketPath }, { signal: neverAborted });
      } finally {
        await orderMaster(this.#setting, 'cancel', spec).catch(() => {});
        await rm(socketPath, { force: true });
      }
    };
    return raceAbort(open(), signal, { doing, host, late: (late) => void late.destroy() });
  }

  /** Takes everything back that a master of somebody else's was asked for. */
  async close(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
  }

  /** The master is gone, and what it listened for with it. */
  lost(): void {
    for (const listener of this.#listeners) listener.lost();
  }

  async #ask(listener: MuxListener, spec: string, at: ListenTarget): Promise<MuxListener> {
    const { ok, stdout, complaint } = await orderMaster(this.#setting, 'forward', ['-R', spec]);
    if (ok) return listener.begin('port' in at ? at.port || Number.parseInt(stdout, 10) : undefined);
    const { host } = this.#setting;
    const where = 'socketPath' in at ? at.socketPath : `${at.host === '' ? '*' : at.host}:${at.port}`;
    throw new ChannelError(
      'refused',
      `${host} did not listen on ${where}: ${visible(complaint)}. Is it taken, or forbidden there (AllowTcpForwarding, ` +
        'AllowStreamLocalForwarding, PermitListen, GatewayPorts)?',
      { host },
    );
  }
}

/** A listener of the far machine, whose connections come over a socket of ours. */
class MuxListener extends TypedEvents<{ connection: [stream: Duplex]; close: [] }> implements Listener {
  readonly #local: Listener;
  readonly #cancel: () => Promise<void>;
  /** What comes before anybody can know that it may. */
  #early: Duplex[] | undefined = [];
  #port: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(local: Listener, cancel: () => Promise<void>) {
    super();
    this.#local = local;
    this.#cancel = cancel;
    local.on('connection', (stream) => this.#take(stream));
  }

  get port(): number | undefined {
    return this.#port;
  }

  /** The far machine listens. */
  begin(port: number | undefined): this {
    this.#port = port;
    setImmediate(() => {
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const stream of early) this.#take(stream);
    });
    return this;
  }

  close(): Promise<void> {
    // A master that has gone has stopped listening as well.
    this.#closed ??= this.#cancel()
      .catch(() => {})
      .then(() => this.#end());
    return this.#closed;
  }

  lost(): void {
    this.#closed ??= this.#end();
  }

  #take(stream: Duplex): void {
    if (this.#early !== undefined) this.#early.push(stream);
    else if (!this.emit('connection', stream)) stream.resume().destroy();
  }

  async #end(): Promise<void> {
    // What has come in goes on: who took it closes it.
    await this.#local.close();
    this.emit('close');
  }
}

function bracketed(host: string): string {
  if (host === '') return '*';
  return host.includes(':') ? `[${host}]` : host;
}

/** A path in a forwarding, whose parts are told apart by colons. */
function word(path: string): string {
  return path.replace(/[\\:]/g, '\\$&');
}
