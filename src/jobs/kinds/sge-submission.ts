import { saying } from './saying.js';
import type { Answer, SubmitAnswer } from './scheduler-kind.js';
import { LONGEST_COMPLAINT, lastId, NO_PROGRAM } from './submit-answer.js';
import { NO_OUTPUT } from './submit-line.js';

/** The id as `qsub -terse` prints it: alone, or with the tasks of an array after it. Other lines may stand before it. */
const ID = /^(\d+)(?:\.\S*)?$/;

/** The status of qsub(1) where `max_u_jobs` or `max_jobs` is reached. */
const FULL_STATUS = 25;

/** The same in words (sge_conf(5)). */
const FULL = /\bonly \d+ jobs are allowed per (?:user|cluster)\b/;

/** What says that qmaster, or qsub before it, looked at the job and did not take it. */
const REFUSED = [
  /\bdenied: /,
  /\bjob rejected: /,
  /\bJob was rejected\b/,
  /\bno suitable queues\b/,
  /\bunknown (?:resource|option)\b/i,
  /\binvalid option argument\b/,
  /\bis not a (?:time|memory|numeric|boolean|double|integer) value\b/,
  /\bnot allowed as objectname\b/,
  /\bUnable to (?:read script file|initialize environment)\b/,
];

/** What a `qsub -terse` came to. Of a failure that is not known to be a refusal nobody can tell what it left behind. */
export function readSgeSubmit(answer: Answer): SubmitAnswer {
  const { status, stdout } = answer;
  const complaint = answer.stderr.slice(-LONGEST_COMPLAINT);
  const id = lastId(stdout, ID);
  if (status === 0 && id !== undefined) return { id };
  const said = saying(answer);
  if (status === 0 || status === null || id !== undefined) return { unclear: said };
  if (status === FULL_STATUS || FULL.test(complaint)) return { refused: said, again: true };
  const isRefusal = status === NO_PROGRAM || status === NO_OUTPUT || REFUSED.some((pattern) => pattern.test(complaint));
  return isRefusal ? { refused: said, again: false } : { unclear: said };
}
