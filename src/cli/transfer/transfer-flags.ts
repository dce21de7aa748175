import type { FleetTransferOptions } from '../../fleet/fleet-transfers.js';
import type { Overwrite, Verify } from '../../remote/transfer/options.js';
import type { ConnectionFlags } from '../options/connection-options.js';
import type { HostFlags } from '../options/host-options.js';
import { callLimits, type PacingFlags } from '../options/pacing-flags.js';
import type { SessionFlag } from '../options/session-option.js';
import type { TerminalFlags } from '../options/terminal-options.js';

/** The ways to show a transfer. */
export const TRANSFER_OUTPUTS = ['lines', 'table', 'json', 'ndjson'] as const;

/** One of {@link TRANSFER_OUTPUTS}. */
export type TransferOutput = (typeof TRANSFER_OUTPUTS)[number];

/** The flags of `hawser put` and `hawser get`. `exclude` is of files here, `excludeHosts` of hosts. */
export interface TransferFlags
  extends Omit<HostFlags, 'exclude'>,
    ConnectionFlags,
    SessionFlag,
    PacingFlags,
    TerminalFlags {
  readonly excludeHosts?: readonly string[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly overwrite?: Overwrite;
  readonly verify?: Verify;
  readonly preserve?: true;
  readonly follow?: true;
  readonly resume?: true;
  readonly removeSource?: true;
  readonly delete?: true;
  /** `false` for `--no-atomic`. */
  readonly atomic: boolean;
  readonly dryRun?: true;
  readonly output: TransferOutput;
  readonly quiet?: true;
}

/** What the flags say of each transfer. */
export function transferOptions(flags: TransferFlags): FleetTransferOptions {
  const { include, exclude, overwrite, verify, preserve, follow, resume, removeSource, dryRun, atomic } = flags;
  return {
    ...callLimits(flags),
    include,
    exclude,
    overwrite,
    verify,
    preserve,
    followSymlinks: follow,
    resume,
    removeSource,
    delete: flags.delete,
    atomic,
    dryRun,
  };
}

/** The flags that choose hosts, under the names that other commands have for them. */
export function hostFlags({
  excludeHosts,
  exclude: _files,
  ...flags
}: TransferFlags): Omit<TransferFlags, 'exclude'> & HostFlags {
  return { ...flags, ...(excludeHosts === undefined ? {} : { exclude: excludeHosts }) };
}
