import { generateKeyPairSync } from 'node:crypto';
import { generateKeyPair, type KeyPair } from '../../../src/testing/key-pair.js';
import type { Credentials, KeySource, SshEndpoint } from '../../../src/transport/ssh2/endpoint.js';

/** An ed25519 key pair in OpenSSH's format. */
export function keyPair(comment = 'test'): KeyPair {
  return generateKeyPair(comment);
}

/** An RSA private key under a passphrase, as PEM. */
export function lockedKey(passphrase: string): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase },
  }).privateKey;
}

export function given(...keys: readonly (string | Buffer)[]): KeySource[] {
  return keys.map((key) => ({ key, origin: 'given' }));
}

/** An endpoint with nothing to prove who one is, but for what is said. */
export function endpointWith(credentials: Partial<Credentials>, more: Partial<SshEndpoint> = {}): SshEndpoint {
  return {
    name: 'web1',
    host: 'web1.example.org',
    port: 22,
    username: 'me',
    route: { kind: 'direct', family: 0, bindAddress: undefined },
    credentials: {
      agent: undefined,
      identitiesOnly: false,
      keys: [],
      passphrase: undefined,
      keyboardInteractive: undefined,
      password: undefined,
      certificates: [],
      preferred: undefined,
      ...credentials,
    },
    hostKey: 'strict',
    hostKeyAlias: undefined,
    knownHosts: [],
    hashKnownHosts: false,
    algorithms: {},
    keepAlive: false,
    attempts: 1,
    environment: {},
    forwardAgent: undefined,
    ...more,
  };
}
