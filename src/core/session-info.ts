/** A session as it stands: plain JSON, without secrets. Moments are texts as of `Date.prototype.toISOString`. */
export interface SessionInfo {
  /** Names this session among all that its cache ever had. */
  readonly id: string;
  /** As its first user named the machine. */
  readonly key: string;
  /** The address that ssh_config makes of that. */
  readonly host: string;
  readonly port?: number;
  readonly username?: string;
  /** The way to the machine: `'ssh'`, `'openssh'`, `'local'`, `'telnet'`. */
  readonly kind: string;
  /** The jump hosts on the way as `user@host:port`, the one nearest to us first. */
  readonly via: readonly string[];
  /** As of its connection: `'connected'`, `'reconnecting'`, … */
  readonly state: string;
  /** Set where it is handed out no more: another took its place, and it is closed when nothing runs on it. */
  readonly retired?: true;
  readonly createdAt: string;
  /** Since when nothing runs on it. */
  readonly idleSince?: string;
  /** How many services are under way on it. */
  readonly active: number;
  /** How often it was handed out again after the first time. */
  readonly reused: number;
  /** Channels that are open on its link. */
  readonly channels?: number;
  readonly roundTripMs?: number;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
}
