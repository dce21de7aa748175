import type { Login } from './many-hosts.js';

/** The text of an ssh_config that lets every program in by the same login. */
export function sshConfig({ port, user, identity, knownHosts }: Login): string {
  const settings = [
    `Port ${port}`,
    `User ${user}`,
    `IdentityFile ${identity}`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${knownHosts}`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
  ];
  return `Host *\n${settings.map((line) => `  ${line}\n`).join('')}`;
}
