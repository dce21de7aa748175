import type { JobSpec, Resources } from '../job-spec.js';
import type { JobState } from '../job-state.js';

/** A job as a scheduler is told of it. */
export interface QueuedJob {
  /** One line without control characters, not too long for any scheduler. */
  readonly name: string;
  /** By which it is found again in the queue. */
  readonly token: string;
  /** The job's record, relative to the directory in which the submission runs. */
  readonly record: string;
  /** The first line of its script; `undefined`: `#!/bin/sh`. */
  readonly shebang?: string | undefined;
  readonly resources: Resources;
  /** In milliseconds. */
  readonly walltime: number | undefined;
  /** Ids of jobs that have to end well first. */
  readonly after: readonly string[];
  /** Of a kind that {@link SchedulerKind.waitsForEnd}: the records of those in `after`, absolute or below `~`, by their ids. */
  readonly recordsOf?: ReadonlyMap<string, string> | undefined;
}

/** What a kind may look at of the machine of a job. */
export interface KindMachine {
  readonly launcher?: string | undefined;
  /** What each of its jobs asks for that does not say otherwise. */
  readonly resources?: Resources | undefined;
}

/** What a command on the machine answered. */
export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What became of a submission: it has an id; it was refused, for now or for good; or the answer does not tell. */
export type SubmitAnswer =
  | { readonly id: string }
  | { readonly refused: string; readonly again: boolean }
  | { readonly unclear: string };

/** What a query told of the jobs that were asked for, or why it told nothing. A job that is not in the map is not known. */
export type QueueAnswer = { readonly jobs: ReadonlyMap<string, JobState> } | { readonly failed: string };

/**
 * One kind of scheduler: the command lines that are run on its machine, each for `sh` in the job's directory or the home
 * directory, and what their answers mean. It holds nothing and opens nothing.
 */
export interface SchedulerKind {
  /** As machines name it. */
  readonly name: string;
  /** The environment variable in which a job finds its own id; `undefined`: its record has it from its starter. */
  readonly idVariable: string | undefined;
  /** Throws `OptionError` for what a job asks for, or its machine for all of its jobs, and this kind cannot give. */
  checkSpec?(spec: Pick<JobSpec, 'resources' | 'walltime' | 'after'>, machine: KindMachine): void;
  /**
   * Whether it starts a job when those in `after` have ended, well or not: the job's script looks itself then. Default: it
   * starts the job when they have ended well, else never.
   */
  readonly waitsForEnd?: true;
  /** The lines with options for the head of the job's script, such as `#SBATCH --nodes=2`. */
  directives(job: QueuedJob): readonly string[];
  /** Submits the script at `${record}/script`, and prints an answer that holds the id. */
  submitLine(job: QueuedJob): string;
  /** A filter for `sh` that makes the id of what {@link submitLine} printed, such as `cut -d';' -f1`. */
  readonly idFilter: string;
  readSubmit(answer: Answer): SubmitAnswer;
  /** Asks once for all of these jobs. */
  queueLine(ids: readonly string[]): string;
  readQueue(answer: Answer): QueueAnswer;
  /** Asks the accounting for jobs that the queue knows no more; `undefined` where the kind has none. */
  historyLine?(ids: readonly string[]): string;
  readHistory?(answer: Answer): QueueAnswer;
  /** Looks for a token in the queue. */
  findLine(token: string): string;
  /** The ids that have the token; more than one where something went wrong. */
  readFind(answer: Answer, token: string): { readonly ids: readonly string[] } | { readonly failed: string };
  cancelLine(id: string): string;
  /** `undefined`: it was told. Else why it could not be. */
  readCancel(answer: Answer): string | undefined;
  /** Shows that the scheduler is there and answers: its version, for people. */
  readonly probeLine: string;
  readProbe(answer: Answer): { readonly version: string } | { readonly missing: string };
}
