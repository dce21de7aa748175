import { brokerSilence } from '../../session/broker/answer-scope.js';
import { brokerSocket } from '../../session/broker/socket-place.js';
import { act } from '../act.js';
import { tellWithoutSessions } from '../options/tell-without-sessions.js';
import { PATIENCE } from '../relay/relay-lines.js';
import type { RunFlags } from './run-flags.js';

/**
 * Says that the broker does not answer. Who insists on a session (`--session always`) gets no more than that: `undefined`; for
 * anybody else it goes on with what keeps the whole program from asking once more.
 */
export async function withoutAnswer(
  words: readonly string[],
  flags: Pick<RunFlags, 'color' | 'session'>,
): Promise<readonly string[] | undefined> {
  const isWanted = flags.session === 'always';
  await act(flags, async ({ output }) => {
    const silence = brokerSilence(brokerSocket(), PATIENCE);
    if (isWanted) throw silence;
    tellWithoutSessions(output, silence);
    return 0;
  });
  if (isWanted) return undefined;
  const end = words.indexOf('--');
  return [...words.slice(0, end), '--session', 'never', ...words.slice(end)];
}
