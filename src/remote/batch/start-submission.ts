import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { DETACH, OWN } from './far-identity.js';
import { farPath } from './far-path.js';
import { recordReader } from './read-records.js';

/** Options of {@link startSubmission}. */
export interface StartSubmissionOptions {
  /** How long the answer is waited for on the machine, in milliseconds. Default 20,000. */
  readonly wait?: number;
  /** By which the job's directory was taken: the helper submits nothing once another job has it. Default: it does not look. */
  readonly claim?: string;
}

/** {@link startSubmission}'s exit status where the record is not staged in full, and where nothing can be written there. */
export const NOT_READY = 66;
export const NOT_WRITABLE = 73;

/** {@link startSubmission}'s exit status where the record, or the directory above it, is not this user's alone. */
export const NOT_OWN = 77;

/**
 * A script for `askShell`, in the job's directory: starts the record's helper where no lock is there yet, in a session of its
 * own, waits a while for its answer, and prints the record as `readRecords` does. It may run any number of times, and be cut
 * off anywhere. Its status is 0 whether or not an answer came; {@link NOT_READY}, {@link NOT_WRITABLE} and {@link NOT_OWN}:
 * nothing was started, and stderr says why.
 */
export function startSubmission(record: string, o: StartSubmissionOptions = {}): string {
  const { wait = 20_000, claim } = o;
  if (!Number.isFinite(wait) || wait < 0) {
    throw new OptionError(`Expected \`wait\` to be a number of milliseconds, 0 or more, got ${String(wait)}.`);
  }
  return `hawser_record=${farPath(record)}
${recordReader()}${DETACH}${OWN}hawser_lock=$hawser_record/submit.lock
if [ ! -d "$hawser_lock" ]; then
  if [ ! -f "$hawser_record/READY" ]; then
    hawser_read ${quote(record)} "$hawser_record"
    echo 'its files are not staged in full' >&2
    exit ${NOT_READY}
  fi
  for hawser_d in "$hawser_record/.." "$hawser_record"; do
    if ! hawser_own "$hawser_d"; then
      printf '%s is not a directory of this user, or others may write to it: see who has made it\\n' "$hawser_d" >&2
      exit ${NOT_OWN}
    fi
  done
  if ! (umask 077; echo >|"$hawser_record/helper.draft") || ! rm -f -- "$hawser_record/helper.draft"; then
    hawser_read ${quote(record)} "$hawser_record"
    exit ${NOT_WRITABLE}
  fi
  (hawser_detach sh "$hawser_record/helper" "$hawser_record"${claim === undefined ? '' : ` ${quote(claim)}`} </dev/null >/dev/null 2>&1 &)
fi
hawser_left=${Math.ceil(wait / 10)}
hawser_rounds=0
while [ ! -f "$hawser_lock/status" ] && [ ! -f "$hawser_lock/outdone" ] && [ "$hawser_left" -gt 0 ]; do
  if [ "$hawser_rounds" -lt 10 ]; then hawser_nap=2; else hawser_nap=10; fi
  hawser_rounds=$((hawser_rounds + 1))
  sleep "0.$((hawser_nap / 10))$((hawser_nap % 10))" 2>/dev/null || { sleep 1; hawser_nap=100; }
  hawser_left=$((hawser_left - hawser_nap))
  if [ $((hawser_rounds % 10)) = 0 ] && { read -r hawser_a hawser_b hawser_c hawser_d hawser_e <"$hawser_lock/owner"; } 2>/dev/null; then
    hawser_alive "$hawser_a" "$hawser_b" "$hawser_c" "$hawser_d"
    [ "$hawser_is" != no ] || break
  fi
done
hawser_read ${quote(record)} "$hawser_record"
`;
}
