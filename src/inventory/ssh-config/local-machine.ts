import { readFileSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';

/** Who and where we are, as far as a configuration may ask. */
export interface LocalMachine {
  readonly user: string;
  /** The numeric user id; -1 where the system has none. */
  readonly uid: number;
  readonly home: string;
  /** The host name with its domain, if it has one. */
  readonly hostname: string;
}

/**
 * The machine that this process runs on. As in ssh, the home directory is the one of the user database, not `$HOME`;
 * that serves where the user has no entry there, as in a container.
 */
export function localMachine(): LocalMachine {
  try {
    const { username, uid, homedir: home } = userInfo();
    return { user: username, uid, home, hostname: hostname() };
  } catch {
    return { user: '', uid: process.getuid?.() ?? -1, home: homedir(), hostname: hostname() };
  }
}

/** The home directory of another user of this machine; `undefined` where the user database does not name one. */
export function homeOf(user: string): string | undefined {
  let entries: string;
  try {
    entries = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return undefined;
  }
  for (const entry of entries.split('\n')) {
    const fields = entry.split(':');
    if (fields[0] === user) return fields[5];
  }
  return undefined;
}

/**
 * Expands a leading `~` or `~user` to a home directory.
 *
 * @returns `undefined` when there is no such user.
 */
export function expandTilde(path: string, home: string): string | undefined {
  const found = /^~([^/]*)\/*([\s\S]*)$/.exec(path);
  if (found === null) return path;
  const [, user = '', rest = ''] = found;
  const base = user === '' ? home : homeOf(user);
  return base === undefined ? undefined : `${base}${base.endsWith('/') ? '' : '/'}${rest}`;
}
