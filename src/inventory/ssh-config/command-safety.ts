import { OptionError } from '../../core/hawser-error.js';
import type { SshHostQuery } from './host-config.js';

const UNSAFE_HOST = /^-|['"`$\\;&<>|(){},\s\p{Cc}]/u;
const UNSAFE_USER = /^-|['"`;&<>|(){}\p{Cc}]|\s-|\\$/u;

/**
 * Refuses a host or a user name that would mean something to the shell once `%h`, `%n` or `%r` are put into a command.
 * The rules are those of ssh since 9.6 (CVE-2023-51385). What the configuration itself says is trusted, as it is there.
 *
 * @throws OptionError when a name is refused.
 */
export function refuseUnsafe({ host, username }: SshHostQuery, where: string): void {
  if (UNSAFE_HOST.test(host)) throw unsafe('host', host, host, where);
  if (username !== undefined && UNSAFE_USER.test(username)) throw unsafe('user', username, host, where);
}

function unsafe(kind: string, name: string, host: string, where: string): OptionError {
  const what = `The ${kind} ${JSON.stringify(name)} holds characters that a shell would act upon`;
  return new OptionError(`${what}, so it is not put into ${where} of the SSH configuration.`, { host });
}
