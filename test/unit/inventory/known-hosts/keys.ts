import { createHash } from 'node:crypto';

/** A string of the SSH protocol (RFC 4251 §5). */
export function sshString(bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

/** Bytes that depend on `seed` alone: these keys are compared, nothing is ever signed with them. */
function bytesOf(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}

export function ed25519Key(seed: string): Buffer {
  return Buffer.concat([sshString('ssh-ed25519'), sshString(bytesOf(seed, 32))]);
}

export function rsaKey(seed: string): Buffer {
  const modulus = Buffer.concat([Buffer.from([0, 0xc1]), bytesOf(seed, 255)]);
  return Buffer.concat([sshString('ssh-rsa'), sshString(Buffer.from([1, 0, 1])), sshString(modulus)]);
}

export function ecdsaKey(seed: string): Buffer {
  const point = Buffer.concat([Buffer.from([4]), bytesOf(seed, 64)]);
  return Buffer.concat([sshString('ecdsa-sha2-nistp256'), sshString('nistp256'), sshString(point)]);
}

/** A key as it stands on a line: type and base64. */
export function text(key: Buffer): string {
  return `${key.toString('latin1', 4, 4 + key.readUInt32BE(0))} ${key.toString('base64')}`;
}
