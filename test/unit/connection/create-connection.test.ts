import { describe, expect, it } from 'vitest';
import { connect, createConnection, type TargetLike, toTarget } from '../../../src/connection/create-connection.js';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { TelnetConnection } from '../../../src/connection/telnet-connection.js';
import { AbortError } from '../../../src/core/errors.js';
import { OptionError, ParseError } from '../../../src/core/hawser-error.js';
import type { Target } from '../../../src/inventory/target.js';
import { ScriptedConnection } from './scripted-connection.js';

describe('a target', () => {
  it('is read from a string, and has that string as its key', () => {
    expect(toTarget('deploy@web1:2222')).toEqual({
      host: 'web1',
      port: 2222,
      username: 'deploy',
      key: 'deploy@web1:2222',
    });
  });

  it('takes defaults for what it leaves open, and for nothing else', () => {
    const defaults = { username: 'root', port: 22, connectTimeout: 5 };
    expect(toTarget('deploy@web1', defaults)).toMatchObject({ username: 'deploy', port: 22, connectTimeout: 5 });
    expect(toTarget({ host: 'web1', port: 1 }, defaults)).toEqual({ ...defaults, host: 'web1', port: 1 });
  });

  it('leaves open what is undefined in it, and in its defaults', () => {
    const open = { host: 'web1', username: undefined, port: undefined } as unknown as Target;
    expect(toTarget(open, { username: 'root' })).toEqual({ host: 'web1', username: 'root' });
    const none = { username: undefined } as unknown as Partial<Target>;
    expect(toTarget('deploy@web1', none)).toMatchObject({ username: 'deploy' });
    expect(Object.keys(toTarget({ host: 'web1' }, none))).toEqual(['host']);
  });

  it('of another connection keeps its secrets', () => {
    const { target } = createConnection({ host: 'web1', password: 'hunter2' });
    expect(toTarget(target).password).toBe('hunter2');
    expect(createConnection(target).target.password).toBe('hunter2');
  });

  it.each<[unknown, typeof OptionError | typeof ParseError, string]>([
    ['', ParseError, 'it is empty'],
    ['web1:99999', ParseError, 'the port must be'],
    ['me:hunter2@web1', OptionError, 'must not hold a password'],
    [undefined, OptionError, 'got undefined'],
    [7, OptionError, 'got a number'],
    [{}, OptionError, 'Expected a target to have the `host` field'],
    [{ host: '' }, OptionError, '`host`'],
    [{ host: 'web1', user: 'me' }, OptionError, 'did you mean `username`?'],
    [{ host: 'web1', port: '22' }, OptionError, '`port`'],
    [{ host: 'web1', password: 7 }, OptionError, '`password`'],
    [{ host: 'web1', connectTimeout: 0 }, OptionError, '`connectTimeout`'],
  ])('%j is refused before anything is opened', async (target, kind, why) => {
    expect(() => toTarget(target as Target)).toThrow(kind);
    expect(() => toTarget(target as Target)).toThrow(why);
    await expect(connect(target as TargetLike)).rejects.toThrow(kind);
  });

  it('is refused with options or defaults that cannot be meant', async () => {
    const bad = { timeout: 5 } as unknown as Partial<Target>;
    expect(() => toTarget('web1', bad)).toThrow('did you mean `connectTimeout`?');
    await expect(connect('web1', bad)).rejects.toThrow(OptionError);
    await expect(connect('web1', { port: -1 })).rejects.toThrow('`port`');
  });

  it('never has its secret repeated by the error that refuses it', () => {
    for (const bad of ['me:hunter2@web1', { host: 'web1', passphrase: ['hunter2'] }, { host: 'me:hunter2@web1' }]) {
      let message = '';
      try {
        toTarget(bad as unknown as Target);
      } catch (error) {
        message = String(error);
      }
      expect(message).not.toBe('');
      expect(message).not.toContain('hunter2');
    }
  });
});

describe('making a connection', () => {
  it('goes by the protocol', () => {
    expect(createConnection({ host: 'web1' })).toBeInstanceOf(SshConnection);
    expect(createConnection({ host: 'web1', protocol: 'ssh' })).toBeInstanceOf(SshConnection);
    expect(createConnection(toTarget('local:'))).toBeInstanceOf(LocalConnection);
    expect(createConnection({ host: 'web1', protocol: 'telnet' })).toBeInstanceOf(TelnetConnection);
  });

  it('gives it the name that is known of it', () => {
    expect(createConnection({ host: 'web1', username: 'me', port: 22 }).id).toBe('me@web1:22');
    expect(createConnection({ host: 'web1' }).id).toBe('web1');
    expect(createConnection(toTarget('local:')).id).toBe('local');
  });
});

describe('connect()', () => {
  it('opens what it makes', async () => {
    await using connection = await connect('local:');
    expect(connection.state).toBe('connected');
    expect((await connection.execute(['printf', '%s', 'a b'])).stdout).toBe('a b');
  });

  it('lets its options win over the target, unless they are undefined', async () => {
    const failed = await connect('deploy@127.0.0.1:1', {
      sshConfig: false,
      port: undefined,
      username: undefined,
    } as unknown as Partial<Target>).catch((error: unknown) => error);
    expect(failed).toMatchObject({ name: 'ConnectError', phase: 'tcp', hop: '127.0.0.1:1' });
    const other = await connect('127.0.0.1:1', { sshConfig: false, port: 2 }).catch((error: unknown) => error);
    expect(other).toMatchObject({ hop: '127.0.0.1:2' });
  });

  it('returns the very connection that it is given, connected', async () => {
    const connection = new ScriptedConnection();
    expect(await connect(connection)).toBe(connection);
    expect(connection.connected).toBe(true);
    expect(await connect(connection)).toBe(connection);
    expect(connection.transports).toHaveLength(1);
    await connection.close();
  });

  it('takes no fields for a connection that has been made with its own', async () => {
    const connection = new ScriptedConnection();
    await expect(connect(connection, { port: 2222 })).rejects.toThrow(OptionError);
    expect(connection.state).toBe('idle');
    await connection.close();
  });

  it('leaves a connection open to be tried again that was handed in and could not connect', async () => {
    const connection = new ScriptedConnection();
    await expect(connect(connection, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    expect(connection.state).toBe('idle');
    await connection.close();
  });
});
