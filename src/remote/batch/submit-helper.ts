import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { IDENTITY, OWN, PUT } from './far-identity.js';
import { STANDS } from './take-directory.js';

/** What {@link submitHelper} needs. */
export interface SubmitHelperOptions {
  /** Submits the job; it runs in the job's directory. */
  readonly submitLine: string;
  /** Makes the id of what `submitLine` printed, from stdin to stdout. */
  readonly idFilter: string;
  /** Which submission of this job it is, from 1; `clearSubmission` clears no other. Default 1. */
  readonly attempt?: number;
}

/**
 * The text of the helper that submits: `sh helper RECORD CLAIM`, in the job's directory. However many are started, one of them
 * makes the directory `submit.lock`, and the rest leave. All that it writes is in there, so that clearing the lock takes
 * everything along, and a helper that was slow writes into its own past:
 *
 * - `owner`: `host boot pid start attempt`;
 * - `begun`: right before the submit line runs. It is a rename that succeeds only while the lock is this helper's own: once
 *   a lock without `begun` is cleared, its helper submits nothing, however late it wakes up;
 * - `outdone`, and nothing more: the directory is not held by CLAIM any more (see `takeDirectory`), so that it leaves;
 * - `out`, `err`, `id` (where there is one), and last `status` (`status seconds`).
 *
 * Each of them comes by a rename. What has to be written after the submission has its room on the disk before it.
 */
export function submitHelper({ submitLine, idFilter, attempt = 1 }: SubmitHelperOptions): string {
  if (!Number.isSafeInteger(attempt) || attempt < 1) {
    throw new OptionError(`Expected \`attempt\` to be a positive integer, got ${String(attempt)}.`);
  }
  return `#!/bin/sh
# Submits a job of hawser's, once.
trap '' HUP
case $1 in /*) hawser_record=$1 ;; *) hawser_record=$PWD/$1 ;; esac
hawser_directory=$PWD
hawser_lock=$hawser_record/submit.lock
${IDENTITY}${PUT}${OWN}hawser_own "$hawser_record" || exit 77
hawser_look $$
(umask 077; mkdir -- "$hawser_lock") 2>/dev/null || { [ -d "$hawser_lock" ] && exit 0; exit 73; }
cd -- "$hawser_lock" || exit 73
[ ! -e owner ] || exit 75
hawser_claim=claim.$hawser_host.$$.$hawser_began
hawser_prepare() {
  hawser_put owner "$hawser_host $hawser_boot $$ $hawser_began ${attempt}" &&
    (umask 077; : >out.draft && : >err.draft && printf '%63s\\n' '' >status.draft && printf '%127s\\n' '' >id.draft) &&
    hawser_put "$hawser_claim" ${attempt}
}
hawser_prepare || { rm -f ./*.draft "$hawser_claim" owner; rmdir -- "$hawser_lock"; exit 73; }
if [ -n "\${2-}" ]; then
${STANDS}  hawser_stands "\${hawser_record%/*}" "$2" || { mv -- "$hawser_claim" outdone; exit 75; }
fi
mv -- "$hawser_lock/$hawser_claim" "$hawser_lock/begun" 2>/dev/null || exit 75
(cd -- "$hawser_directory" && eval ${quote(submitLine)}) </dev/null >>out.draft 2>>err.draft
hawser_status=$?
mv -f out.draft out
mv -f err.draft err
if [ "$hawser_status" = 0 ]; then
  hawser_id=$(eval ${quote(idFilter)} <out 2>/dev/null | dd bs=100 count=1 2>/dev/null)
  hawser_id=\${hawser_id%%[!!-~]*}
  [ -z "$hawser_id" ] || { printf '%s ' "$hawser_id" 1<>id.draft && mv -f id.draft id; }
fi
printf '%s %s ' "$hawser_status" "$(date +%s)" 1<>status.draft && mv -f status.draft status
`;
}
