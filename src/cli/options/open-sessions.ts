import { OptionError } from '../../core/hawser-error.js';
import { brokerSocket, hasBrokerSocket } from '../../session/broker/socket-place.js';
import type { Output } from '../terminal/output.js';
import { oneLine } from '../terminal/text.js';

/** Where there may be a broker: it is not loaded for nothing. A place for it that is not safe is none. */
export async function socketOfBroker(): Promise<string | undefined> {
  try {
    const socket = brokerSocket();
    return (await hasBrokerSocket(socket)) ? socket : undefined;
  } catch (error) {
    if (error instanceof OptionError) return undefined;
    throw error;
  }
}

/** Says why open sessions are not used, where nobody insists on them. */
export function tellWithoutSessions(output: Output, why: Error): void {
  output.note(`Going without open sessions: ${oneLine(why.message)}\n`);
}
