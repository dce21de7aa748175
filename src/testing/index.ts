export type { TestAuthMethod, TestQuestion, TestRound } from './credentials.js';
export type { Faults, Meeting, SftpMeeting } from './faults.js';
export type { HostLogEntry } from './host-log.js';
export type { MemoryProcess, MemoryReply, MemorySize } from './memory-channel.js';
export { type MemoryHandler, MemoryTransport, type MemoryTransportOptions } from './memory-transport.js';
export { startTestFleet, type TestFleet } from './test-fleet.js';
export type { TestFleetOptions, TestHostOptions, TestHostSettings } from './test-fleet-options.js';
export type { TestHost } from './test-host.js';
