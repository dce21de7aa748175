import { formatTarget } from '../inventory/format-target.js';
import type { Target } from '../inventory/target.js';
import type { SshContext } from '../transport/ssh2/ssh-context.js';
import type { OpenedTransport } from './connection.js';

/** A way over SSH, and `user@host:port` with what ssh_config adds to the target. */
export interface SshLink extends OpenedTransport {
  readonly id: string;
}

/** Resolves a target and makes the way to it, unopened. */
export async function openSshLink(target: Readonly<Target>, context: SshContext): Promise<SshLink> {
  // ssh2 takes a tenth of a second to load: who works on this machine alone never waits for it.
  const [{ resolveEndpoint }, { Ssh2Transport }] = await Promise.all([
    import('../transport/ssh2/resolve-endpoint.js'),
    import('../transport/ssh2/ssh2-transport.js'),
  ]);
  const { endpoint, connectTimeout } = await resolveEndpoint(target, (choice) => context.config(choice));
  const { host, port, username } = endpoint;
  return {
    transport: new Ssh2Transport(endpoint, context),
    connectTimeout,
    id: formatTarget({ host, port, username }),
  };
}
