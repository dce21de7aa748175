import { AuthError, DialogError } from '../../core/errors.js';
import type { PlatformSecret } from '../../inventory/platform/platform.js';
import type { SecretSource } from '../../inventory/target.js';

/** Who logs in, and with what. Secrets are fetched when they are asked for and not before. */
export interface Credentials {
  readonly username: string | undefined;
  readonly password: SecretSource | undefined;
  /** Of the privileged mode. */
  readonly enable: SecretSource | undefined;
}

/** Fetches a secret that a device asks for. Throws where there is none. */
export async function fetchSecret(credentials: Credentials, secret: PlatformSecret, name: string): Promise<string> {
  const source = credentials[secret];
  if (source !== undefined) return typeof source === 'function' ? source() : source;
  if (secret === 'enable') {
    throw new DialogError(
      'login',
      `${name} asks for the password of its privileged mode: give it as \`enablePassword\`, or as the credential \`enable\` of the device.`,
      { host: name },
    );
  }
  throw new AuthError(`${name} asks for a password: give it as \`password\`.`, [], { host: name });
}
