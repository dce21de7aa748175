import type { Client, ClientChannel } from 'ssh2';
import { ChannelError } from '../../core/errors.js';
import { visible } from '../../core/visible.js';
import type { DialTarget } from '../contract.js';

/** How the refusals of a forwarding channel read (RFC 4254 §5.1). */
const REASONS: Readonly<Record<number, string>> = {
  1: 'it does not allow forwarding there (AllowTcpForwarding and PermitOpen in its sshd_config)',
  2: 'it could not connect there',
  3: 'it knows no such forwarding',
  4: 'it has no room for another channel',
};

/** Opens a stream from the far machine to somewhere else (RFC 4254 §7.2; OpenSSH's PROTOCOL for socket paths). */
export function dialThrough(client: Client, to: DialTarget, through: string): Promise<ClientChannel> {
  const where = 'socketPath' in to ? to.socketPath : `${to.host}:${to.port}`;
  return new Promise((resolve, reject) => {
    const opened = (error: Error | undefined, channel: ClientChannel): void => {
      if (error === undefined) {
        resolve(channel);
        return;
      }
      const reason: unknown = Reflect.get(error, 'reason');
      const why = typeof reason === 'number' ? REASONS[reason] : undefined;
      const said = visible(error.message.replace(/^\(SSH\) Channel open failure: /, ''));
      reject(
        new ChannelError('refused', `${through} did not open a stream to ${where}: ${why ?? 'it refused'} (${said}).`, {
          host: through,
          cause: error,
        }),
      );
    };
    // The originator is told for the server's log alone; it is this process, which has no port of its own in this.
    if ('socketPath' in to) client.openssh_forwardOutStreamLocal(to.socketPath, opened);
    else client.forwardOut('127.0.0.1', 0, to.host, to.port, opened);
  });
}
