import { OptionError } from '../../core/hawser-error.js';
import type { ForwardSpec } from '../../inventory/forward-spec.js';
import type { ConnectionFlags } from '../options/connection-options.js';
import type { TerminalFlags } from '../options/terminal-options.js';

/** The flags of `hawser forward`. */
export interface ForwardFlags extends ConnectionFlags, TerminalFlags {
  readonly local?: readonly ForwardSpec[];
  readonly remote?: readonly ForwardSpec[];
  readonly dynamic?: readonly ForwardSpec[];
  /** How many attempts may fail, one after another; `true`: as many as by default. */
  readonly reconnect?: number | true;
  readonly inventory?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** All that is to be forwarded. Throws {@link OptionError} for nothing. */
export function forwardSpecs({ local = [], remote = [], dynamic = [] }: ForwardFlags): readonly ForwardSpec[] {
  const specs = [...local, ...remote, ...dynamic];
  if (specs.length > 0) return specs;
  throw new OptionError('Expected something to forward: -L 8080:localhost:80, -R or -D 1080 (see --help).');
}
