/** One machine on the way to another. What is not given comes from the hop's own entry in the configuration. */
export interface JumpHost {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly username: string | undefined;
  readonly port: number | undefined;
}

/**
 * Parses the value of ProxyJump: `[user@]host[:port]` or `ssh://[user@]host[:port]`, separated by commas. The first hop
 * is the one nearest to us.
 *
 * @returns the hops, `'none'`, or `undefined` where the text is neither.
 */
export function parseProxyJump(text: string): readonly JumpHost[] | 'none' | undefined {
  if (text.toLowerCase() === 'none') return 'none';
  const hops: JumpHost[] = [];
  for (const part of text.split(',')) {
    const hop = parseHop(part);
    if (hop === undefined) return undefined;
    hops.push(hop);
  }
  return hops;
}

function parseHop(text: string): JumpHost | undefined {
  const uri = text.startsWith('ssh://');
  const place = uri ? text.slice('ssh://'.length).replace(/\/$/, '') : text;
  // A user name may hold an "@" of its own, but not in a URI, where it is written %40.
  const at = uri ? place.indexOf('@') : place.lastIndexOf('@');
  const [, address, name, digits = ''] = /^(?:\[([^\]]+)\]|([^:/[\]]+))(?::(.*))?$/.exec(place.slice(at + 1)) ?? [];
  const host = address ?? (uri ? domainOf(name) : name);
  const username = at === -1 ? undefined : uri ? decodeUser(place.slice(0, at)) : place.slice(0, at);
  const port = digits === '' ? undefined : parsePort(digits);
  const isWrong = host === undefined || (at !== -1 && (username ?? '') === '') || (digits !== '' && port === undefined);
  return isWrong ? undefined : { host, username, port };
}

/** A name as a URI may hold it: letters, digits, `.`, `-` and `_`; a dot at the end is dropped. */
function domainOf(name: string | undefined): string | undefined {
  return name !== undefined && /^[a-z\d](?:\.?[\w-]+)*\.?$/i.test(name) ? name.replace(/\.$/, '') : undefined;
}

function decodeUser(text: string): string | undefined {
  try {
    // Everything after ";" are connection parameters, which ssh leaves aside too.
    return decodeURIComponent((text.split(';', 1)[0] ?? '').replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Parses a port, 1 to 65535, or the one service name that means something here. */
export function parsePort(text: string): number | undefined {
  if (text === 'ssh') return 22;
  if (!/^\s*\+?\d+$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}
