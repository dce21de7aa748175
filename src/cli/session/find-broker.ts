import type { BrokerClient } from '../../session/broker/broker-client.js';
import { brokerSocket, hasBrokerSocket } from '../../session/broker/socket-place.js';

/** A client of the broker that runs; `undefined` where none does, which costs next to nothing. */
export async function findBroker(): Promise<BrokerClient | undefined> {
  if (!(await hasBrokerSocket(brokerSocket()))) return undefined;
  const { SessionBroker } = await import('../../session/broker/session-broker.js');
  return SessionBroker.find();
}
