import type { TargetLike } from '../connection/create-connection.js';
import type { Resources } from './job-spec.js';

/** What a scheduler needs to know of its machine. A `Machine` has all of it. */
export interface JobMachine {
  readonly name: string;
  /** Whom to connect to; `undefined`: this machine. */
  readonly target: TargetLike | undefined;
  /** The name of its kind of scheduler. */
  readonly scheduler: string;
  readonly workdir: string;
  /** What goes before the command, with `{nprocs}` in it. */
  readonly launcher?: string | undefined;
  readonly nprocs?: number | undefined;
  readonly modules?: readonly string[] | undefined;
  readonly resources?: Resources | undefined;
  readonly prepend?: string | readonly string[] | undefined;
  readonly postpend?: string | readonly string[] | undefined;
  readonly envSetup?: string | readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly shebang?: string | undefined;
}
