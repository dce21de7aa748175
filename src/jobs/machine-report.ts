import type { Abortable } from '../core/abort.js';
import type { SessionCache } from '../session/session-cache.js';

/**
 * What is looked at: `reach` (the way to its SSH server), `host key`, `login`, `shell` (that start-up files are quiet),
 * `whoami`, `clock`, `workdir` (made where it is missing, and written to), `space`, `files` (bytes there and back),
 * `scheduler`.
 */
export type MachineCheckName =
  | 'reach'
  | 'host key'
  | 'login'
  | 'shell'
  | 'whoami'
  | 'clock'
  | 'workdir'
  | 'space'
  | 'files'
  | 'scheduler';

/** One thing that was looked at. */
export interface MachineCheck {
  readonly name: MachineCheckName;
  readonly ok: boolean;
  /** Whether it could not be looked at, because of another that failed. It is not ok then. */
  readonly skipped?: true;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** What was found, on one line. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** What a test measured. */
export interface MachineFacts {
  /** The machine's clock less ours, in milliseconds. */
  readonly skewMs?: number;
  /** What may be written below its workdir, in bytes. */
  readonly freeBytes?: number;
  /** What start-up files wrote before a command's own output, in bytes, on both streams. */
  readonly noiseBytes?: number;
}

/** What a machine's test found. Plain data, in the order in which it was looked at. */
export interface MachineReport extends MachineFacts {
  readonly machine: string;
  /** Whether all of it is ok. */
  readonly ok: boolean;
  readonly checks: readonly MachineCheck[];
}

/** Options of a machine's `test`. */
export interface MachineTestOptions extends Abortable {
  /** Where its session is taken from, and left. Default: the process's own. */
  readonly sessions?: Pick<SessionCache, 'get'>;
  /** Is told of each check when it is done. */
  readonly onCheck?: (check: MachineCheck) => void;
}
