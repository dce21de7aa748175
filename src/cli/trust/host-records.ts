import { type HostKeyVerdict, KnownHosts } from '../../inventory/known-hosts/known-hosts.js';
import { SshConfig } from '../../inventory/ssh-config/ssh-config.js';
import type { HostKeyInfo, Target } from '../../inventory/target.js';

const USER_FILE = '~/.ssh/known_hosts';
const GLOBAL_FILE = '/etc/ssh/ssh_known_hosts';

/** What is on record of a host's keys, and where a new one goes. */
export interface HostRecords {
  readonly keys: readonly { readonly info: HostKeyInfo; readonly verdict: HostKeyVerdict }[];
  /** The file that new keys are added to: the first one that is looked into. */
  readonly file: string;
  /** Whether names are hidden there. */
  readonly hash: boolean;
}

/** Looks the keys that a host showed up in the files that a connect to it would look into. */
export async function recordsOf(
  target: Target,
  keys: readonly HostKeyInfo[],
  { hash = false }: { readonly hash?: boolean },
): Promise<HostRecords> {
  const { host, port, username, sshConfig = true } = target;
  const config = sshConfig === false ? undefined : await SshConfig.load(sshConfig === true ? undefined : sshConfig);
  const found = config?.resolve({
    host,
    ...(port === undefined ? {} : { port }),
    ...(username === undefined ? {} : { username }),
  });
  const files =
    target.knownHosts === undefined
      ? [...(found?.userKnownHostsFiles ?? [USER_FILE]), ...(found?.globalKnownHostsFiles ?? [GLOBAL_FILE])]
      : [target.knownHosts].flat();
  const known = await KnownHosts.load(files);
  return {
    keys: keys.map((info) => ({ info, verdict: known.verify(info.host, info.port, info.key) })),
    file: files[0] ?? USER_FILE,
    hash: hash || found?.hashKnownHosts === true,
  };
}
