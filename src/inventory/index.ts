export type { DeviceCredential, DeviceCredentials } from './device-credentials.js';
export { formatTarget, redactTarget, targetKey } from './format-target.js';
export { HostSet } from './host-set/host-set.js';
export { Inventory } from './inventory.js';
export type { KnownHostEntry } from './known-hosts/entry-index.js';
export type { HostKeyVerdict, KnownKeyTypes } from './known-hosts/known-hosts.js';
export { KnownHosts } from './known-hosts/known-hosts.js';
export { fingerprint } from './known-hosts/public-key.js';
export { recordHostKey } from './known-hosts/record-host-key.js';
export { parseTarget } from './parse-target.js';
export type { SettingSource, SshHostConfig, SshHostQuery } from './ssh-config/host-config.js';
export type { HostEntry } from './ssh-config/host-entry.js';
export { SshConfig } from './ssh-config/ssh-config.js';
export type {
  Algorithms,
  AuthPrompt,
  HopLike,
  HostKeyInfo,
  HostKeyPolicy,
  JumpHost,
  KeepAlive,
  Target,
} from './target.js';
export { loadTestbed } from './testbed/load-testbed.js';
export type { AskSecret } from './testbed/markup.js';
export { type ParseTestbedOptions, parseTestbed } from './testbed/parse-testbed.js';
export type {
  KeptData,
  TestbedData,
  TestbedDefaults,
  TestbedDevice,
  TestbedHop,
  TestbedVia,
} from './testbed/testbed-data.js';
