import { OptionError } from '../../core/hawser-error.js';
import { brokerSocket, hasBrokerSocket } from '../../session/broker/socket-place.js';
import { relayBeside } from '../relay/relay-lines.js';

/** Where there may be a broker: it is not loaded for nothing. A place for it that is not safe is none. */
export function socketOfBroker(): Promise<string | undefined> {
  return socketAt(brokerSocket);
}

/** Where there may be the relay of a broker. */
export function socketOfRelay(): Promise<string | undefined> {
  return socketAt(() => relayBeside(brokerSocket()));
}

async function socketAt(place: () => string): Promise<string | undefined> {
  try {
    const socket = place();
    return (await hasBrokerSocket(socket)) ? socket : undefined;
  } catch (error) {
    if (error instanceof OptionError) return undefined;
    throw error;
  }
}
