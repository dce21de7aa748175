import { pause } from '../../core/deadline.js';
import { ConnectError, DisconnectedError } from '../../core/errors.js';
import { hungUpUnanswered } from '../../transport/broker/broker-link.js';
import { answerScope } from './answer-scope.js';
import { BrokerClient } from './broker-client.js';
import { isAnswered } from './claim-socket.js';
import { hasBrokerSocket } from './socket-place.js';

/** Between two tries to connect to a broker that has a crowd before it, in milliseconds. */
const AGAIN = 10;

/** A client of the broker that listens at a socket, connected; `undefined` where none does. */
export async function reachBroker(socket: string, signal?: AbortSignal): Promise<BrokerClient | undefined> {
  while (hasBrokerSocket(socket)) {
    try {
      return await new BrokerClient(socket).connect({ signal });
    } catch (error) {
      const code = causeOf(error);
      if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
      if (code !== 'EAGAIN') throw error;
      await pause(AGAIN, signal);
    }
  }
  return undefined;
}

/**
 * As {@link reachBroker}, of one that answers; `undefined` also where it is about to end.
 *
 * @throws ConnectError where it is of another version, or no broker; TimeoutError where it does not answer.
 */
export async function greetBroker(socket: string, signal?: AbortSignal): Promise<BrokerClient | undefined> {
  try {
    return await greet(socket, signal);
  } catch (error) {
    if (!hungUpUnanswered(error)) throw error;
    // A broker that ended just now, and has perhaps been replaced, or another program.
    return (await isAnswered(socket)) ? await greet(socket, signal) : undefined;
  }
}

async function greet(socket: string, signal: AbortSignal | undefined): Promise<BrokerClient | undefined> {
  const client = await reachBroker(socket, signal);
  if (client === undefined) return undefined;
  using scope = answerScope(client, signal);
  try {
    await client.find([], { signal: scope.signal });
    return client;
  } catch (error) {
    await client.disconnect();
    if (error instanceof DisconnectedError) return undefined;
    throw error;
  }
}

function causeOf(error: unknown): unknown {
  const cause: unknown = error instanceof ConnectError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}
