import type { SecretSource } from './target.js';

/** A name and what goes with it. */
export interface DeviceCredential {
  readonly username?: string | undefined;
  readonly password?: SecretSource | undefined;
  /** Of a private key. */
  readonly passphrase?: SecretSource | undefined;
}

/**
 * The credentials of a device by what they are for: `default` for logging in, `enable` for the privileged mode, others
 * by the name that a path asks for.
 */
export type DeviceCredentials = Readonly<Record<string, DeviceCredential>>;
