import { OptionError } from '../../core/hawser-error.js';
import { farPath } from './far-path.js';

/** Options of {@link clearSubmission}. */
export interface ClearSubmissionOptions {
  /**
   * Whether the traces of the run go as well (its fence, `started`, `exit`, `output`, `cancelled`, `timeout`), so that the job may run
   * again. Only for a job that runs no more, or never will. Default `false`.
   */
  readonly run?: boolean;
  /** Whether to leave a lock alone whose helper has come to run the submit line. Default `false`. */
  readonly unlessBegun?: boolean;
}

/**
 * What {@link clearSubmission} did: `cleared`; `begun`: with `unlessBegun`, nothing, for the submit line has been run;
 * `other`: nothing, for the lock is of another attempt, which somebody else has made meanwhile; `none`: there was no lock.
 */
export type ClearAnswer = 'cleared' | 'begun' | 'other' | 'none';

/**
 * A script for `askShell` that puts an attempt to submit aside, into the record's directory `attempt-N`, so that the next
 * may be made. It prints a {@link ClearAnswer}; its status is other than 0 where it could not do it.
 */
export function clearSubmission(record: string, attempt: number, o: ClearSubmissionOptions = {}): string {
  if (!Number.isSafeInteger(attempt) || attempt < 1) {
    throw new OptionError(`Expected \`attempt\` to be a positive integer, got ${String(attempt)}.`);
  }
  const put = (name: string): string =>
    `{ [ ! -e "$hawser_record/${name}" ] || mv -f -- "$hawser_record/${name}" "$hawser_past/${name}"; }`;
  return `hawser_record=${farPath(record)}
hawser_lock=$hawser_record/submit.lock
hawser_past=$hawser_record/attempt-${attempt}
hawser_a=none
if [ -d "$hawser_lock" ]; then
  hawser_e=${attempt}
  if [ -f "$hawser_lock/owner" ]; then read -r hawser_a hawser_b hawser_c hawser_d hawser_e <"$hawser_lock/owner"; fi
  if [ "$hawser_e" != ${attempt} ] || [ -e "$hawser_past/submit.lock" ]; then echo other; exit 0; fi
  (umask 077; mkdir -p -- "$hawser_past") && mv -- "$hawser_lock" "$hawser_past/submit.lock" || exit 73
  hawser_a=cleared
${
  o.unlessBegun === true
    ? `  if [ -e "$hawser_past/submit.lock/begun" ]; then
    mv -- "$hawser_past/submit.lock" "$hawser_lock" || exit 73
    echo begun
    exit 0
  fi
`
    : ''
}fi
${
  o.run === true
    ? `(umask 077; mkdir -p -- "$hawser_past") && ${['exit', 'started', 'cancelled', 'cancelling', 'timeout', 'missed', 'output', 'run.lock'].map(put).join(' &&\n  ')} || exit 73
`
    : ''
}printf '%s\\n' "$hawser_a"
`;
}

/** The {@link ClearAnswer} in what the script printed; `undefined` where there is none. */
export function parseCleared(text: string): ClearAnswer | undefined {
  const word = text.trim();
  return word === 'cleared' || word === 'begun' || word === 'other' || word === 'none' ? word : undefined;
}
