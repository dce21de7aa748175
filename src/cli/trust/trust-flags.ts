import type { ConnectionFlags } from '../options/connection-options.js';
import type { HostFlags } from '../options/host-options.js';
import type { TerminalFlags } from '../options/terminal-options.js';

/** The flags of `hawser trust`. */
export interface TrustFlags extends HostFlags, ConnectionFlags, TerminalFlags {
  readonly fingerprint?: readonly string[];
  readonly yes?: true;
  readonly hash?: true;
}
