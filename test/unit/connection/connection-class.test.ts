import { describe, expect, it } from 'vitest';
import { CliConnection } from '../../../src/connection/cli-connection.js';
import { Connection } from '../../../src/connection/connection.js';
import {
  type ConnectionClass,
  connectionClass,
  connectionClassNames,
  findConnectionClass,
  registerConnectionClass,
} from '../../../src/connection/connection-class.js';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { OpenSshConnection } from '../../../src/connection/open-ssh-connection.js';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { TelnetConnection } from '../../../src/connection/telnet-connection.js';
import { OptionError } from '../../../src/core/hawser-error.js';

const builtIn: readonly [string, ConnectionClass][] = [
  ['ssh', SshConnection],
  ['openssh', OpenSshConnection],
  ['local', LocalConnection],
  ['telnet', TelnetConnection],
  ['cli', CliConnection],
];

describe('the name of a connection class', () => {
  it.each(builtIn)('%s is built in', (name, cls) => {
    expect(connectionClass(name)).toBe(cls);
    expect(connectionClassNames()).toContain(name);
  });

  it('is known once it is registered, as often as one likes', () => {
    class Own extends LocalConnection {}
    registerConnectionClass('own-of-this-test', Own);
    registerConnectionClass('own-of-this-test', Own);
    expect(connectionClass('own-of-this-test')).toBe(Own);
    expect(() => registerConnectionClass('own-of-this-test', LocalConnection)).toThrow(
      'Cannot register LocalConnection as "own-of-this-test": that is the name of Own already.',
    );
  });

  it.each([
    ['Object', Object],
    ['Connection', Connection],
    ['a value of type string', 'ssh'],
  ])('is not given to %s, which is no subclass of Connection', (words, cls) => {
    expect(() => Reflect.apply(registerConnectionClass, undefined, ['none-of-this-test', cls])).toThrow(
      new OptionError(`Cannot register ${words} as "none-of-this-test": it is no subclass of Connection.`),
    );
    expect(findConnectionClass('none-of-this-test')).toBeUndefined();
  });

  it('that nobody knows is refused with those that there are', () => {
    expect(() => connectionClass('constructor')).toThrow(
      /^There is no connection class "constructor"; known are cli, local/,
    );
    expect(findConnectionClass('toString')).toBeUndefined();
  });
});
