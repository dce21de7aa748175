import type { MachineResources } from '../inventory/machines/machine-record.js';

/** What a job asks of its machine. All of it is optional: what is missing the scheduler decides. */
export type Resources = MachineResources;

/** A file that a job needs: its text, its bytes, or a file or directory of this machine. */
export type JobInput = string | Uint8Array | { readonly local: string };

/** A piece of work for a machine. */
export interface JobSpec {
  /** What it is called in the queue. */
  readonly name: string;
  /** Where it works: a path below the machine's `workdir`. */
  readonly directory: string;
  /** The command, as a shell of the machine is to run it. The machine's launcher goes before it. */
  readonly command: string;
  /** Files to be there before it starts, by their path below `directory`. */
  readonly inputs?: Readonly<Record<string, JobInput>>;
  /** What `retrieve` fetches: globs over the paths below `directory`, none that leads out of it. Default: all but the inputs. */
  readonly outputs?: readonly string[];
  /**
   * Who submits the same key twice has one job, and has to mean the same work by it. Default: made of the name and of all that
   * the job is.
   */
  readonly key?: string;
  /** Besides the machine's, or instead of them. */
  readonly resources?: Resources;
  readonly env?: Readonly<Record<string, string>>;
  /** The longest that it may run, in milliseconds. */
  readonly walltime?: number;
  /** Jobs on the same machine that have to end well before this one starts: their ids. */
  readonly after?: readonly string[];
}
