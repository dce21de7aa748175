import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../../src/core/command-result.js';
import {
  AbortError,
  AuthError,
  ChannelError,
  ClosedError,
  CommandError,
  ConnectError,
  DisconnectedError,
  HostKeyError,
  ThrottledError,
  TimeoutError,
} from '../../../src/core/errors.js';
import { HawserError, OptionError, ParseError } from '../../../src/core/hawser-error.js';

const result: CommandResult = {
  key: 'web1',
  host: 'web1',
  command: 'false',
  stdout: '',
  stderr: '',
  status: 1,
  signal: null,
  ok: false,
  outcome: 'exit',
  durationMs: 1,
  truncated: { stdout: false, stderr: false },
};

/** Programs branch on these: a change here is a breaking change. */
const ERRORS: readonly [HawserError, string, string, boolean][] = [
  [new OptionError('m'), 'OptionError', 'ERR_HAWSER_OPTION', false],
  [new ParseError('m', { line: 1, column: 2 }), 'ParseError', 'ERR_HAWSER_PARSE', false],
  [new ConnectError('tcp', 'm'), 'ConnectError', 'ERR_HAWSER_CONNECT', false],
  [
    new HostKeyError('m', { reason: 'unknown', fingerprint: 'SHA256:x', keyType: 'ssh-rsa' }),
    'HostKeyError',
    'ERR_HAWSER_HOST_KEY',
    false,
  ],
  [new AuthError('m', []), 'AuthError', 'ERR_HAWSER_AUTH', false],
  [new ThrottledError('m'), 'ThrottledError', 'ERR_HAWSER_THROTTLED', true],
  [new DisconnectedError('m'), 'DisconnectedError', 'ERR_HAWSER_DISCONNECTED', true],
  [new ClosedError('m'), 'ClosedError', 'ERR_HAWSER_CLOSED', false],
  [new ChannelError('refused', 'm'), 'ChannelError', 'ERR_HAWSER_CHANNEL', false],
  [new TimeoutError('m', { phase: 'tcp', ms: 5 }), 'TimeoutError', 'ERR_HAWSER_TIMEOUT', true],
  [new AbortError('m'), 'AbortError', 'ABORT_ERR', false],
  [new CommandError('m', result), 'CommandError', 'ERR_HAWSER_COMMAND', false],
];

describe('every error', () => {
  it.each(ERRORS)('%s has the name %s, the code %s and says whether to try again', (error, name, code, retryable) => {
    expect(error).toBeInstanceOf(HawserError);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.retryable]).toEqual([name, code, retryable]);
    expect(error.stack?.startsWith(`${name}: `) || error.stack?.startsWith('Error: ')).toBe(true);
    expect(error.toJSON()).toMatchObject({ name, code, message: error.message, retryable });
    expect(JSON.parse(JSON.stringify(error))).toEqual(error.toJSON());
  });

  it('gives its cause by its message alone, in JSON', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { config: { password: 'hunter2' } });
    const error = new ConnectError('tcp', 'Cannot connect to web1.', { host: 'web1', hop: 'web1:22', cause });
    expect(error.cause).toBe(cause);
    expect(error.toJSON()).toEqual({
      name: 'ConnectError',
      code: 'ERR_HAWSER_CONNECT',
      message: 'Cannot connect to web1.',
      host: 'web1',
      retryable: false,
      cause: 'connect ECONNREFUSED',
      phase: 'tcp',
      hop: 'web1:22',
    });
  });

  it('has no cause where none was given, and passes over one that is no error', () => {
    expect('cause' in new ClosedError('m')).toBe(false);
    expect(new ClosedError('m', { cause: { password: 'hunter2' } }).toJSON()).not.toHaveProperty('cause');
  });

  it('takes the key of the fleet later, and shows it', () => {
    const error = new ClosedError('m', { host: 'web1' });
    expect(error.toJSON()).not.toHaveProperty('key');
    error.key = 'web';
    expect(error.toJSON()).toMatchObject({ host: 'web1', key: 'web' });
  });

  it('can be told that it may be retried, also where its kind says otherwise', () => {
    expect(new ConnectError('tcp', 'm', { retryable: true }).retryable).toBe(true);
    expect(new ThrottledError('m', { retryable: false }).retryable).toBe(false);
  });
});

describe('what kinds of errors add', () => {
  it('is there for programs and in JSON', () => {
    const hostKey = new HostKeyError('m', {
      reason: 'mismatch',
      fingerprint: 'SHA256:x',
      keyType: 'ssh-ed25519',
      file: '/known_hosts',
      line: 3,
      knownTypes: ['ssh-rsa'],
    });
    expect(hostKey).toMatchObject({ phase: 'hostkey', reason: 'mismatch', line: 3, knownTypes: ['ssh-rsa'] });
    expect(hostKey.toJSON()).toMatchObject({
      reason: 'mismatch',
      fingerprint: 'SHA256:x',
      keyType: 'ssh-ed25519',
      file: '/known_hosts',
      line: 3,
    });
    const tried = [{ method: 'publickey', detail: '~/.ssh/id_rsa', outcome: 'refused' }] as const;
    expect(new AuthError('m', tried).toJSON()).toMatchObject({ phase: 'auth', tried });
    expect(new TimeoutError('m', { phase: 'auth', ms: 5 }).toJSON()).toMatchObject({ phase: 'auth', ms: 5 });
    expect(new ThrottledError('m').phase).toBe('banner');
    expect(new ParseError('bad word', { file: 'hosts.yaml', line: 2, column: 7 }).message).toBe(
      'hosts.yaml:2:7: bad word',
    );
    expect(new ParseError('bad word', { line: 2, column: 7 }).message).toBe('<text>:2:7: bad word');
  });

  it('holds the partial result of a command, which JSON leaves out', () => {
    const error = new DisconnectedError('m', { result });
    expect(error.result).toBe(result);
    expect(error.toJSON()).not.toHaveProperty('result');
    expect(inspect(new CommandError('m', result))).toContain('ERR_HAWSER_COMMAND');
  });
});
