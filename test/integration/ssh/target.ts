import type { Target } from '../../../src/inventory/target.js';
import type { SshServer } from '../../rigs/ssh-server.js';

/** A target for a rig's server that depends on nothing of the machine's user: no agent, no ssh_config. */
export function targetOf(server: SshServer, more: Partial<Target> = {}): Target {
  return {
    host: server.host,
    port: server.port,
    username: server.user,
    privateKey: server.identity,
    knownHosts: server.knownHosts,
    sshConfig: false,
    agent: false,
    ...more,
  };
}

/** The error that a promise rejects with. */
export async function errorOf<E extends Error>(
  work: Promise<unknown>,
  kind: abstract new (...args: never[]) => E,
): Promise<E> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof kind) return outcome;
  throw new Error(`expected ${kind.name}, got ${outcome instanceof Error ? outcome.stack : String(outcome)}`);
}
