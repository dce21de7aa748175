import type { BrokerClient } from '../../session/broker/broker-client.js';
import { brokerSocket, hasBrokerSocket } from '../../session/broker/socket-place.js';
import type { Context } from '../context.js';

/**
 * `hawser session stop`: of a broker of any version.
 *
 * @returns the exit status: 0, also where there was nothing to stop.
 * @throws ConnectError where what listens is no broker; TimeoutError where it does not answer.
 */
export async function stopBroker({ output }: Context): Promise<number> {
  const socket = brokerSocket();
  const { SessionBroker } = await import('../../session/broker/session-broker.js');
  await using broker = hasBrokerSocket(socket) ? await SessionBroker.find({ socket }) : undefined;
  if (broker === undefined) output.note('No session broker runs.\n');
  else await stopInTime(broker);
  return 0;
}

async function stopInTime(broker: BrokerClient): Promise<void> {
  const { answerScope } = await import('../../session/broker/answer-scope.js');
  using scope = answerScope(broker);
  await broker.stop({ signal: scope.signal });
}
