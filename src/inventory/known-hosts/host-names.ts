import { OptionError } from '../../core/hawser-error.js';
import { matchesPattern } from '../host-pattern.js';

/**
 * The name under which `known_hosts` has a host: in lower case, and `[host]:port` for other ports than 22 (sshd(8)).
 *
 * @throws OptionError if the port is none.
 */
export function recordedName(host: string, port: number): string {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new OptionError(`Expected the port of a host key to be an integer from 1 to 65535, got ${port}`, { host });
  }
  const name = foldCase(host);
  return port === 22 ? name : `[${name}]:${port}`;
}

/** ASCII letters in lower case, and nothing else changed: `toLowerCase` would make a `k` of the Kelvin sign. */
export function foldCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Whether `name`, in lower case, is one of the comma-separated `patterns`, in lower case too. A match of a pattern with
 * `!` in front rules the whole list out, wherever it stands, and cannot by itself make a match (ssh_config(5)).
 */
export function matchesNames(patterns: readonly string[], name: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) {
      if (matchesPattern(pattern.slice(1), name)) return false;
    } else if (!matched) {
      matched = matchesPattern(pattern, name);
    }
  }
  return matched;
}
