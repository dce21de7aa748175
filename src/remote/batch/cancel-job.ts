import { quote } from '../../core/quote.js';
import { IDENTITY, PUT } from './far-identity.js';
import { farPath } from './far-path.js';

/**
 * A script for `askShell` that has a scheduler end a job by one of its commands, whose answer it gives as its own. Into the
 * record it writes `cancelling`, who is at it, before, and `cancelled`, since when, once the scheduler has done it: where it
 * is ended between the two, nobody takes what becomes of the job later for its work.
 */
export function cancelJob(record: string, line: string): string {
  return `${IDENTITY}${PUT}hawser_record=${farPath(record)}
hawser_look $$
hawser_since=$(date +%s)
hawser_put "$hawser_record/cancelling" "$hawser_host $hawser_boot $$ $hawser_began"
(eval ${quote(line)})
hawser_status=$?
[ "$hawser_status" != 0 ] || hawser_put "$hawser_record/cancelled" "$hawser_since"
rm -f -- "$hawser_record/cancelling"
exit "$hawser_status"
`;
}
