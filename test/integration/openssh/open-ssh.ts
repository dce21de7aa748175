import { afterEach } from 'vitest';
import { OpenSshConnection, type OpenSshConnectionOptions } from '../../../src/connection/open-ssh-connection.js';
import type { Target } from '../../../src/inventory/target.js';
import type { SshServer } from '../../rigs/ssh-server.js';
import { targetOf } from '../ssh/target.js';

/** Makes connections to a rig's server by the system's ssh; they are closed after the test. */
export function openSshTo(): (
  server: SshServer,
  target?: Partial<Target>,
  o?: Omit<OpenSshConnectionOptions, 'target'>,
) => OpenSshConnection {
  const made: OpenSshConnection[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map((connection) => connection.close()));
  });
  return (server, target, o) => {
    const connection = new OpenSshConnection({ ...o, target: { ...targetOf(server, target), protocol: 'openssh' } });
    made.push(connection);
    return connection;
  };
}
