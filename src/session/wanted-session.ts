import { Connection } from '../connection/connection.js';
import { type ConnectionNames, type TargetLike, toTarget } from '../connection/create-connection.js';
import { defined } from '../core/defined.js';
import { OptionError } from '../core/hawser-error.js';
import { revealed } from '../core/secret.js';
import type { Target } from '../inventory/target.js';

/** Which session is asked for: the target, and how a connection to it is made where that does not say all. */
export interface Wanted {
  readonly target: Target;
  readonly names: ConnectionNames | undefined;
}

/**
 * What is meant. A connection stands for the machine that it leads to.
 *
 * @throws OptionError, ParseError for what cannot be meant.
 */
export function wantedSession(like: TargetLike): Wanted {
  if (!(like instanceof Connection)) return { target: toTarget(like), names: undefined };
  const { class: manner, kind, reuseOnly, sshOptions } = like.toJSON();
  if (manner === 'cli') {
    throw new OptionError(
      `Cannot keep a session to the command line ${like.key} beside it: it has one user at a time. Use that one, or a pool.`,
      { host: like.host, key: like.key },
    );
  }
  const names = defined({ reuseOnly, sshOptions });
  return {
    target: { ...revealed<Target>(like.target), protocol: kind },
    names: Object.keys(names).length === 0 ? undefined : names,
  };
}
