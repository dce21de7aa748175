import type { Duplex } from 'node:stream';
import type { AcceptConnection, Client, ClientChannel, RejectConnection, TcpConnectionDetails } from 'ssh2';
import { ChannelError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import { visible } from '../../core/visible.js';
import type { Listener, ListenTarget } from '../contract.js';

/** Asks the far machine to listen, and passes its connections on (RFC 4254 §7.1; OpenSSH's PROTOCOL for socket paths). */
export function listenRemotely(client: Client, at: ListenTarget, host: string): Promise<Listener> {
  const where = 'socketPath' in at ? at.socketPath : `${at.host}:${at.port}`;
  return new Promise((resolve, reject) => {
    const refused = (cause: Error): void => {
      const message =
        `${host} did not listen on ${where}: ${visible(cause.message)}. Is it taken, or forbidden there ` +
        '(AllowTcpForwarding, GatewayPorts)?';
      reject(new ChannelError('refused', message, { host, cause }));
    };
    if ('socketPath' in at) {
      client.openssh_forwardInStreamLocal(at.socketPath, (error) => {
        if (error) refused(error);
        else resolve(new RemoteListener(client, at, undefined));
      });
      return;
    }
    client.forwardIn(at.host, at.port, (error, port) => {
      if (error) refused(error);
      else resolve(new RemoteListener(client, at, at.port === 0 ? port : at.port));
    });
  });
}

class RemoteListener extends TypedEvents<{ connection: [stream: Duplex]; close: [] }> implements Listener {
  readonly port: number | undefined;
  readonly #client: Client;
  readonly #at: ListenTarget;
  #closed = false;

  constructor(client: Client, at: ListenTarget, port: number | undefined) {
    super();
    this.#client = client;
    this.#at = at;
    this.port = port;
    client.on('tcp connection', this.#onTcp);
    client.on('unix connection', this.#onUnix);
    client.once('close', this.#onEnd);
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const at = this.#at;
    return new Promise((resolve) => {
      // A server that no longer answers has stopped listening as well.
      const done = (): void => {
        this.#onEnd();
        resolve();
      };
      this.#client.once('close', done);
      try {
        if ('socketPath' in at) this.#client.openssh_unforwardInStreamLocal(at.socketPath, done);
        else this.#client.unforwardIn(at.host, this.port ?? at.port, done);
      } catch {
        // There is no connection any more that it could be told over.
        done();
      }
    });
  }

  readonly #onTcp = (
    details: TcpConnectionDetails,
    accept: AcceptConnection<ClientChannel>,
    _reject: RejectConnection,
  ): void => {
    if (details.destPort === this.port) this.emit('connection', accept());
  };

  readonly #onUnix = (info: { socketPath: string }, accept: AcceptConnection): void => {
    if ('socketPath' in this.#at && info.socketPath === this.#at.socketPath) this.emit('connection', accept());
  };

  readonly #onEnd = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.off('tcp connection', this.#onTcp);
    this.#client.off('unix connection', this.#onUnix);
    this.#client.off('close', this.#onEnd);
    this.emit('close');
  };
}
