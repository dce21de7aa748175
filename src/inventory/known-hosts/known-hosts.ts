import type { Abortable } from '../../core/abort.js';
import { OptionError, ParseError } from '../../core/hawser-error.js';
import { hostFault } from '../host-name.js';
import { EntryIndex, type IndexedEntry, type KnownHostEntry } from './entry-index.js';
import { hashName } from './hashed-names.js';
import { recordedName } from './host-names.js';
import { parseKnownHostsLine } from './parse-line.js';
import { fingerprint, keyTypeOf, publicKeyFault } from './public-key.js';
import { readKnownHostsFiles } from './read-files.js';

/** What is on record about a host key that a server showed. */
export interface HostKeyVerdict {
  /**
   * - `trusted`: this very key is on record for the host.
   * - `unknown`: no key is on record for the host.
   * - `mismatch`: other keys are, and not this one. The host was reinstalled, or someone is in between.
   * - `revoked`: the key is marked `@revoked` for the host. Wins over everything else.
   */
  readonly status: 'trusted' | 'unknown' | 'mismatch' | 'revoked';
  /** The key's type by its own word, such as `ssh-ed25519`. */
  readonly keyType: string;
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** The line that decided: the trusted or revoked one, or one with another key (of the same type if there is one). */
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /**
   * The types of the keys on record for the host. Complete for `unknown` and `mismatch`, so that a client which could not
   * order its algorithms beforehand can connect again and ask for these; for the others perhaps not, hashes are not
   * searched for its sake.
   */
  readonly knownTypes: readonly string[];
}

/** The types of the keys that are on record for a host. */
export interface KnownKeyTypes {
  /** In the order in which they stand on record. */
  readonly types: readonly string[];
  /** `false` if there were too many hashed names to search: there may be more types. */
  readonly complete: boolean;
}

/** Above this many hashed names, which take about a millisecond, a search through all is left to `verify`. */
const HASHES_WORTH_A_SEARCH = 400;

/**
 * The host keys on record in `known_hosts` files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): read once, then asked.
 *
 * Decides as OpenSSH's client does (seen with 9.2), or stricter where a line here says so:
 *
 * - A key that is not on record is a `mismatch` if *any* plain key is on record for the host, of whatever type. OpenSSH
 *   does not add a key of a second type either, neither by `accept-new` nor by `yes`.
 * - `@cert-authority` lines are listed by `lookup` and are no host's key: not even the authority's own key is trusted by
 *   them, nor are host certificates judged here.
 * - For another port than 22 the lines for `[host]:port` count. If there is none, the very key on record for the plain
 *   name is `trusted`; another one there is no `mismatch`, as another port may be another machine.
 * - Stricter: a key that is revoked for the plain name is `revoked` at every port. OpenSSH accepts it at a port which
 *   trusts it, and its `accept-new` adds it at a port which is new.
 * - Stricter: a key must be in the one encoding that its RFC asks for, in the files and from the server.
 *
 * A `HostKeyAlias` is looked up in place of the host name, with port 22 whatever the port is.
 */
export class KnownHosts {
  readonly #index = new EntryIndex();
  readonly #warnings: ParseError[] = [];

  private constructor() {}

  /** Reads the text of one file. `file` is its name in warnings, entries and verdicts. Never throws. */
  static parse(text: string, o: { readonly file?: string | undefined } = {}): KnownHosts {
    const known = new KnownHosts();
    known.add(text, o);
    return known;
  }

  /**
   * Reads files, the first one first. A leading `~` is expanded, and a file that does not exist is empty.
   *
   * @param files Default: `~/.ssh/known_hosts`, `~/.ssh/known_hosts2`, `/etc/ssh/ssh_known_hosts` and
   * `/etc/ssh/ssh_known_hosts2`, as in ssh_config(5).
   * @throws HawserError `ERR_HAWSER_KNOWN_HOSTS` if a file is there and cannot be read: a key that it revokes would pass.
   */
  static async load(files?: string | readonly string[], o: Abortable = {}): Promise<KnownHosts> {
    const known = new KnownHosts();
    for (const { file, text } of await readKnownHostsFiles(files, o)) known.add(text, { file });
    return known;
  }

  /**
   * A line to record a key with, without a line end: `host type key`, and `[host]:port` for other ports than 22.
   *
   * @param o.hash Hide the name as `HashKnownHosts` does, with a random salt. Default `false`.
   * @throws OptionError if the host, the port or the key cannot be one.
   */
  static line(host: string, port: number, key: Buffer, o: { readonly hash?: boolean | undefined } = {}): string {
    const fault = hostFault(host);
    if (fault !== undefined)
      throw new OptionError(`Cannot record a host key for ${JSON.stringify(host)}: ${fault.why}`);
    const type = checkedType(host, key);
    const name = recordedName(host, port);
    return `${o.hash === true ? hashName(name) : name} ${type} ${key.toString('base64')}`;
  }

