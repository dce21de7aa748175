import type {
  Algorithms,
  AuthPrompt,
  HostKeyPolicy,
  JumpHost,
  KeepAlive,
  SecretSource,
  Target,
} from '../../inventory/target.js';

/** How an {@link SshEndpoint} is reached. */
export type Route =
  | { readonly kind: 'direct'; readonly family: 0 | 4 | 6; readonly bindAddress: string | undefined }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'jump'; readonly through: SshEndpoint }
  | { readonly kind: 'borrowed'; readonly through: JumpHost };

/** A private key, where it comes from, and whether its absence is worth a word. */
export interface KeySource {
  /** A path, or the key's text. */
  readonly key: string | Buffer;
  /** `given`: by the target; `config`: an IdentityFile; `default`: a usual place, whose absence is no news. */
  readonly origin: 'given' | 'config' | 'default';
}

/** What a user can prove who he is with, in the order in which it is tried. */
export interface Credentials {
  readonly agent: string | undefined;
  /** Offer only those of the agent's keys that `keys` names (IdentitiesOnly of ssh_config(5)). */
  readonly identitiesOnly: boolean;
  readonly keys: readonly KeySource[];
  readonly passphrase: Target['passphrase'];
  readonly keyboardInteractive:
    | ((prompts: readonly AuthPrompt[], info: { name: string; instructions: string }) => Promise<readonly string[]>)
    | undefined;
  readonly password: SecretSource | undefined;
  /** Certificate files that ssh_config names: this transport cannot use them, and says so when authentication fails. */
  readonly certificates: readonly string[];
  /** The methods to try, in this order (PreferredAuthentications); `undefined`: all, in the usual order. */
  readonly preferred: readonly string[] | undefined;
}

/**
 * One SSH server, with everything decided that a connect needs: the outcome of a target, ssh_config and the defaults.
 */
export interface SshEndpoint {
  /** As the user named it; errors speak of it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly route: Route;
  readonly credentials: Credentials;
  readonly hostKey: HostKeyPolicy;
  /** Looked up in known_hosts instead of host and port (HostKeyAlias). */
  readonly hostKeyAlias: string | undefined;
  readonly knownHosts: readonly string[] | undefined;
  /** Whether names are hashed when a key is recorded (HashKnownHosts). */
  readonly hashKnownHosts: boolean;
  readonly algorithms: Algorithms;
  readonly keepAlive: KeepAlive | false;
  /** How often TCP is tried (ConnectionAttempts). */
  readonly attempts: number;
  /** Variables to send with each session (SendEnv, SetEnv); servers take those that their AcceptEnv names. */
  readonly environment: Readonly<Record<string, string>>;
  /** The socket of the agent that the far machine may ask (ForwardAgent). */
  readonly forwardAgent: string | undefined;
}
