import { createHash } from 'node:crypto';

/**
 * How many strings follow the type in a public key of the plain types (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4,
 * OpenSSH's PROTOCOL.u2f). Types that are not listed are taken as they come: they are compared, never used.
 */
const FIELDS: ReadonlyMap<string, number> = new Map([
  ['ssh-ed25519', 1],
  ['ssh-rsa', 2],
  ['ssh-dss', 4],
  ['ecdsa-sha2-nistp256', 2],
  ['ecdsa-sha2-nistp384', 2],
  ['ecdsa-sha2-nistp521', 2],
  ['sk-ssh-ed25519@openssh.com', 2],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 3],
]);

/** A public key's own word for its type, such as `ssh-ed25519`; `undefined` if `key` does not begin with one. */
export function keyTypeOf(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  if (length === 0 || length > 64 || 4 + length > key.length) return undefined;
  const type = key.toString('latin1', 4, 4 + length);
  return /^[!-+\--~]+$/.test(type) ? type : undefined;
}

/**
 * Says what makes `key` impossible as a public key on the wire; `undefined` if nothing does.
 *
 * Keys are compared byte by byte, so a key must have one way only to be written: a revoked key that came back with a
 * zero more in front of a number, a compressed point or a tail would otherwise pass for a new one.
 */
export function publicKeyFault(key: Buffer): string | undefined {
  const type = keyTypeOf(key);
  if (type === undefined) return 'it does not begin with the name of a key type';
  const wanted = FIELDS.get(type);
  if (wanted === undefined) return undefined;
  const fields: Buffer[] = [];
  let at = 4 + type.length;
  while (at < key.length && fields.length < wanted) {
    const end = at + 4 <= key.length ? at + 4 + key.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (end > key.length) return 'it is cut short';
    fields.push(key.subarray(at + 4, end));
    at = end;
  }
  if (fields.length < wanted) return 'it is cut short';
  if (at < key.length) return 'something follows the key';
  return fieldFault(type, fields);
}

function fieldFault(type: string, fields: readonly Buffer[]): string | undefined {
  if (type === 'ssh-rsa' || type === 'ssh-dss') {
    return fields.every(isShortestPositive) ? undefined : 'a number in it is not in its shortest form (RFC 4251 §5)';
  }
  const [first, second] = fields;
  if (type.includes('ed25519')) return first?.length === 32 ? undefined : 'an Ed25519 key has 32 bytes';
  const curve = /nistp\d+/.exec(type)?.[0];
  if (first?.toString('latin1') !== curve) return 'its curve is not that of its type';
  return second?.[0] === 4 ? undefined : 'its point is not in the uncompressed form';
}

/** Whether an `mpint` (RFC 4251 §5) is positive and has no needless byte in front. */
function isShortestPositive(number: Buffer): boolean {
  const [first, second] = number;
  if (first === undefined || first >= 0x80) return false;
  return first !== 0 || (second !== undefined && second >= 0x80);
}

/**
 * The fingerprint of a public key as it came over the wire: `SHA256:` and unpadded base64, the same that
 * `ssh-keygen -l` prints.
 */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** A key type as ssh-keygen(1) shows it beside a fingerprint: `ED25519` for `ssh-ed25519`, `ECDSA` for its curves. */
export function shortKeyType(type = 'unknown'): string {
  return (type.startsWith('ecdsa-') ? 'ecdsa' : type.replace(/^ssh-/, '')).toUpperCase();
}
