import { CallScope, pause } from '../../core/deadline.js';
import { ConnectError, DisconnectedError, TimeoutError } from '../../core/errors.js';
import { BrokerClient } from './broker-client.js';
import { hasBrokerSocket } from './socket-place.js';

/** Between two tries to connect to a broker that has a crowd before it, in milliseconds. */
const AGAIN = 10;
/** How long a broker may take for an answer about its sessions, in milliseconds. It has nothing to wait for. */
const PATIENCE = 10_000;

/** A client of the broker that listens at a socket, connected; `undefined` where none does. */
export async function reachBroker(socket: string, signal?: AbortSignal): Promise<BrokerClient | undefined> {
  while (await hasBrokerSocket(socket)) {
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
 * @throws ConnectError where it is of another version; TimeoutError where it does not answer.
 */
export async function greetBroker(socket: string, signal?: AbortSignal): Promise<BrokerClient | undefined> {
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

/** Within what a broker has to answer what it knows by itself. A process that is stopped still has its socket. */
export function answerScope({ socketPath }: BrokerClient, signal?: AbortSignal): CallScope {
  return new CallScope(signal, PATIENCE, () => {
    const message =
      `The session broker at ${socketPath} does not answer, for ${PATIENCE / 1000} s now. ` +
      "If it stays so, end its process: pkill -f 'hawser session broker'";
    return new TimeoutError(message, { phase: 'broker', ms: PATIENCE });
  });
}

function causeOf(error: unknown): unknown {
  const cause: unknown = error instanceof ConnectError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}
