import type { TimeoutError } from '../../core/errors.js';

let silence: TimeoutError | undefined;

/** Remembers that the broker does not answer, so that this process does not wait for it a second time. */
export function rememberSilence(error: TimeoutError): void {
  silence = error;
}

/** What was remembered; `undefined`: nothing of the kind. */
export function brokerSilence(): TimeoutError | undefined {
  return silence;
}
