import { brokerSocket, hasBrokerSocket } from '../../session/broker/socket-place.js';
import type { Context } from '../context.js';

/**
 * `hawser session stop`: of a broker of any version.
 *
 * @returns the exit status: 0, also where there was nothing to stop.
 * @throws ConnectError where what listens is no broker.
 */
export async function stopBroker({ output }: Context): Promise<number> {
  const socket = brokerSocket();
  const { SessionBroker } = await import('../../session/broker/session-broker.js');
  await using broker = (await hasBrokerSocket(socket)) ? await SessionBroker.find({ socket }) : undefined;
  if (broker === undefined) output.note('No session broker runs.\n');
  else await broker.stop();
  return 0;
}
