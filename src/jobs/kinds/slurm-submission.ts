import { saying } from './saying.js';
import type { Answer, SubmitAnswer } from './scheduler-kind.js';
import { LONGEST_COMPLAINT, lastId, NO_PROGRAM } from './submit-answer.js';
import { NO_OUTPUT } from './submit-line.js';

/** The id as `sbatch --parsable` prints it: alone, or with the name of the cluster after it. Other lines may stand before it. */
const ID = /^(\d+)(?:;.*)?$/;

/** What slurmctld says when it has no place for a job now. A limit of the account or the QOS is named by its own word. */
const FULL = [
  /\b(?:Assoc|QOS)\w*(?:Max|Grp)\w*Submit\w*/,
  /\bSlurm job queue full\b/,
  /\bSlurm temporarily unable to accept job\b/,
  /\bUnable to create job record, try again\b/,
  /\bJob creation temporarily disabled\b/,
];

/** What says that slurmctld, or sbatch before it, looked at the job and did not take it (slurm_errno.h, sbatch(1)). */
const REFUSED = [
  /\bAccess\/permission denied\b/,
  /\bBatch script (?:contains DOS line breaks|is empty)/,
  /\bThis does not look like a batch script\b/,
  /\bInvalid (?:account|burst buffer|cluster|feature|generic resource|job array|job credential|license|node|numeric|partition|qos|QOS|reservation|Trackable|user id|wckey)\b/i,
  /\b[Ii]nvalid (?:--[\w-]+|option|directive|specification|value|time limit|dependency)\b/,
  /\bspecification (?:is )?(?:invalid|can not be satisfied)\b/,
  /\bJob dependency problem\b/,
  /\bJob violates accounting\/QOS policy\b/,
  /\bJob size specification needs to be provided\b/,
  /\bMore processors requested than permitted\b/,
  /\bMemory required by task is not available\b/,
  /\bNode count specification invalid\b/,
  /\bPathname of a file, directory or other parameter too long\b/,
  /\bRequested (?:node configuration is not available|time limit is invalid|partition configuration not available|reservation is invalid|nodes are busy|nodes not available|number of nodes)/,
  /\bUnable to (?:open file|process configuration file)\b/,
  /\bUnspecified error\b/,
  /\bUser's group not permitted to use this partition\b/,
  /\b(?:unrecognized|ambiguous) option\b/,
  /\boption requires an argument\b/,
];

/**
 * What may have been said with the job taken: the answer did not come through. These win over whatever else was said.
 * `sbatch` never asks again by itself after one of them.
 */
const UNCLEAR = [
  /\bUnable to contact slurm controller\b/,
  /\b[Tt]imed out\b/,
  /\bConnection (?:refused|reset)\b/,
  /\b(?:Message (?:receive|send) failure|Zero Bytes|Transport endpoint|Unexpected message)\b/,
];

/**
 * What an `sbatch --parsable` came to. Only words that are known to come from who looked at the job are a refusal: all other
 * failures may have left a job behind.
 */
export function readSlurmSubmit(answer: Answer): SubmitAnswer {
  const id = lastId(answer.stdout, ID);
  if (answer.status === 0 && id !== undefined) return { id };
  const said = saying(answer);
  const complaint = answer.stderr.slice(-LONGEST_COMPLAINT);
  const says = (patterns: readonly RegExp[]): boolean => patterns.some((pattern) => pattern.test(complaint));
  const mayBeThere = answer.status === 0 || answer.status === null || id !== undefined || says(UNCLEAR);
  if (mayBeThere) return { unclear: said };
  if (answer.status === NO_PROGRAM || answer.status === NO_OUTPUT) return { refused: said, again: false };
  if (says(FULL)) return { refused: said, again: true };
  return says(REFUSED) ? { refused: said, again: false } : { unclear: said };
}
