import { quote } from '../../core/quote.js';

/** The status of a submit line that could not make the record's `output`: nothing was submitted. */
export const NO_OUTPUT = 73;

/** Makes the record's `output` before a scheduler does, so that only its owner can read it. Schedulers append. */
export function makeOutput(record: string): string {
  return `(umask 077; : >>${quote(`${record}/output`)}) || exit ${NO_OUTPUT}; `;
}
