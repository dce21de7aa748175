import { OptionError } from '../core/hawser-error.js';
import { didYouMean } from '../core/nearest-name.js';
import { CliConnection } from './cli-connection.js';
import { Connection } from './connection.js';
import { LocalConnection } from './local-connection.js';
import { OpenSshConnection } from './open-ssh-connection.js';
import { SshConnection } from './ssh-connection.js';
import { TelnetConnection } from './telnet-connection.js';

/**
 * A class of connections: any subclass of `Connection` whose constructor takes one object. A manager makes it with
 * `{ target, via, alias, device }` and the arguments that it does not know itself.
 */
export type ConnectionClass<C extends Connection = Connection> = new (options: never) => C;

const builtIn: ReadonlyMap<string, ConnectionClass> = new Map<string, ConnectionClass>([
  ['ssh', SshConnection],
  ['openssh', OpenSshConnection],
  ['local', LocalConnection],
  ['telnet', TelnetConnection],
  ['cli', CliConnection],
]);

const registered = new Map<string, ConnectionClass>();

/**
 * Makes a class known by a name, for `class:` in a testbed and in the `connections` of a device.
 *
 * @throws OptionError where the name is empty or that of another class, and for what is no subclass of `Connection`.
 */
export function registerConnectionClass(name: string, cls: ConnectionClass): void {
  if (typeof name !== 'string' || name.trim() === '') {
    throw new OptionError('Expected the name of a connection class to be a string that is not empty.');
  }
  if (!isConnectionClass(cls)) {
    throw new OptionError(`Cannot register ${classWords(cls)} as "${name}": it is no subclass of Connection.`);
  }
  const there = builtIn.get(name) ?? registered.get(name);
  if (there !== undefined && there !== cls) {
    throw new OptionError(`Cannot register ${cls.name} as "${name}": that is the name of ${there.name} already.`);
  }
  if (there === undefined) registered.set(name, cls);
}

/** Whether something is a class of connections. */
export function isConnectionClass(cls: unknown): cls is ConnectionClass {
  return typeof cls === 'function' && cls.prototype instanceof Connection;
}

/** What was given for a class, as an error names it. */
export function classWords(cls: unknown): string {
  return typeof cls === 'function' ? cls.name || 'a function' : `a value of type ${typeof cls}`;
}

/** The names that {@link connectionClass} understands, in the order of the alphabet. */
export function connectionClassNames(): readonly string[] {
  return [...builtIn.keys(), ...registered.keys()].sort();
}

/** Whether a class is one of hawser's own. */
export function isBuiltIn(cls: ConnectionClass): boolean {
  return [...builtIn.values()].includes(cls);
}

/** The class that is known by a name, or `undefined`. */
export function findConnectionClass(name: string): ConnectionClass | undefined {
  return builtIn.get(name) ?? registered.get(name);
}

/**
 * The class that is known by a name.
 *
 * @throws OptionError that lists the names that there are, and says which one may be meant.
 */
export function connectionClass(name: string): ConnectionClass {
  const found = findConnectionClass(name);
  if (found !== undefined) return found;
  const known = connectionClassNames();
  const hint = didYouMean(name, known);
  throw new OptionError(
    `There is no connection class "${name}"; known are ${known.join(', ')}.${hint} ` +
      'Make others known with registerConnectionClass(name, cls).',
  );
}
