import { CliConnection } from '../connection/cli-connection.js';
import { Connection } from '../connection/connection.js';
import type { ConnectionClass } from '../connection/connection-class.js';
import { SshConnection } from '../connection/ssh-connection.js';
import { OptionError } from '../core/hawser-error.js';
import { ConnectionPool } from '../pool/connection-pool.js';
import type { SshContext } from '../transport/ssh2/ssh-context.js';
import type { Plan } from './plan.js';

/** The classes whose connections share jump hosts, and what is read of files, with the others of their device. */
const SHARING: readonly ConnectionClass[] = [SshConnection, CliConnection];

/**
 * Makes the connection that a plan describes, or a pool of such, unopened.
 *
 * @param context what the connections over SSH of one device share.
 * @throws OptionError where what the class makes is no connection, and for options of a pool that cannot be meant;
 *   whatever its constructor throws.
 */
export function makeConnection(plan: Plan, context: SshContext): Connection {
  if (plan.pool === undefined) return construct(plan, context);
  return new ConnectionPool(() => construct(plan, context), plan.pool);
}

function construct({ cls, target, via, alias, facts, args }: Plan, context: SshContext): Connection {
  const shared = SHARING.some((one) => cls === one || cls.prototype instanceof one) ? { context } : {};
  const made: unknown = Reflect.construct(cls, [{ ...args, ...shared, target, via, alias, device: facts }]);
  if (made instanceof Connection) return made;
  throw new OptionError(`Cannot connect to ${facts.name}: ${cls.name} makes something that is no Connection.`);
}
