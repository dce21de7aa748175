import { ConnectError, HostKeyError } from '../../core/errors.js';
import { quote } from '../../core/quote.js';
import { type HostKeyVerdict, KnownHosts } from '../../inventory/known-hosts/known-hosts.js';
import { fingerprint, keyTypeOf, publicKeyFault, shortKeyType } from '../../inventory/known-hosts/public-key.js';
import { recordHostKey } from '../../inventory/known-hosts/record-host-key.js';
import type { HostKeyInfo } from '../../inventory/target.js';
import { hopName } from '../hop-name.js';
import type { SshEndpoint } from './endpoint.js';

/** The name and port under which an endpoint stands in known_hosts. */
function recordedAs(endpoint: SshEndpoint): { host: string; port: number } {
  return endpoint.hostKeyAlias === undefined ? endpoint : { host: endpoint.hostKeyAlias, port: 22 };
}

/** The known_hosts files of a process, each set of them read once, with the keys that were accepted meanwhile. */
export class HostKeyStore {
  readonly #files = new Map<string, Promise<KnownHosts>>();

  /** The key types on record for an endpoint, to be offered first. */
  async knownTypes(endpoint: SshEndpoint): Promise<readonly string[]> {
    const { host, port } = recordedAs(endpoint);
    return (await this.#load(endpoint)).keyTypes(host, port).types;
  }

  /**
   * Says whether an endpoint may go on with the key that it showed, and in words why. Throws `HostKeyError`, and for
   * every fault on the way an error of its own: nothing but a return lets the connection through.
   */
  async check(endpoint: SshEndpoint, key: Buffer): Promise<string> {
    const fault = publicKeyFault(key);
    if (fault !== undefined) throw noKey(endpoint, fault);
    const policy = endpoint.hostKey;
    const shown = `${shortKeyType(keyTypeOf(key))} ${fingerprint(key)}`;
    if (policy === 'insecure-accept-any') return `${shown} accepted unchecked`;
    if (typeof policy === 'object') {
      if (policy.fingerprints.some((wanted) => unpadded(wanted) === fingerprint(key))) return `${shown} as required`;
      throw refusal(
        endpoint,
        { ...this.#info(endpoint, key), status: 'mismatch' },
        'it is not one of the fingerprints that were given',
      );
    }
    const { host, port } = recordedAs(endpoint);
    const known = await this.#load(endpoint);
    const verdict = known.verify(host, port, key);
    const { status } = verdict;
    const info: HostKeyInfo = { ...this.#info(endpoint, key), status };
    if (typeof policy === 'function') {
      const answer: unknown = await policy(info);
      if (answer === true) return `${shown} accepted by the caller`;
      throw refusal(endpoint, info, 'the hostKey function did not accept it', verdict);
    }
    if (status === 'trusted') {
      return `${shown} known${verdict.file === undefined ? '' : ` (${verdict.file}:${verdict.line})`}`;
    }
    if (status === 'unknown' && policy === 'accept-new') {
      const file = endpoint.knownHosts?.[0] ?? '~/.ssh/known_hosts';
      const line = KnownHosts.line(host, port, key, { hash: endpoint.hashKnownHosts });
      // Taken before it is written: of two first connects at once, the second is held to the key of the first.
      known.add(line, { file });
      await recordHostKey(file, line);
      return `${shown} new, recorded in ${file}`;
    }
    throw refusal(endpoint, info, undefined, verdict);
  }

  #info(endpoint: SshEndpoint, key: Buffer): Omit<HostKeyInfo, 'status'> {
    const { host, port } = recordedAs(endpoint);
    return {
      host,
      port,
      keyType: keyTypeOf(key) ?? 'unknown',
      key,
      fingerprint: fingerprint(key),
      hop: hopName(endpoint),
    };
  }

  #load(endpoint: SshEndpoint): Promise<KnownHosts> {
    const id = JSON.stringify(endpoint.knownHosts ?? null);
    let loaded = this.#files.get(id);
    if (loaded === undefined) {
      loaded = endpoint.knownHosts === undefined ? KnownHosts.load() : KnownHosts.load(endpoint.knownHosts);
      this.#files.set(id, loaded);
      // A file that could not be read may be readable at the next connect.
      loaded.catch(() => this.#files.delete(id));
    }
    return loaded;
  }
}

/** A fingerprint as ssh-keygen(1) prints it: other programs leave the padding of base64 on. */
function unpadded(print: string): string {
  return print.replace(/=+$/, '');
}

function noKey(endpoint: SshEndpoint, fault: string): ConnectError {
  const hop = hopName(endpoint);
  const message = `${endpoint.name} (${hop}) showed a host key that is none: ${fault}. Is it an SSH server?`;
  return new ConnectError('hostkey', message, { host: endpoint.name, hop });
}

/** The command that removes a host's keys; without a file ssh-keygen(1) would look into the user's own alone. */
function removal({ host, port }: HostKeyInfo, file: string | undefined): string {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return ['ssh-keygen', '-R', name, ...(file === undefined ? [] : ['-f', file])].map(quote).join(' ');
}

function refusal(
  endpoint: SshEndpoint,
  info: HostKeyInfo,
  why?: string,
  on: Partial<Pick<HostKeyVerdict, 'file' | 'line' | 'knownTypes'>> = {},
): HostKeyError {
  const reason = info.status === 'trusted' ? 'mismatch' : info.status;
  const shown = `${shortKeyType(info.keyType)} ${info.fingerprint}`;
  const where = on.file === undefined ? '' : ` (${on.file}:${on.line})`;
  const whom = info.hop === endpoint.name ? endpoint.name : `${endpoint.name} (${info.hop})`;
  const name = endpoint.port === 22 ? endpoint.host : hopName(endpoint);
  const message =
    why !== undefined
      ? `Refused the host key of ${whom}, ${shown}: ${why}.`
      : {
          unknown: `Unknown host key of ${whom}: ${shown}. Check it, then: hawser trust ${name}`,
          mismatch:
            `The host key of ${whom} is not the one on record${where}: it showed ${shown}. Either somebody is on the ` +
            `path, or the machine was set up anew. Ask its owner, then remove the line: ${removal(info, on.file)}`,
          revoked: `The host key of ${whom}, ${shown}, is marked as revoked${where}: do not connect to this machine.`,
        }[reason];
  return new HostKeyError(
    message,
    {
      reason,
      fingerprint: info.fingerprint,
      keyType: info.keyType,
      file: on.file,
      line: on.line,
      knownTypes: on.knownTypes,
    },
    { host: endpoint.name, hop: info.hop },
  );
}
