import { isIPv6 } from 'node:net';
import type { HopLike, Target } from './target.js';

const REDACTED = '[secret]';

/** What {@link redactTarget} needs to see as a key's text and not as the path of one. */
const KEY_TEXT = /-----BEGIN |PuTTY-User-Key-File|[\r\n]/u;

/**
 * Writes a target as `parseTarget` reads it, without anything but protocol, user, host and port: `user@host:port`,
 * with IPv6 in brackets where a port follows, as a URL for other protocols than ssh, and `local:` for this machine.
 */
export function formatTarget(target: Pick<Target, 'host' | 'port' | 'username' | 'protocol'>): string {
  const { host, port, username, protocol = 'ssh' } = target;
  if (protocol === 'local') return host === 'localhost' ? 'local:' : `local:${host}`;
  const plain = protocol === 'ssh' && (username === undefined || !/[\s:/]/u.test(username)) && !/^local$/iu.test(host);
  const user = username === undefined ? '' : `${plain ? username : encodeURIComponent(username)}@`;
  const address = formatHost(host, port !== undefined || !plain, !plain);
  const authority = `${user}${address}${port === undefined ? '' : `:${port}`}`;
  return plain ? authority : `${protocol}://${authority}`;
}

/** The name of a target in a fleet: its `key`, which `parseTarget` sets to the string it read; else its host. */
export function targetKey(target: Pick<Target, 'host' | 'key'>): string {
  return target.key ?? target.host;
}

/** Whether a `privateKey` is a key itself rather than the path of one. */
export function isKeyText(key: string | Buffer): boolean {
  return typeof key !== 'string' || KEY_TEXT.test(key);
}

/**
 * A copy of a target that may be shown, logged and turned into JSON: passwords, passphrases and the text of private
 * keys become `'[secret]'` (paths of keys stay), functions `'[function]'`, and an open connection its id.
 *
 * It is for eyes and records and cannot be connected to.
 */
export function redactTarget(target: Readonly<Target>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(target)) {
    if (value !== undefined) shown[field] = redactField(field, value, target);
  }
  return shown;
}

function redactField(field: string, value: unknown, { privateKey, proxyJump }: Readonly<Target>): unknown {
  if (field === 'password' || field === 'passphrase') return REDACTED;
  if (field === 'privateKey' && privateKey !== undefined) {
    return isList(privateKey) ? privateKey.map(redactKey) : redactKey(privateKey);
  }
  if (field === 'proxyJump' && proxyJump !== undefined) {
    return isList(proxyJump) ? proxyJump.map(redactHop) : redactHop(proxyJump);
  }
  return typeof value === 'function' ? '[function]' : value;
}

function redactKey(key: string | Buffer): string {
  return typeof key !== 'string' || isKeyText(key) ? REDACTED : key;
}

function redactHop(hop: HopLike): unknown {
  if (typeof hop === 'string') return hop;
  return 'dial' in hop ? hop.id : redactTarget(hop);
}

/** `Array.isArray` does not narrow a union that holds a `readonly` array. */
function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

function formatHost(host: string, bracket: boolean, url: boolean): string {
  if (!bracket || !host.includes(':') || !isIPv6(host)) return host;
  return `[${url ? host.replace('%', '%25') : host}]`;
}
