import type { JumpHost } from './proxy-jump.js';
import type { AlgorithmList } from './settings.js';

/** Which host is asked for, and by whom. */
export interface SshHostQuery {
  /** The host as the user typed it: an alias, a name or an address (IPv6 without brackets). */
  readonly host: string;
  /** A user name that wins over the configuration, as `ssh -l` does. */
  readonly username?: string | undefined;
  /** A port that wins over the configuration, as `ssh -p` does. */
  readonly port?: number | undefined;
  /** The local user's name, for `Match localuser` and `%u`. Default: who runs this process. */
  readonly localUser?: string | undefined;
  /** The local host name, for `%l` and `%L`. Default: this machine's. */
  readonly localHostname?: string | undefined;
}

/** Where a setting was decided. */
export interface SettingSource {
  /** The file; `undefined` for text that was handed in. */
  readonly file: string | undefined;
  /** 1-based. */
  readonly line: number;
}

/**
 * What ssh_config(5) says of one host, with tokens, tildes and environment variables expanded.
 *
 * A field that no line has set is `undefined` (a list: empty), so that the caller's own default applies.
 */
export interface SshHostConfig {
  /** The host as the user typed it. */
  readonly originalHost: string;
  /** The name (in lower case) or address to connect to; the original host where no HostName is given. */
  readonly hostName: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  /** The private keys to try, in order. */
  readonly identityFiles: readonly string[];
  /** Whether ssh would try its default key files: no IdentityFile is given, not even `none`. */
  readonly defaultIdentities: boolean;
  /** Whether to offer the identity files alone, and of an agent's keys only those. */
  readonly identitiesOnly: boolean | undefined;
  /** The agent's socket; `false` where no agent is to be used, or the variable that would name it is not set. */
  readonly identityAgent: string | false | undefined;
  readonly certificateFiles: readonly string[];
  /** The hops on the way, the one nearest to us first; `undefined` for none. Never set together with `proxyCommand`. */
  readonly proxyJump: readonly JumpHost[] | undefined;
  /** The shell command that stands in for a connection. */
  readonly proxyCommand: string | undefined;
  /** Empty for `none`. */
  readonly userKnownHostsFiles: readonly string[] | undefined;
  /** Empty for `none`. */
  readonly globalKnownHostsFiles: readonly string[] | undefined;
  readonly hashKnownHosts: boolean | undefined;
  readonly strictHostKeyChecking: 'yes' | 'no' | 'ask' | 'accept-new' | undefined;
  /** The name under which the host's key is looked up and stored. */
  readonly hostKeyAlias: string | undefined;
  readonly connectTimeoutSeconds: number | undefined;
  readonly connectionAttempts: number | undefined;
  readonly serverAliveIntervalSeconds: number | undefined;
  readonly serverAliveCountMax: number | undefined;
  readonly ciphers: AlgorithmList | undefined;
  readonly macs: AlgorithmList | undefined;
  readonly kexAlgorithms: AlgorithmList | undefined;
  readonly hostKeyAlgorithms: AlgorithmList | undefined;
  readonly pubkeyAcceptedAlgorithms: AlgorithmList | undefined;
  /** Methods of authentication in the order to try, by the names of RFC 4252. */
  readonly preferredAuthentications: readonly string[] | undefined;
  readonly pubkeyAuthentication: boolean | undefined;
  readonly passwordAuthentication: boolean | undefined;
  readonly kbdInteractiveAuthentication: boolean | undefined;
  /** Names of our variables that are sent to the server; they may have wildcards. */
  readonly sendEnv: readonly string[];
  /** Variables that are set at the server. */
  readonly setEnv: Readonly<Record<string, string>>;
  /** Whether to forward the agent; a text is the socket of the agent to forward. */
  readonly forwardAgent: boolean | string | undefined;
  readonly compression: boolean | undefined;
  readonly addressFamily: 'any' | 'inet' | 'inet6' | undefined;
  readonly bindAddress: string | undefined;
  /**
   * The line that decided a keyword of ssh_config(5), such as `Port` (in any case); of a keyword that adds up, the first
   * line. `undefined` where no line did: it is the default, or the caller gave it.
   */
  source(keyword: string): SettingSource | undefined;
}
