import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { farPath } from './far-path.js';

/** An id that somebody has found in the queue, where the answer to the submission did not tell it. */
export interface FoundId {
  readonly record: string;
  /** The attempt by whose token it was found. */
  readonly attempt: number;
  readonly id: string;
}

/**
 * A script for `askShell` that writes ids into records, as `found` beside the answer to their submission, so that nobody has to
 * search for them again. One that is there stays, and so does an attempt that has been put aside.
 */
export function noteIds(ids: readonly FoundId[]): string {
  const lines = ids.map(({ record, attempt, id }) => {
    if (!/^[!-~]{1,200}$/.test(id) || !Number.isSafeInteger(attempt)) {
      throw new OptionError(`Expected an id without spaces, and an attempt, got ${JSON.stringify([id, attempt])}.`);
    }
    return `hawser_note ${farPath(record)}/submit.lock ${attempt} ${quote(id)}\n`;
  });
  return `hawser_note() {
  [ -d "$1" ] && [ ! -e "$1/found" ] || return 0
  hawser_e=
  { read -r hawser_a hawser_b hawser_c hawser_d hawser_e <"$1/owner"; } 2>/dev/null
  [ "$hawser_e" = "$2" ] || return 0
  (umask 077; printf '%s\\n' "$3" >|"$1/found.$$") 2>/dev/null && mv -f -- "$1/found.$$" "$1/found"
}
${lines.join('')}:
`;
}
