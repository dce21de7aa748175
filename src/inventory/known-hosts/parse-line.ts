import { visible } from '../../core/visible.js';
import { type HashedName, parseHashedName } from './hashed-names.js';
import { keyTypeOf, publicKeyFault } from './public-key.js';

/** What stands in front of a line that is not simply a known key (sshd(8)). */
export type KnownHostMarker = 'revoked' | 'cert-authority';

/** One line of a `known_hosts` file, taken apart. */
export interface KnownHostLine {
  /** `revoked`: the key must never be accepted. `cert-authority`: it signs host certificates, and is no host's key. */
  readonly marker: KnownHostMarker | undefined;
  /** The host names as they stand there: a comma list of patterns, or one hashed name. */
  readonly names: string;
  readonly hashed: HashedName | undefined;
  /** The key's type by its own word, such as `ssh-ed25519`. */
  readonly type: string;
  /** The public key as it comes over the wire (RFC 4253 §6.6). */
  readonly key: Buffer;
  readonly comment: string;
}

/** A line that says nothing usable. */
export interface LineFault {
  /** 0-based index of the first character that could not be understood. */
  readonly at: number;
  readonly why: string;
}

/** Signature algorithms that OpenSSH takes for the type of a key, which they are not. */
const TYPE_ALIASES: ReadonlyMap<string, string> = new Map([
  ['rsa-sha2-256', 'ssh-rsa'],
  ['rsa-sha2-512', 'ssh-rsa'],
]);

/**
 * Reads one line of a `known_hosts` file, without its line end (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): `undefined` for
 * a comment or a blank line.
 */
export function parseKnownHostsLine(text: string): KnownHostLine | LineFault | undefined {
  const start = skipBlanks(text, 0);
  if (start === text.length || text[start] === '#') return undefined;

  let marker: KnownHostMarker | undefined;
  let at = start;
  if (text[at] === '@') {
    const end = fieldEnd(text, at);
    const word = text.slice(at + 1, end);
    if (word !== 'revoked' && word !== 'cert-authority') {
      return { at, why: `there is no marker @${visible(word)}, only @revoked and @cert-authority` };
    }
    marker = word;
    at = skipBlanks(text, end);
    if (text[at] === '@') return { at, why: 'a line has one marker at most' };
  }

  const namesEnd = fieldEnd(text, at);
  const names = text.slice(at, namesEnd);
  if (names === '') return { at, why: 'host names are missing after the marker' };
  const hashed = names.startsWith('|') ? parseHashedName(names) : undefined;
  if (hashed === undefined && names.startsWith('|')) return { at, why: 'a hashed name reads |1|salt|hash' };

  const typeAt = skipBlanks(text, namesEnd);
  const typeEnd = fieldEnd(text, typeAt);
  const type = text.slice(typeAt, typeEnd);
  if (type === '' || type.startsWith('#')) return { at: typeAt, why: 'the key is missing after the host names' };
  if (/^\d+$/.test(type)) return { at: typeAt, why: 'a key of SSH protocol 1 is of no use any more; remove the line' };

  const keyAt = skipBlanks(text, typeEnd);
  const keyEnd = fieldEnd(text, keyAt);
  const encoded = text.slice(keyAt, keyEnd);
  if (encoded === '') return { at: keyAt, why: 'the key is missing after its type' };
  const key = Buffer.from(encoded, 'base64');
  if (key.toString('base64') !== encoded) return { at: keyAt, why: 'the key is not in base64' };

  const fault = publicKeyFault(key);
  if (fault !== undefined) return { at: keyAt, why: `the key is damaged: ${fault}` };
  const own = keyTypeOf(key) ?? '';
  if (own !== type && own !== TYPE_ALIASES.get(type)) {
    return { at: typeAt, why: `the type is given as ${visible(type)}, and the key says ${own}` };
  }
  return { marker, names, hashed, type: own, key, comment: text.slice(skipBlanks(text, keyEnd)).trimEnd() };
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

/** Fields are parted by spaces and tabs alone. Looked for with `indexOf`, as the keys are long and lines many. */
function fieldEnd(text: string, from: number): number {
  const space = text.indexOf(' ', from);
  const field = space < 0 ? text.length : space;
  const tab = text.indexOf('\t', from);
  return tab >= 0 && tab < field ? tab : field;
}
