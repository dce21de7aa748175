import { OptionError } from '../../core/hawser-error.js';
import type { TailOptions } from '../../remote/tail/tail-options.js';
import type { ConnectionFlags } from '../options/connection-options.js';
import type { HostFlags } from '../options/host-options.js';
import type { SessionFlag } from '../options/session-option.js';
import type { TerminalFlags } from '../options/terminal-options.js';

/** The ways to show what is followed. */
export const TAIL_OUTPUTS = ['stream', 'ndjson'] as const;

/** One of {@link TAIL_OUTPUTS}. */
export type TailOutput = (typeof TAIL_OUTPUTS)[number];

/** The flags of `hawser tail`. */
export interface TailFlags extends HostFlags, ConnectionFlags, SessionFlag, TerminalFlags {
  readonly lines?: number;
  readonly from?: 'start' | 'end' | number;
  readonly wait?: true;
  /** `false`: what is there is shown, and that is all. */
  readonly follow: boolean;
  readonly pollInterval?: number;
  readonly connectConcurrency?: number;
  readonly output: TailOutput;
  readonly raw?: true;
  readonly quiet?: true;
}

/** As many lines come first as with tail(1). */
const LINES = 10;

/** What the flags say of a tail. Throws {@link OptionError} for those that exclude each other. */
export function tailOptions({ lines, from, wait, pollInterval }: TailFlags): TailOptions {
  if (lines !== undefined && from !== undefined && from !== 'end') {
    throw new OptionError('Expected --lines, which counts from the end, or --from, got both.');
  }
  return {
    ...(lines === undefined && from === undefined ? { lines: LINES } : {}),
    ...(lines === undefined ? {} : { lines }),
    ...(from === undefined ? {} : { from }),
    ...(wait === true ? { missing: 'wait' as const } : {}),
    ...(pollInterval === undefined ? {} : { pollInterval }),
    // One character for each byte: what bytes they are is for the view to say.
    encoding: 'latin1',
    maxContents: 0,
  };
}
