import { SshConfig } from '../../inventory/ssh-config/ssh-config.js';
import type { Target } from '../../inventory/target.js';

/**
 * A target with the agent of the client who sent it, where that is another than this process's own and nothing else says which
 * to ask: ssh_config's `IdentityAgent` goes before `$SSH_AUTH_SOCK`, and `PubkeyAuthentication no` wants none.
 *
 * @param agent the client's `$SSH_AUTH_SOCK`.
 */
export function withClientAgent(target: Target, agent: unknown): Target {
  if (typeof agent !== 'string' || agent === '' || agent === process.env['SSH_AUTH_SOCK']) return target;
  const { host, port, username, sshConfig = true } = target;
  if (target.agent !== undefined) return target;
  const config = sshConfig === false ? undefined : SshConfig.loadSync(sshConfig === true ? undefined : sshConfig);
  const found = config?.resolve({ host, port, username });
  if (found?.identityAgent !== undefined || found?.pubkeyAuthentication === false) return target;
  return { ...target, agent };
}
