import { checkIdleTimeout } from '../session-options.js';

/** Where a broker listens. */
export interface BrokerPlace {
  /**
   * The path of its Unix socket, in a directory of this user's alone. Default: `$HAWSER_SESSION_SOCKET`, else
   * `$XDG_RUNTIME_DIR/hawser/broker.sock`, else one in the directory for temporary files with the user's number in its name.
   */
  readonly socket?: string | undefined;
}

/** Options of {@link SessionBroker.start}, and of a broker that {@link SessionBroker.connect} starts. */
export interface SessionBrokerOptions extends BrokerPlace {
  /** A session that nobody has used for so long is closed, in milliseconds; `0`: never. Default 3,600,000, an hour. */
  readonly idleTimeout?: number | undefined;
}

/** An hour. */
const IDLE_TIMEOUT = 3_600_000;
/** How long a session may be idle, in milliseconds; `0`: for ever.
 *
 * @throws OptionError for what cannot be meant.
 */
export function readIdleTimeout({ idleTimeout = IDLE_TIMEOUT }: SessionBrokerOptions): number {
  return checkIdleTimeout(idleTimeout) ?? 0;
}
