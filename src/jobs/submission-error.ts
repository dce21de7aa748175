import { JobError } from '../core/job-error.js';

/** For which of its reasons a submission gives up. */
export type SubmissionFault = 'refused' | 'unknown-submission' | 'bad-record';

/** The error of a submission that gives up, which says what may be done. */
export function submissionError(
  reason: SubmissionFault,
  why: string,
  job: {
    readonly name: string;
    readonly key: string;
    readonly machine: string;
    /** The kind of scheduler. */
    readonly kind: string;
    readonly cause?: unknown;
  },
): JobError {
  const { name, key, machine, kind, cause } = job;
  const what = `"${name}" on ${machine} (key ${key})`;
  const text = {
    refused: `The scheduler ${kind} did not take ${what}: ${why}. Put it right, and submit it with the same key.`,
    'unknown-submission':
      `Nobody can tell whether ${what} was submitted: ${why}. Submit it again with the same key to look once more, which ` +
      'submits nothing twice; with `resubmit: true` where you know that it was not.',
    'bad-record': `Cannot submit ${what}: ${why}.`,
  }[reason];
  return new JobError(reason, text, {
    host: machine,
    jobKey: key,
    why,
    cause,
    retryable: reason === 'unknown-submission',
  });
}
