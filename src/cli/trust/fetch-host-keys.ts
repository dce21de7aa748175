import { connect } from '../../connection/create-connection.js';
import { ConnectError } from '../../core/errors.js';
import type { HostKeyInfo, Target } from '../../inventory/target.js';

/** The algorithms by which a server can be asked for each of its keys (RFC 8709, RFC 5656, RFC 8332). */
const FAMILIES: readonly (readonly string[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
];

/**
 * Asks a server for its host keys, one of each kind that it has. A server shows one key for each connection, before
 * anybody logs in; so it is connected to once for each kind, and left as soon as it has shown the key.
 *
 * @throws ConnectError, TimeoutError where it shows none: it cannot be reached, or a jump host before it.
 */
export async function fetchHostKeys(target: Target, signal: AbortSignal): Promise<HostKeyInfo[]> {
  const shown: HostKeyInfo[] = [];
  let trouble: unknown;
  for (const hostKey of FAMILIES) {
    const before = shown.length;
    try {
      await connect(
        {
          ...target,
          algorithms: { ...target.algorithms, hostKey },
          hostKey: (info) => {
            shown.push(info);
            return false;
          },
        },
        { signal },
      ).then((connection) => connection.close());
    } catch (error) {
      if (shown.length > before) continue;
      trouble ??= error;
      // No key of this kind: the two could not agree on an algorithm. Anything else will not get better.
      if (!(error instanceof ConnectError) || error.phase !== 'kex') break;
    }
  }
  if (shown.length === 0) throw trouble;
  return shown;
}
