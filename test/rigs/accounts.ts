import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('accounts.sh', import.meta.url));
const run = promisify(execFile);
const directory = '/run/hawser-rigs';

/** The passphrase of the locked identities. */
export const passphrase: string = 'hawser passphrase';

/** Key files of clients. Every server of the rigs lets all of them in, but for the stranger. */
export interface Identities {
  readonly ed25519: string;
  readonly ecdsa: string;
  readonly rsa: string;
  /** Encrypted with {@link passphrase}. */
  readonly lockedEd25519: string;
  /** Encrypted with {@link passphrase}. */
  readonly lockedRsa: string;
  /** A key that no server knows. */
  readonly stranger: string;
}

/** The key files, the same for all rigs of this machine. They are there once a rig has started. */
export const identities: Identities = {
  ed25519: `${directory}/id_ed25519`,
  ecdsa: `${directory}/id_ecdsa`,
  rsa: `${directory}/id_rsa`,
  lockedEd25519: `${directory}/id_ed25519_locked`,
  lockedRsa: `${directory}/id_rsa_locked`,
  stranger: `${directory}/id_stranger`,
};

/** Public keys of all {@link identities} but the stranger, as sshd reads them. */
export const authorizedKeys: string = `${directory}/authorized_keys`;

/** Ordinary accounts of this machine, and the password that all of them have. */
export interface Accounts {
  /** `hawser-test1`, `hawser-test2`, … with the shell `/bin/sh`. */
  readonly users: readonly [string, ...string[]];
  readonly password: string;
}

/** Makes the accounts `hawser-test1` to `hawser-testN` where they are missing. Other test files may be using them: change nothing in them. */
export async function makeAccounts(count: number = 1): Promise<Accounts> {
  const others = Array.from({ length: count - 1 }, (_, index) => `hawser-test${index + 2}`);
  const { stdout } = await run(script, ['users', 'hawser-test1', ...others]);
  return { users: ['hawser-test1', ...others], password: stdout };
}

/** Accounts that may become root. */
export interface SudoAccounts {
  /** Its `sudo` asks for {@link SudoAccounts.password} each time. */
  readonly asking: 'hawser-sudo';
  /** Its `sudo` asks for nothing. */
  readonly free: 'hawser-free';
  readonly password: string;
}

/** Makes the accounts that may use `sudo`, and its rules for them, where they are missing. */
export async function makeSudoAccounts(): Promise<SudoAccounts> {
  const { stdout } = await run(script, ['sudoers']);
  return { asking: 'hawser-sudo', free: 'hawser-free', password: stdout };
}

/** Makes the account `hawser-router`, who may talk to the daemons of FRRouting, where it is missing. */
export async function makeRouterAccount(): Promise<{ readonly user: 'hawser-router'; readonly password: string }> {
  const { stdout } = await run(script, ['router']);
  return { user: 'hawser-router', password: stdout };
}

/**
 * Writes a PAM service that asks two questions in two rounds, "Password: " and "Password required for NAME.", both of
 * which want the account's password. Returns the name to start sshd under so that it uses that service.
 */
export async function makeTwoRoundPam(): Promise<string> {
  await run(script, ['pam']);
  return `${directory}/hawser-rig-sshd`;
}
