import type { SessionInfo } from '../../core/session-info.js';
import type { BrokerClient } from '../../session/broker/broker-client.js';
import type { Context } from '../context.js';
import { writeJsonList } from '../terminal/json-list.js';
import { findBroker } from './find-broker.js';
import type { SessionListFlags } from './session-flags.js';
import { showSessions } from './session-view.js';

/**
 * `hawser session ls`: without a broker there are none.
 *
 * @returns the exit status: 0.
 * @throws ConnectError for a broker of another version; TimeoutError for one that does not answer.
 */
export async function listSessions(flags: SessionListFlags, context: Context): Promise<number> {
  const { output } = context;
  await using broker = await findBroker();
  const sessions = broker === undefined ? [] : await sessionsOf(broker);
  if (flags.json === true) {
    writeJsonList(output, 'sessions', sessions);
  } else if (sessions.length > 0) showSessions(sessions, output, context.paints(flags).out, Date.now());
  else output.note(broker === undefined ? 'No session is open: no broker runs.\n' : 'No session is open.\n');
  return 0;
}

async function sessionsOf(broker: BrokerClient): Promise<readonly SessionInfo[]> {
  const { answerScope } = await import('../../session/broker/answer-scope.js');
  using scope = answerScope(broker);
  return await broker.list({ signal: scope.signal });
}
