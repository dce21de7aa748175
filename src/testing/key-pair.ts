import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** An ed25519 key pair in OpenSSH's own formats. */
export interface KeyPair {
  /** The text of an unencrypted private key file (OpenSSH's PROTOCOL.key). */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA… comment`, as in `authorized_keys`. */
  readonly publicKey: string;
}

const TYPE = 'ssh-ed25519';
const BLOCK = 8;

/**
 * Makes an ed25519 key pair. Written here because about one in a hundred of the pairs that ssh2 1.17 generates does not
 * verify its own signatures.
 */
export function generateKeyPair(comment: string): KeyPair {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const seed = Buffer.from(jwk.d ?? '', 'base64url');
  const point = Buffer.from(jwk.x ?? '', 'base64url');
  const publicBlob = Buffer.concat([string(TYPE), string(point)]);
  return {
    privateKey: pem(privateBlob(seed, point, publicBlob, comment)),
    publicKey: `${TYPE} ${publicBlob.toString('base64')} ${comment}`,
  };
}

function privateBlob(seed: Buffer, point: Buffer, publicBlob: Buffer, comment: string): Buffer {
  const check = randomBytes(4);
  const secret = string(Buffer.concat([seed, point]));
  const content = Buffer.concat([check, check, string(TYPE), string(point), secret, string(comment)]);
  const padding = Buffer.from(Array.from({ length: (BLOCK - (content.length % BLOCK)) % BLOCK }, (_, i) => i + 1));
  return Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    Buffer.from([0, 0, 0, 1]),
    string(publicBlob),
    string(Buffer.concat([content, padding])),
  ]);
}

function pem(blob: Buffer): string {
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
