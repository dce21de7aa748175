import type { Output } from '../terminal/output.js';
import { oneLine } from '../terminal/text.js';

/** Says why open sessions are not used, where nobody insists on them. */
export function tellWithoutSessions(output: Output, why: Error): void {
  output.note(`Going without open sessions: ${oneLine(why.message)}\n`);
}
