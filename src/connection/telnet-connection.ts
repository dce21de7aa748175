import { CliConnection, type CliConnectionOptions } from './cli-connection.js';
import type { ConnectionRecord } from './connection-record.js';

/**
 * A connection by telnet (RFC 854): a command line, and nothing beside it. Whoever is on the way reads all of it, passwords
 * included; reach such a device through a jump host that stands next to it.
 */
export class TelnetConnection extends CliConnection {
  constructor(options: CliConnectionOptions) {
    super({ ...options, target: { ...options.target, protocol: 'telnet' } });
  }

  /** Its kind says that it is a command line. */
  override toJSON(): ConnectionRecord {
    const { class: _, ...record } = super.toJSON();
    return record;
  }
}
