import type { Abortable } from '../core/abort.js';
import { defined } from '../core/defined.js';
import { OptionError } from '../core/hawser-error.js';
import { checkTarget, checkTargetOptions } from '../inventory/check-target.js';
import { parseTarget } from '../inventory/parse-target.js';
import type { Target } from '../inventory/target.js';
import type { SshContext } from '../transport/ssh2/ssh-context.js';
import { CliConnection } from './cli-connection.js';
import { Connection, type ConnectionOptions } from './connection.js';
import type { ConnectionManner } from './connection-record.js';
import { LocalConnection } from './local-connection.js';
import { OpenSshConnection } from './open-ssh-connection.js';
import { SshConnection } from './ssh-connection.js';
import { TelnetConnection } from './telnet-connection.js';

/** What names a machine: a string that `parseTarget` reads, a target, or a connection. */
export type TargetLike = string | Target | Connection;

/** What a connection manager calls a connection, and what a record says of how it is made. */
export type ConnectionNames = Omit<ConnectionOptions, 'target'> & ConnectionManner;

/** The target that a string or an object means, with `defaults` for what it leaves open; checked. */
export function toTarget(target: string | Target, defaults: Partial<Target> = {}): Target {
  const own = typeof target === 'string' ? parseTarget(target) : target;
  checkTarget(own);
  checkTargetOptions(defaults);
  return { ...defined(defaults), ...defined(own), host: own.host };
}

/** Makes the connection that a target asks for, unopened. Throws `OptionError` for a manner that cannot be meant. */
export function createConnection(target: Target, context?: SshContext, names: ConnectionNames = {}): Connection {
  if (names.class === 'cli') return new CliConnection({ ...names, target, context });
  switch (target.protocol ?? 'ssh') {
    case 'ssh':
      return new SshConnection({ ...names, target, context });
    case 'openssh':
      return new OpenSshConnection({ ...names, target });
    case 'local':
      return new LocalConnection({ ...names, target });
    case 'telnet':
      return new TelnetConnection({ ...names, target, context });
  }
}

/** Options of {@link connect} beside those of the target. */
export interface ConnectToOptions extends Abortable, Pick<ConnectionOptions, 'reconnect'> {}

/**
 * Connects to a machine. An open connection that is passed in is connected if need be and returned.
 *
 * @example
 * await using web1 = await connect('deploy@web1');
 * const { stdout } = await web1.execute('uptime');
 *
 * @throws ConnectError, TimeoutError, AbortError; OptionError and ParseError for what cannot be meant.
 */
export async function connect(
  target: TargetLike,
  options: Partial<Target> & ConnectToOptions = {},
): Promise<Connection> {
  const { signal, reconnect, ...fields } = options;
  checkTargetOptions(fields);
  if (target instanceof Connection) {
    const [field] = Object.keys(defined({ reconnect, ...fields }));
    if (field === undefined) return target.connect({ signal });
    throw new OptionError(
      `Expected no \`${field}\` beside a connection to ${target.key}, which has been made with its own: make a new one.`,
      { host: target.host, key: target.key },
    );
  }
  const connection = createConnection({ ...toTarget(target), ...defined(fields) }, undefined, { reconnect });
  try {
    return await connection.connect({ signal });
  } catch (error) {
    await connection.close();
    throw error;
  }
}
