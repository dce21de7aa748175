import { existsSync } from 'node:fs';
import { isDebugLogAsked } from '../../core/debug-log.js';
import { inventoryFile } from '../options/inventory-file.js';
import { socketOfBroker } from '../options/open-sessions.js';
import { readPlainRun } from './plain-run.js';

/**
 * Runs a command on one host over a session that a broker has open. A start of the whole program, with its reader of
 * options, its fleets and its SSH, would take longer than the command: none of that is loaded for it. Who wants to see how it
 * goes (`HAWSER_DEBUG`) is shown the whole of it.
 *
 * @param words those behind `hawser run`.
 * @returns the words for the whole program, where they are not that simple or there is no such session: nothing was done
 *   then. `undefined`: it is done.
 */
export async function runLive(words: readonly string[]): Promise<readonly string[] | undefined> {
  const plain = isDebugLogAsked() ? undefined : readPlainRun(words);
  if (plain === undefined || existsSync(inventoryFile(process.env))) return words;
  const socket = await socketOfBroker();
  if (socket === undefined) return words;
  const { runOverSession } = await import('./run-over-session.js');
  switch (await runOverSession(socket, plain)) {
    case 'done':
      return undefined;
    case 'no session':
      return words;
    case 'no answer':
      return withoutSessions(words);
  }
}

/** The words with what keeps the whole program from asking a broker once more that does not answer. */
function withoutSessions(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return [...words.slice(0, end), '--session', 'never', ...words.slice(end)];
}
