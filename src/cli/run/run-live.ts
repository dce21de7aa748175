import { brokerSocket, safeSocket } from '../../session/broker/socket-place.js';
import { askRelay } from '../relay/ask-relay.js';
import { relayBeside } from '../relay/relay-lines.js';
import { readPlainRun } from './plain-run.js';

/**
 * Has a command on one host run by the broker that has a session open to it. A start of the whole program, with its reader of
 * options, its fleets and its SSH, would take longer than the command: none of that is loaded for it, and each module counts
 * here. Who wants to see how it goes (`HAWSER_DEBUG`) is shown the whole of it.
 *
 * @param words those behind `hawser run`.
 * @returns the words for the whole program, where they are not that simple or there is no such session: nothing was done
 *   then. `undefined`: it is done.
 */
export async function runLive(words: readonly string[]): Promise<readonly string[] | undefined> {
  const plain = process.env['HAWSER_DEBUG'] === undefined ? readPlainRun(words) : undefined;
  const socket = plain && safeSocket(() => relayBeside(brokerSocket()));
  if (plain === undefined || socket === undefined) return words;
  switch (await askRelay(socket, words)) {
    case 'done':
      return undefined;
    case 'not taken':
      return words;
    case 'broken off': {
      const { keepBrokenOff } = await import('./broken-off.js');
      await keepBrokenOff(plain);
      return undefined;
    }
    case 'no answer': {
      const { withoutAnswer } = await import('./without-answer.js');
      return withoutAnswer(words, plain.flags);
    }
  }
}
