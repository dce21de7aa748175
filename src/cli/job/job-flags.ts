import type { SessionFlag } from '../options/session-option.js';
import type { TerminalFlags } from '../options/terminal-options.js';

/** The flags of all commands about jobs. */
export interface JobFlags extends SessionFlag, TerminalFlags {
  readonly askPass?: true;
  readonly json?: true;
  /** From one look at jobs to the next while somebody waits, in milliseconds. */
  readonly interval?: number;
  /** The least of that, in milliseconds: for tests. */
  readonly pollFloor?: number;
}

/** The flags of commands about jobs that are there already. */
export interface KnownJobFlags extends JobFlags {
  /** The machine's name; `undefined`: the one that the job was submitted to from here. */
  readonly machine?: string;
}

/** The flags of `hawser job submit`. */
export interface SubmitFlags extends JobFlags {
  readonly name?: string;
  readonly directory?: string;
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly key?: string;
  readonly env?: readonly string[];
  readonly after?: readonly string[];
  readonly nodes?: number;
  readonly tasks?: number;
  readonly tasksPerNode?: number;
  readonly cpus?: number;
  readonly memory?: string;
  readonly gpus?: number;
  readonly queue?: string;
  readonly account?: string;
  /** In milliseconds. */
  readonly time?: number;
  readonly option?: readonly string[];
  readonly resubmit?: true;
  readonly wait?: true;
  /** Where its outputs go on this machine; `undefined`: nowhere. */
  readonly retrieve?: string;
}

/** The flags of `hawser job list`. */
export interface ListFlags extends JobFlags {
  readonly active?: true;
  readonly watch?: true;
}

/** The flags of `hawser job wait`. */
export interface WaitFlags extends KnownJobFlags {
  /** In milliseconds. */
  readonly timeout?: number;
}

/** The flags of `hawser job output`. */
export interface OutputFlags extends KnownJobFlags {
  readonly follow?: true;
  readonly raw?: true;
}

/** The flags of `hawser job resolve`. */
export interface ResolveFlags extends KnownJobFlags {
  /** The scheduler's id. */
  readonly submitted?: string;
  readonly again?: true;
}
