import type { ConnectionFlags } from '../options/connection-options.js';
import type { HostFlags } from '../options/host-options.js';
import type { TerminalFlags } from '../options/terminal-options.js';

/** The flags of `hawser check`. */
export interface CheckFlags extends HostFlags, ConnectionFlags, TerminalFlags {}
