import { HawserError, type HawserErrorOptions } from './hawser-error.js';

/** What a job stumbled over. */
export type JobErrorReason =
  /** The scheduler did not take it. The same key may be submitted again, put right. */
  | 'refused'
  /** Nobody can tell whether the scheduler has it. Nothing is submitted again unless the caller says so (`resubmit`). */
  | 'unknown-submission'
  /** The machine has no job of that id, directory or key. */
  | 'not-found'
  /** Its directory has another job in it, which has not ended. */
  | 'directory-busy'
  /** Its key is that of a job which is something else, or is somewhere else. */
  | 'key-taken'
  /** The scheduler would not end it. */
  | 'not-cancelled'
  /** What the machine has on record of it cannot be read. */
  | 'bad-record';

/** Options of {@link JobError}. */
export interface JobErrorOptions extends HawserErrorOptions {
  /** The key of the job. */
  readonly jobKey?: string | undefined;
  /** What went wrong, alone. */
  readonly why?: string | undefined;
}

/** A job could not be submitted, found or ended. A job that ran and failed is no error: its result says so. */
export class JobError extends HawserError {
  readonly reason: JobErrorReason;
  /** The key of the job that it is about; `undefined` where none was found. */
  readonly jobKey: string | undefined;
  /** What went wrong, alone: without what was being done, and what to do next. */
  readonly why: string | undefined;

  constructor(reason: JobErrorReason, message: string, options: JobErrorOptions = {}) {
    super('ERR_HAWSER_JOB', message, options);
    this.reason = reason;
    this.jobKey = options.jobKey;
    this.why = options.why;
  }

  override toJSON(): Record<string, unknown> {
    const { reason, jobKey, why } = this;
    return {
      ...super.toJSON(),
      reason,
      ...(jobKey === undefined ? {} : { jobKey }),
      ...(why === undefined ? {} : { why }),
    };
  }
}
