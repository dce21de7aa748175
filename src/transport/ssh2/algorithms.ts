import type { Algorithms as Ssh2Algorithms } from 'ssh2';
import { OptionError } from '../../core/hawser-error.js';
import { matchesPattern } from '../../inventory/host-pattern.js';
import type { SshHostConfig } from '../../inventory/ssh-config/host-config.js';
import type { AlgorithmList } from '../../inventory/ssh-config/settings.js';
import type { AlgorithmKind, Algorithms } from '../../inventory/target.js';
import { ALGORITHMS } from './internals.js';

/** Which host key algorithms a key type of known_hosts can sign with (RFC 8332 §3 for RSA). */
function signers(keyType: string): readonly string[] {
  return keyType === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [keyType];
}

/**
 * What is offered where nobody says otherwise. RSA with SHA-1 is forged at a price: offered to nobody who does not name
 * it, as in OpenSSH since 8.8.
 */
function usual(kind: AlgorithmKind): readonly string[] {
  return ALGORITHMS[kind].preferred.filter((name) => name !== 'ssh-rsa');
}

/**
 * What to offer, in ssh2's shape. `knownTypes` are the key types on record for the host: they come first, so that a
 * server with several keys shows one that can be checked. Throws `OptionError` for a name that ssh2 does not have.
 */
export function offer(wanted: Algorithms, knownTypes: readonly string[], host: string): Ssh2Algorithms {
  const choose = (kind: AlgorithmKind): string[] => {
    const { supported } = ALGORITHMS[kind];
    const names = wanted[kind] ?? usual(kind);
    const missing = names.find((name) => !supported.includes(name));
    if (missing !== undefined) {
      throw new OptionError(
        `Cannot connect to ${host}: the ${kind} algorithm ${JSON.stringify(missing)} is not among those of the ssh ` +
          `transport (${supported.join(', ')}). Leave it out, or use the openssh transport.`,
        { host },
      );
    }
    if (names.length === 0) {
      throw new OptionError(
        `Cannot connect to ${host}: no ${kind} algorithm is left to offer. Look at \`algorithms\` and at ssh_config.`,
        { host },
      );
    }
    return [...names];
  };
  const known = new Set(knownTypes.flatMap(signers));
  const hostKeys = choose('hostKey');
  const serverHostKey = [...hostKeys.filter((a) => known.has(a)), ...hostKeys.filter((a) => !known.has(a))];
  // What nobody asks for is left to ssh2, whose own lists cost nothing to look through.
  const { kex, cipher, mac, compression } = wanted;
  const chosen = {
    serverHostKey,
    ...(kex === undefined ? {} : { kex: choose('kex') }),
    ...(cipher === undefined ? {} : { cipher: choose('cipher') }),
    ...(mac === undefined ? {} : { hmac: choose('mac') }),
    compress: compression === undefined ? ['none'] : choose('compression'),
  };
  return chosen as Ssh2Algorithms;
}

/**
 * The lists that ssh_config asks for. Names that OpenSSH knows and ssh2 does not are passed over, as long as one is
 * left: a configuration is written for ssh(1), which has more.
 */
export function configuredAlgorithms(found: SshHostConfig | undefined): Algorithms {
  if (found === undefined) return {};
  return {
    ...(found.kexAlgorithms === undefined ? {} : { kex: changed('kex', found.kexAlgorithms) }),
    ...(found.hostKeyAlgorithms === undefined ? {} : { hostKey: changed('hostKey', found.hostKeyAlgorithms) }),
    ...(found.ciphers === undefined ? {} : { cipher: changed('cipher', found.ciphers) }),
    ...(found.macs === undefined ? {} : { mac: changed('mac', found.macs) }),
    ...(found.compression === true ? { compression: ['zlib@openssh.com', 'none'] } : {}),
  };
}

function changed(kind: AlgorithmKind, list: AlgorithmList): readonly string[] {
  const { supported } = ALGORITHMS[kind];
  const named = [
    ...new Set(list.names.flatMap((pattern) => supported.filter((name) => matchesPattern(pattern, name)))),
  ];
  const others = usual(kind).filter((name) => !named.includes(name));
  switch (list.op) {
    case 'set':
      return named.length > 0 ? named : list.names;
    case 'append':
      return [...new Set([...usual(kind), ...named])];
    case 'prepend':
      return [...named, ...others];
    case 'remove':
      return others;
  }
}
