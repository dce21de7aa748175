import type { Target } from '../../src/inventory/target.js';
import type { Login } from '../lib/many-hosts.js';

/** A host of the benchmarks as hawser is told of it, with nothing of the user's own configuration. */
export function hawserTarget({ port, user, identity, knownHosts }: Login, host: string): Target {
  return { host, port, username: user, privateKey: identity, knownHosts, agent: false, sshConfig: false };
}
