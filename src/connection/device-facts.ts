import { concealed, revealed } from '../core/secret.js';
import type { DeviceCredential, DeviceCredentials } from '../inventory/device-credentials.js';

/** What a connection is told of the device that it leads to: data alone, so that it never holds the device itself. */
export interface DeviceFacts {
  readonly name: string;
  /** Its operating system as the testbed names it, such as `iosxe`. */
  readonly os?: string | undefined;
  /** The kind of its command line, such as `frr`. */
  readonly platform?: string | undefined;
  /** Those of the path, laid over those of the device. */
  readonly credentials?: DeviceCredentials | undefined;
}

/** A frozen copy whose passwords are there by name alone: no inspection, JSON or copy shows them. */
export function concealFacts(facts: DeviceFacts): DeviceFacts {
  const { credentials, ...rest } = revealed(facts);
  if (credentials === undefined) return Object.freeze(rest);
  return concealed({ ...rest, credentials: mapCredentials(credentials, concealCredential) }, ['credentials']);
}

/** A plain copy of what may be {@link concealFacts concealed}, passwords and all. */
export function revealFacts(facts: DeviceFacts): DeviceFacts {
  const { credentials, ...rest } = revealed(facts);
  return credentials === undefined ? rest : { ...rest, credentials: mapCredentials(credentials, revealed) };
}

function concealCredential(credential: DeviceCredential): DeviceCredential {
  return concealed(credential, ['password', 'passphrase']);
}

function mapCredentials(
  credentials: DeviceCredentials,
  change: (credential: DeviceCredential) => DeviceCredential,
): DeviceCredentials {
  return Object.fromEntries(Object.entries(credentials).map(([name, credential]) => [name, change(credential)]));
}
