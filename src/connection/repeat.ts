import { DisconnectedError } from '../core/errors.js';
import type { UseOptions } from '../remote/files/file-access.js';

/** How often the same work is begun again at most. */
const MOST_REPEATS = 10;

/** Whether work that failed so is to be done again over another link. `repeats`: how often it was already. */
export function isToBeRepeated(error: unknown, o: UseOptions, repeats: number): boolean {
  if (o.signal?.aborted || !isLossOfLink(error)) return false;
  return typeof o.repeatable === 'function' ? o.repeatable() : o.repeatable === true && repeats < MOST_REPEATS;
}

/** Whether work failed because its link did. */
function isLossOfLink(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof DisconnectedError) return true;
  return false;
}
