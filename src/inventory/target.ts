import type { Duplex } from 'node:stream';

/** The ways to a machine that a {@link Target} can name. */
export type TargetProtocol = 'ssh' | 'openssh' | 'local' | 'telnet';

/** A secret, or a function that fetches it when it is needed and not before. */
export type SecretSource = string | (() => string | Promise<string>);

/** One question of a server's keyboard-interactive authentication (RFC 4256 §3.2). */
export interface AuthPrompt {
  /** The question as the server wrote it. Untrusted text: make control characters visible before showing it. */
  readonly prompt: string;
  /** Whether the answer may be shown while it is typed. */
  readonly echo: boolean;
}

/** What is known of a host key that a server showed, handed to a {@link HostKeyPolicy} that is a function. */
export interface HostKeyInfo {
  /** The host as it is looked up in `known_hosts`. */
  readonly host: string;
  readonly port: number;
  /** The key's type as the protocol names it, such as `ssh-ed25519`. */
  readonly keyType: string;
  /** The public key, as it came over the wire (RFC 4253 §6.6). */
  readonly key: Buffer;
  /** `SHA256:` and the unpadded base64 of the key's hash, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** What `known_hosts` says of it. */
  readonly status: 'trusted' | 'unknown' | 'mismatch' | 'revoked';
  /** The machine that showed it, as `host:port`: the target itself or one of its jump hosts. */
  readonly hop: string;
}

/**
 * Which host keys are accepted.
 *
 * - `'strict'`: those that `known_hosts` trusts.
 * - `'accept-new'`: those, and the first one of a host that has none on record. A changed or revoked key is refused.
 * - `'insecure-accept-any'`: every key. Whoever sits on the path can read and change everything.
 * - `{ fingerprints }`: those with one of these `SHA256:…` fingerprints, whatever `known_hosts` says.
 * - a function: those for which it returns (or resolves to) a literal `true`.
 */
export type HostKeyPolicy =
  | 'strict'
  | 'accept-new'
  | 'insecure-accept-any'
  | { readonly fingerprints: readonly string[] }
  | ((info: HostKeyInfo) => boolean | Promise<boolean>);

/** How a silent link is found out (`ServerAliveInterval` and `ServerAliveCountMax` of ssh_config(5)). */
export interface KeepAlive {
  /** Milliseconds of silence before the server is asked for a sign of life. Default 15,000. */
  readonly interval: number;
  /** After how many questions without an answer the link counts as lost. Default 3. */
  readonly countMax: number;
}

/** The kinds of algorithm that a connection negotiates (RFC 4253 §7.1). */
export type AlgorithmKind = 'kex' | 'hostKey' | 'cipher' | 'mac' | 'compression';

/** The algorithms to offer, best first. A kind that is left out keeps its default list. */
export type Algorithms = Partial<Record<AlgorithmKind, readonly string[]>>;

/** An open connection, as far as the next hop of a `proxyJump` needs to know it. It is borrowed, never closed. */
export interface JumpHost {
  /** Such as `user@host:port`. */
  readonly id: string;
  readonly host: string;
  /** What it was made with, so that a record of what goes through it can name it in full. */
  readonly target?: Readonly<Target>;
  /** Opens a stream from that machine to `to`. */
  dial(to: { host: string; port: number }, o: { signal: AbortSignal }): Promise<Duplex>;
}

/** A jump host: a string that `parseTarget` reads, a {@link Target}, or an open connection. */
export type HopLike = string | Target | JumpHost;

/** The fields of a {@link Target} that a record cannot hold: secrets, and whatever is a function. */
export type UnrecordedField = 'password' | 'privateKey' | 'passphrase' | 'keyboardInteractive' | 'hostKey';

/**
 * A machine, and how to get into it. Only `host` is needed; ssh_config and defaults supply the rest.
 *
 * Fields that are set here win over ssh_config.
 */
export interface Target {
  /** A host name, an alias of ssh_config, or an address; IPv6 without brackets, perhaps with a zone (`fe80::1%eth0`). */
  host: string;
  /** The name under which it is registered in a fleet. Default: the string it came from, else `host`. */
  key?: string;
  /** Default `'ssh'`. */
  protocol?: TargetProtocol;
  /** 1 to 65535. Default: ssh_config's `Port`, else 22 (23 for telnet). */
  port?: number;
  /** Default: ssh_config's `User`, else the local user's name. */
  username?: string;
  /** Tried last. A function is called when the server asks for a password. */
  password?: SecretSource;
  /** A path (`~` is expanded) or a key's text, or several of them in the order in which they are tried. */
  privateKey?: string | Buffer | readonly (string | Buffer)[];
  /** For the private keys that are encrypted. A function is called when one turns out to be, with what that key is called. */
  passphrase?: string | ((key: string) => string | Promise<string>);
  /** The agent's socket path. Default `$SSH_AUTH_SOCK`; `false`: never ask an agent. */
  agent?: string | false;
  /** Answers the server's questions, one answer for each prompt (RFC 4256). */
  keyboardInteractive?: (
    prompts: readonly AuthPrompt[],
    info: { name: string; instructions: string },
  ) => Promise<readonly string[]>;
  /** Default `'strict'`. */
  hostKey?: HostKeyPolicy;
  /** Files of known host keys. Default `~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts`. */
  knownHosts?: string | readonly string[];
  /** Hops on the way, the one nearest to us first. An open connection is borrowed, never closed. */
  proxyJump?: HopLike | readonly HopLike[];
  /** A command of the local shell whose stdin and stdout are the way to the server (ssh_config(5), ProxyCommand). */
  proxyCommand?: string;
  /** Default `true`: `~/.ssh/config`, then `/etc/ssh/ssh_config`. A string: that file alone. `false`: none. */
  sshConfig?: boolean | string;
  /** Milliseconds for the whole of a connect, all hops and authentication included. Default 20,000. */
  connectTimeout?: number;
  /** Default an `interval` of 15,000 ms and a `countMax` of 3; `false`: none. */
  keepAlive?: KeepAlive | false;
  /** Default: what the transport supports and holds to be safe. */
  algorithms?: Algorithms;
  /** Serialize the services of the connection with its lock. Default `false`. */
  threadSafe?: boolean;
  /**
   * What was set when this was written down, and is not in the record that it was read from. It is written down again;
   * nothing else comes of it. Set by whatever reads records.
   */
  missing?: readonly UnrecordedField[];
}
