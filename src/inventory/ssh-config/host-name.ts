import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { errorAt } from './lexer.js';
import { asciiLowerCase } from './pattern.js';
import type { Draft } from './settings.js';
import { expand } from './tokens.js';

/** The host name that a draft leads to: its HostName with `%h` expanded to the host, else the host itself. */
export function expandHostName(draft: Draft, host: string): string {
  const { hostname } = draft.settings;
  if (hostname === undefined) return host;
  return expand(hostname, {
    tokens: (letter) => (letter === 'h' ? host : undefined),
    fail: (what) => {
      const at = draft.positionOf('hostname') ?? { file: undefined, line: 1, column: 1 };
      return errorAt(at, `HostName ${hostname} cannot be expanded: ${what}`);
    },
  });
}

/**
 * Writes a host as ssh does from then on: names in lower case, addresses in their shortest form, unless they are of
 * another family than AddressFamily asks for.
 */
export function normalizeHost(host: string, family: 'any' | 'inet' | 'inet6' = 'any'): string {
  if (host.includes('%')) return host;
  if (isIPv6(host)) return family === 'inet' ? host : shortIPv6(host);
  if (host.includes(':')) return host;
  return (family === 'inet6' ? undefined : shortIPv4(host)) ?? asciiLowerCase(host);
}

function shortIPv6(host: string): string {
  const { address } = new SocketAddress({ address: host, family: 'ipv6' });
  // What differs in case alone stays as it was written, so that known_hosts is searched for the same text.
  return address === asciiLowerCase(host) ? host : address;
}

/** Reads the forms that inet_aton(3) takes, such as `127.1`, `2130706433` or `0x7f.1`; `undefined` for a name. */
function shortIPv4(host: string): string | undefined {
  if (!/^(?:0x[\da-f]+|\d+)(?:\.(?:0x[\da-f]+|\d+)){0,3}$/i.test(host)) return undefined;
  try {
    const { hostname } = new URL(`http://${host}`);
    return isIPv4(hostname) ? hostname : undefined;
  } catch {
    return undefined;
  }
}
