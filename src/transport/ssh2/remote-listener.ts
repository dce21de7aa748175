import type { Duplex } from 'node:stream';
import type { AcceptConnection, Channel, Client, TcpConnectionDetails } from 'ssh2';
import { ChannelError } from '../../core/errors.js';
import { TypedEvents } from '../../core/events.js';
import { visible } from '../../core/visible.js';
import type { Listener, ListenTarget } from '../contract.js';

/** Where to listen, for whom, and what is done with each connection before it is passed on. */
export interface RemoteListening {
  readonly at: ListenTarget;
  /** The far machine's name, for messages. */
  readonly host: string;
  readonly adopt: (channel: Channel) => Duplex;
}

/** Asks the far machine to listen, and passes its connections on (RFC 4254 §7.1; OpenSSH's PROTOCOL for socket paths). */
export function listenRemotely(client: Client, listening: RemoteListening): Promise<Listener> {
  const { at, host } = listening;
  return new Promise((resolve, reject) => {
    const refused = (cause: Error): void => {
      const message = `${host} did not listen on ${whereAndWhyNot(at, visible(cause.message))}`;
      reject(new ChannelError('refused', message, { host, cause }));
    };
    if ('socketPath' in at) {
      client.openssh_forwardInStreamLocal(at.socketPath, (error) => {
        if (error) refused(error);
        else resolve(new RemoteListener(client, listening, undefined));
      });
      return;
    }
    client.forwardIn(at.host, at.port, (error, port) => {
      if (error) refused(error);
      else resolve(new RemoteListener(client, listening, at.port === 0 ? port : at.port));
    });
  });
}

/** Servers refuse without a reason: these are all that there are (sshd_config(5)). */
function whereAndWhyNot(at: ListenTarget, said: string): string {
  if ('socketPath' in at) {
    return (
      `${at.socketPath}: ${said}. Is a file in its place (StreamLocalBindUnlink), the directory closed to the user, or ` +
      'it forbidden there (AllowStreamLocalForwarding)? Only OpenSSH knows of it.'
    );
  }
  return (
    `${at.host === '' ? '*' : at.host}:${at.port}: ${said}. Is it taken, below 1024, or forbidden there ` +
    '(AllowTcpForwarding, PermitListen, GatewayPorts)?'
  );
}

class RemoteListener extends TypedEvents<{ connection: [stream: Duplex]; close: [] }> implements Listener {
  readonly port: number | undefined;
  readonly #client: Client;
  readonly #at: ListenTarget;
  readonly #adopt: (channel: Channel) => Duplex;
  #closed = false;

  constructor(client: Client, { at, adopt }: RemoteListening, port: number | undefined) {
    super();
    this.#client = client;
    this.#at = at;
    this.#adopt = adopt;
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
        this.#client.off('close', done);
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

  // The server names the address as it was asked for: one port may be listened on for several.
  readonly #onTcp = (details: TcpConnectionDetails, accept: AcceptConnection): void => {
    if ('host' in this.#at && details.destIP === this.#at.host && details.destPort === this.port) this.#take(accept());
  };

  readonly #onUnix = (info: { socketPath: string }, accept: AcceptConnection): void => {
    if ('socketPath' in this.#at && info.socketPath === this.#at.socketPath) this.#take(accept());
  };

  #take(channel: Channel): void {
    const stream = this.#adopt(channel);
    if (this.emit('connection', stream)) return;
    // The first connection may be in one packet with the server's consent, which its listener has not heard of yet.
    setImmediate(() => {
      if (!this.emit('connection', stream)) stream.resume().destroy();
    });
  }

  readonly #onEnd = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.off('tcp connection', this.#onTcp);
    this.#client.off('unix connection', this.#onUnix);
    this.#client.off('close', this.#onEnd);
    this.emit('close');
  };
}
