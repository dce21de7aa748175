import type { TargetLike } from '../connection/create-connection.js';
import type { Resources } from './job-spec.js';

/** What schedulers need to know of a machine. A `Machine` has all of it. */
export interface JobMachine {
  readonly name: string;
  /** Whom to connect to; `undefined`: this machine. */
  readonly target: TargetLike | undefined;
  /** The name of its kind of scheduler. */
  readonly scheduler: string;
  /** Below which all jobs work: absolute, or from the home directory on. */
  readonly workdir: string;
  /** What goes before the command, with `{nprocs}` in it. */
  readonly launcher?: string | undefined;
  readonly nprocs?: number | undefined;
  readonly modules?: readonly string[] | undefined;
  readonly resources?: Resources | undefined;
  /** The longest that a job may run where it does not say so itself, in milliseconds. */
  readonly walltime?: number | undefined;
  /** Shell text before and after each command. */
  readonly prepend?: string | undefined;
  readonly postpend?: string | undefined;
  /** Shell text that makes the machine's tools known to a shell that is no login shell. */
  readonly envSetup?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly shebang?: string | undefined;
}
