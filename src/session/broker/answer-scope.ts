import { CallScope } from '../../core/deadline.js';
import { TimeoutError } from '../../core/errors.js';

/** How long a broker may take for an answer about its sessions, in milliseconds. It has nothing to wait for. */
const PATIENCE = 10_000;

/** Within what a broker has to answer what it knows by itself. A process that is stopped still has its socket. */
export function answerScope(
  broker: { readonly socketPath: string },
  signal?: AbortSignal,
  patience: number = PATIENCE,
): CallScope {
  return new CallScope(signal, patience, () => brokerSilence(broker.socketPath, patience));
}

/** That a broker has not answered for so long, in milliseconds. */
export function brokerSilence(socketPath: string, ms: number): TimeoutError {
  const message =
    `The session broker at ${socketPath} does not answer, for ${ms / 1000} s now. ` +
    "If it stays so, end its process (pkill -f 'hawser session broker'), or set HAWSER_SESSION_SOCKET to another path.";
  return new TimeoutError(message, { phase: 'broker', ms });
}
