/**
 * Real servers for tests. Every one is on loopback, takes a free port, and ends with the test process at the latest.
 *
 * @module
 */
export {
  type Accounts,
  type Identities,
  makeSudoAccounts,
  passphrase,
  type SudoAccounts,
} from './accounts.js';
export { type Agent, startAgent } from './agent.js';
export { type Rig, rigAvailable } from './availability.js';
export type { Certificates } from './certificates.js';
export { describeReal } from './describe-real.js';
export { type DropbearOptions, startDropbear } from './dropbear.js';
export { type Frr, type FrrOptions, startFrr } from './frr.js';
export { type GridEngine, type GridEngineOptions, startGridEngine } from './gridengine.js';
export { type Lab, startLab } from './lab.js';
export { type LatencyProxy, startLatencyProxy } from './latency-proxy.js';
export { type LiveProcess, type OpenSocket, openHandles, openSockets, remoteProcesses } from './leaks.js';
export { type Slurm, type SlurmOptions, startSlurm } from './slurm.js';
export { type ClientOutcome, type Login, runSsh, sshArgs } from './ssh-client.js';
export type { SshServer } from './ssh-server.js';
export { type Sshd, type SshdConfig, type SshdOptions, sshdConfigs, startSshd } from './sshd.js';
export { startTelnetd, type Telnetd, type TelnetdOptions } from './telnetd.js';
export { waitUntil } from './wait-until.js';