  /** A warning for each line that could not be understood. Such lines are skipped, the others are used. */
  get warnings(): readonly ParseError[] {
    return this.#warnings;
  }

  /**
   * Takes in more text: another file, or a line that was recorded since.
   *
   * @param o.line The line number of its first line, 1-based. Default 1.
   */
  add(text: string, o: { readonly file?: string | undefined; readonly line?: number | undefined } = {}): void {
    for (const [offset, raw] of text.split('\n').entries()) {
      const line = parseKnownHostsLine(raw.endsWith('\r') ? raw.slice(0, -1) : raw);
      if (line === undefined) continue;
      const number = (o.line ?? 1) + offset;
      if ('why' in line) {
        const at = { file: o.file, line: number, column: line.at + 1 };
        this.#warnings.push(new ParseError(`Skipped a line of known hosts: ${line.why}`, at));
      } else {
        this.#index.add(line, o.file, number);
      }
    }
  }

  /**
   * Judges the key that a server showed.
   *
   * A key that is on record costs one comparison for each line that holds it. Only one that is not makes a search through
   * all hashed names, once for each host.
   *
   * @param host The name that was asked for, in either case; IPv6 without brackets.
   * @param key The public key as it came over the wire (RFC 4253 §6.6).
   * @throws OptionError if `key` is no public key, or one in an odd encoding that could hide another.
   */
  verify(host: string, port: number, key: Buffer): HostKeyVerdict {
    const keyType = checkedType(host, key);
    const name = recordedName(host, port);
    const bareName = recordedName(host, 22);
    const same = this.#index.withKey(key);
    const verdict = (
      status: HostKeyVerdict['status'],
      by: IndexedEntry | undefined,
      known: readonly IndexedEntry[],
    ): HostKeyVerdict => ({
      status,
      keyType,
      fingerprint: fingerprint(key),
      ...(by === undefined ? {} : { file: by.entry.file, line: by.entry.line }),
      knownTypes: typesOf(known),
    });

    const revoked = this.#firstFor(name, same.filter(isRevoked)) ?? this.#firstFor(bareName, same.filter(isRevoked));
    if (revoked !== undefined) return verdict('revoked', revoked, this.#index.findPlain(name));

    const trusted = this.#firstFor(name, same.filter(isHostKey));
    if (trusted !== undefined) return verdict('trusted', trusted, [trusted, ...this.#index.findPlain(name)]);

    const others = this.#index.find(name).filter(isHostKey);
    const offending = others.find(({ entry }) => entry.type === keyType) ?? others[0];
    if (offending !== undefined) return verdict('mismatch', offending, others);

    const elsewhere = name === bareName ? undefined : this.#firstFor(bareName, same.filter(isHostKey));
    return elsewhere === undefined ? verdict('unknown', undefined, []) : verdict('trusted', elsewhere, [elsewhere]);
  }

  /**
   * All entries for a host, in the order of the files, revoked keys and certificate authorities among them. Searches
   * through all hashed names, once for each host.
   */
  lookup(host: string, port: number): readonly KnownHostEntry[] {
    return this.#index.find(recordedName(host, port)).map(({ entry }) => entry);
  }

  /**
   * The types of the keys on record for a host, to ask the server for one of them: the key of another type would be a
   * `mismatch`. Does not search through more than 400 hashed names; `complete` says so.
   */
  keyTypes(host: string, port: number): KnownKeyTypes {
    const name = recordedName(host, port);
    const complete = this.#index.hashedCount <= HASHES_WORTH_A_SEARCH || this.#index.hasFound(name);
    return { types: typesOf(complete ? this.#index.find(name) : this.#index.findPlain(name)), complete };
  }

  /** The first of `entries` that is for `name`, names in plain text first: they are cheaper to compare. */
  #firstFor(name: string, entries: readonly IndexedEntry[]): IndexedEntry | undefined {
    const matches = (indexed: IndexedEntry): boolean => this.#index.matches(indexed, name);
    return (
      entries.find((indexed) => typeof indexed.names !== 'number' && matches(indexed)) ??
      entries.find((indexed) => typeof indexed.names === 'number' && matches(indexed))
    );
  }
}

function isRevoked({ entry }: IndexedEntry): boolean {
  return entry.marker === 'revoked';
}

function isHostKey({ entry }: IndexedEntry): boolean {
  return entry.marker === undefined;
}

function typesOf(entries: readonly IndexedEntry[]): string[] {
  return [...new Set(entries.filter(isHostKey).map(({ entry }) => entry.type))];
}

function checkedType(host: string, key: Buffer): string {
  const type = keyTypeOf(key);
  const fault = publicKeyFault(key);
  if (type !== undefined && fault === undefined) return type;
  throw new OptionError(
    `Expected a public key of ${host} in the form of RFC 4253 §6.6, got bytes that are none: ${fault}`,
    {
      host,
    },
  );
}
