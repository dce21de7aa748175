import { OptionError } from '../core/hawser-error.js';
import { checkLimit } from '../core/limiter.js';
import type { TestAuthMethod, TestCredentials, TestRound } from './credentials.js';
import { type Faults, makeFaults } from './faults.js';
import type { SftpPaths } from './host-settings.js';

/** What may be said of every host of a fleet, and of each. */
export interface TestHostSettings {
  /** Default `'tester'`. */
  readonly username?: string;
  /** Further users, whom the same credentials let in; what they run has their name in `$USER`. Default: none. */
  readonly otherUsers?: readonly string[];
  /** A password that lets the user in. Default: none does. */
  readonly password?: string;
  /** Public keys that let the user in, beside the one that the fleet makes: lines such as `ssh-ed25519 AAAA…`. */
  readonly authorizedKeys?: readonly string[];
  /** Rounds of keyboard-interactive questions that let the user in. Default: there are none. */
  readonly rounds?: readonly TestRound[];
  /**
   * Methods that are all demanded, in this order, with partial success in between (RFC 4252 §5.1). Default: any one of
   * those that there are credentials for.
   */
  readonly auth?: readonly TestAuthMethod[];
  /** Refused requests before the connection is closed. Default 6, as sshd's `MaxAuthTries`. */
  readonly maxAuthTries?: number;
  /** What goes wrong from the start. */
  readonly faults?: Partial<Faults>;
  /**
   * How SFTP reads paths. `'private'` (default): `/` is the host's directory. `'real'`: paths are those that commands on
   * the host see, and all outside its directory are refused; for tests that hand absolute paths from one to the other.
   */
  readonly sftpPaths?: SftpPaths;
  /** Variables in the environment of everything that the host runs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text that is shown before authentication (RFC 4252 §5.4). */
  readonly authBanner?: string;
  /** What follows `SSH-2.0-` in the banner. Default `OpenSSH_9.2 hawser-test-host`: clients then expect what sshd does. */
  readonly ident?: string;
}

/** One host of a fleet, where it differs from the others. */
export interface TestHostOptions extends TestHostSettings {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
}

/** Options of `startTestFleet`; what is said here holds for every host that does not say otherwise. */
export interface TestFleetOptions extends TestHostSettings {
  /** How many (named `host1`, `host2`, …), or which. Default 1. */
  readonly hosts?: number | readonly (string | TestHostOptions)[];
}

/** The options of each host, checked. Throws {@link OptionError}. */
export function hostOptions(o: TestFleetOptions): TestHostOptions[] {
  const { hosts = 1, ...common } = o;
  const given: readonly TestHostOptions[] =
    typeof hosts === 'number'
      ? Array.from({ length: checkLimit('hosts', hosts) }, (_, i) => ({ name: `host${i + 1}` }))
      : hosts.map((host) => (typeof host === 'string' ? { name: host } : host));
  const names = new Set<string>();
  return given.map((host) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(host.name)) {
      throw new OptionError(
        `Expected the \`hosts\` option to hold names of letters, digits, ".", "_" and "-", got ${JSON.stringify(host.name)}.`,
      );
    }
    if (names.has(host.name)) {
      throw new OptionError(`Expected the \`hosts\` option to name each host once, got ${host.name} twice.`);
    }
    names.add(host.name);
    return { ...common, ...host, faults: { ...makeFaults(common.faults), ...host.faults } };
  });
}

/** The credentials of a host. Throws {@link OptionError} where a method is demanded that nobody could pass. */
export function hostCredentials(o: TestHostSettings, clientKey: string): TestCredentials {
  const { auth, password, rounds } = o;
  if (auth?.length === 0) {
    throw new OptionError('Expected the `auth` option to name at least one method, got none.');
  }
  if (auth?.includes('password') === true && password === undefined) {
    throw new OptionError('Expected a `password` option where `auth` demands a password.');
  }
  if (auth?.includes('keyboard-interactive') === true && rounds === undefined) {
    throw new OptionError('Expected a `rounds` option where `auth` demands keyboard-interactive.');
  }
  return {
    username: o.username ?? 'tester',
    otherUsers: o.otherUsers ?? [],
    authorizedKeys: [clientKey, ...(o.authorizedKeys ?? [])],
    password,
    rounds,
    auth,
    maxAuthTries: checkLimit('maxAuthTries', o.maxAuthTries ?? 6),
  };
}
