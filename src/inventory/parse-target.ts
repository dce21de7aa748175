import { isIPv6 } from 'node:net';
import { OptionError, ParseError } from '../core/hawser-error.js';
import { hostFault, userFault } from './host-name.js';
import type { Target, TargetProtocol } from './target.js';

/** The schemes that take `//user@host:port`. */
const SCHEMES: ReadonlyMap<string, TargetProtocol> = new Map([
  ['ssh', 'ssh'],
  ['openssh', 'openssh'],
  ['telnet', 'telnet'],
]);

const URL_START = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//u;

/** How much of a faulty text an error repeats. */
const SHOWN = 80;

/**
 * Reads a target as users write it.
 *
 * ```text
 * web1                    an alias of ssh_config, or a host name
 * user@host:2222          the last @ splits, as in ssh(1); a user name may hold others
 * [::1]:22  ::1           IPv6: in brackets where a port follows
 * ssh://user@[::1]:22     a URL; the user may be percent-encoded (RFC 3986 §2.1), a zone is %25eth0 (RFC 6874)
 * openssh://web1          the system's ssh client          telnet://host:2601
 * local:                  this machine                     local:build    the same, called "build"
 * ```
 * The result's `key` is `text`; its `protocol` is set where the text names one.
 *
 * @throws ParseError with the column of the first character that cannot be meant.
 * @throws OptionError if the text holds a password: it would end up in logs and in the shell's history.
 */
export function parseTarget(text: string): Target {
  if (typeof text !== 'string') throw new OptionError(`Expected a target to be a string, got ${typeof text}`);
  refusePassword(text);
  if (text === '') throw fault(text, 0, 'it is empty; write a host, such as web1 or user@host:2222');
  if (/^local:/iu.test(text)) return parseLocal(text);
  const url = URL_START.exec(text);
  if (url === null) return { ...parseAuthority(text, 0, text.length, false), key: text };

  const [start, scheme = ''] = url;
  const protocol = SCHEMES.get(scheme.toLowerCase());
  if (protocol === undefined) {
    throw fault(text, 0, `there is no protocol ${scheme}; known are ssh://, openssh://, telnet:// and local:`);
  }
  return { ...parseAuthority(text, start.length, authorityEnd(text, start.length), true), protocol, key: text };
}

/** Comes before every other check, so that no later message can quote what may be a password. */
function refusePassword(text: string): void {
  const start = URL_START.exec(text)?.[0].length ?? 0;
  const at = text.lastIndexOf('@');
  if (at < 0 || !text.slice(start, at).includes(':')) return;
  throw new OptionError(
    'A target must not hold a password (user:password@host): it would show in logs and in the history of the shell. ' +
      "Give it as the `password` option instead; write a user name that holds ':' as ssh://my%3Aname@host",
  );
}

function parseLocal(text: string): Target {
  const name = text.slice('local:'.length);
  if (name === '') return { host: 'localhost', protocol: 'local', key: text };
  if (/^\d+$/u.test(name)) {
    throw fault(text, 'local:'.length, `local: means this machine; a host called local is ssh://local:${name}`);
  }
  const wrong = hostFault(name);
  if (wrong !== undefined) throw fault(text, 'local:'.length + wrong.at, wrong.why);
  return { host: name, protocol: 'local', key: text };
}

/** A single slash may end a URL; anything more would be a path, a query or a fragment. */
function authorityEnd(text: string, start: number): number {
  const end = text.slice(start).search(/[/?#]/u);
  if (end < 0) return text.length;
  const at = start + end;
  if (text.slice(at) !== '/') throw fault(text, at, 'a target has no path, query or fragment; end it after the port');
  return at;
}

/** `[user@]host[:port]` between two indexes of `text`, so that columns are those of the whole. */
function parseAuthority(text: string, start: number, end: number, url: boolean): Target {
  const at = text.lastIndexOf('@', end - 1);
  const hasUser = at >= start;
  const { host, port } = parseHostPort(text, hasUser ? at + 1 : start, end, url);
  if (!hasUser) return { host, ...port };
  return { host, ...port, username: parseUser(text, start, at, url) };
}

function parseUser(text: string, start: number, end: number, url: boolean): string {
  const written = text.slice(start, end);
  // Outside of a URL a space is a slip of the hand; inside it was encoded on purpose.
  const space = written.search(/\s/u);
  if (space >= 0) throw fault(text, start + space, 'a target cannot hold white space; in a URL, write %20');
  const user = url ? decodeUser(text, start, written) : written;
  const wrong = userFault(user);
  if (wrong !== undefined) throw fault(text, start + (user === written ? wrong.at : 0), wrong.why);
  return user;
}

function decodeUser(text: string, start: number, written: string): string {
  const bad = written.search(/%(?![0-9A-Fa-f]{2})/u);
  if (bad >= 0)
    throw fault(text, start + bad, 'a % in the user of a URL begins an escape of two hex digits (RFC 3986)');
  try {
    return decodeURIComponent(written);
  } catch {
    throw fault(text, start + written.indexOf('%'), 'the escapes in the user are not UTF-8');
  }
}

interface HostPort {
  readonly host: string;
  /** To be spread: an object without `port` where none was written. */
  readonly port: { port?: number };
}

function parseHostPort(text: string, start: number, end: number, url: boolean): HostPort {
  const written = text.slice(start, end);
  if (written.startsWith('[')) return parseBracketed(text, start, end, url);
  const colon = written.indexOf(':');
  if (colon < 0 || (!url && isIPv6(written))) return { host: checkedHost(text, start, written), port: {} };
  if (written.indexOf(':', colon + 1) >= 0) {
    const hint = 'an IPv6 address with a port is written [address]:port';
    throw fault(text, start + colon, `this is neither host:port nor an IPv6 address; ${hint}`);
  }
  const host = checkedHost(text, start, written.slice(0, colon));
  return { host, port: { port: parsePort(text, start + colon + 1, end) } };
}

function parseBracketed(text: string, start: number, end: number, url: boolean): HostPort {
  const close = text.indexOf(']', start);
  if (close < 0 || close >= end) throw fault(text, start, 'the bracket is never closed');
  const inside = text.slice(start + 1, close);
  const host = url ? inside.replace(/%25(?=.)/u, '%') : inside;
  if (!isIPv6(host)) {
    throw fault(
      text,
      start + 1,
      'brackets go round an IPv6 address, such as [::1]:22; ranges of hosts are for HostSet',
    );
  }
  checkedHost(text, start + 1, host);
  if (close + 1 === end) return { host, port: {} };
  if (text[close + 1] !== ':') throw fault(text, close + 1, 'only a port, as in [::1]:22, can follow the bracket');
  return { host, port: { port: parsePort(text, close + 2, end) } };
}

function checkedHost(text: string, start: number, host: string): string {
  const wrong = hostFault(host);
  if (wrong !== undefined) throw fault(text, start + wrong.at, wrong.why);
  return host;
}

function parsePort(text: string, start: number, end: number): number {
  const written = text.slice(start, end);
  const port = /^\d{1,5}$/u.test(written) ? Number(written) : 0;
  if (port < 1 || port > 65_535) throw fault(text, start, 'the port must be a number from 1 to 65535');
  return port;
}

function fault(text: string, index: number, why: string): ParseError {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return new ParseError(`Cannot read ${JSON.stringify(shown)} as a target: ${why}`, { line: 1, column: index + 1 });
}
