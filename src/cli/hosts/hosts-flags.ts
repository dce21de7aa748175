import type { HostFlags } from '../options/host-options.js';
import type { TerminalFlags } from '../options/terminal-options.js';

/** The flags of `hawser hosts`. */
export interface HostsFlags extends HostFlags, TerminalFlags {
  readonly fold?: true;
  readonly count?: true;
  readonly split?: number;
  readonly sshConfig?: string;
}
