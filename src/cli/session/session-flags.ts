import type { ConnectionFlags } from '../options/connection-options.js';
import type { HostFlags } from '../options/host-options.js';
import type { TerminalFlags } from '../options/terminal-options.js';

/** The flags of `hawser session start`. */
export interface SessionStartFlags extends HostFlags, ConnectionFlags, TerminalFlags {
  readonly idleTimeout?: number;
  readonly quiet?: true;
}

/** The flags of `hawser session ls`. */
export interface SessionListFlags extends TerminalFlags {
  readonly json?: true;
}

/** The flags of `hawser session close`. */
export interface SessionCloseFlags extends TerminalFlags {
  readonly all?: true;
}
