import type { BrokerClient } from '../../session/broker/broker-client.js';
import { brokerSocket, hasBrokerSocket } from '../../session/broker/socket-place.js';

/**
 * A client of the broker that runs; `undefined` where none does, which costs next to nothing.
 *
 * @throws ConnectError where what listens is no broker, or one of another version; TimeoutError where it does not answer.
 */
export async function findBroker(): Promise<BrokerClient | undefined> {
  const socket = brokerSocket();
  if (!hasBrokerSocket(socket)) return undefined;
  const { greetBroker } = await import('../../session/broker/reach-broker.js');
  return greetBroker(socket);
}
