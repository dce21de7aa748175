import type { TerminalFlags } from '../options/terminal-options.js';

/** The flags of `hawser runs`. */
export interface RunsFlags extends TerminalFlags {
  readonly output: 'table' | 'json';
}
