import { describe, expect, it } from 'vitest';
import {
  AbortError,
  AuthError,
  ChannelError,
  ClosedError,
  ConnectError,
  DisconnectedError,
  HostKeyError,
  ThrottledError,
  TimeoutError,
} from '../../../../src/core/errors.js';
import { type HawserError, OptionError } from '../../../../src/core/hawser-error.js';
import { decodeError, encodeError } from '../../../../src/transport/broker/wire-error.js';

const about = { host: 'web1', key: 'deploy@web1', retryable: true };
const hop = { ...about, hop: 'web1:22' };
const seen = { fingerprint: 'SHA256:x', keyType: 'ssh-ed25519', file: '/k', line: 3, knownTypes: ['ssh-rsa'] };
const errors: readonly HawserError[] = [
  new OptionError('No such option.', about),
  new ConnectError('tcp', 'Refused.', { ...hop, cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) }),
  new ThrottledError('Too many.', hop),
  new HostKeyError('Another key.', { reason: 'mismatch', ...seen }, hop),
  new AuthError('Not let in.', [{ method: 'password', detail: '', outcome: 'refused', reason: 'wrong' }], hop),
  new DisconnectedError('Lost.', { ...about, cause: new TimeoutError('Late.', { phase: 'tcp', ms: 5 }) }),
  new ClosedError('Closed.', about),
  new AbortError('Aborted.', about),
  new ChannelError('request', 'Refused.', about),
  new TimeoutError('Late.', { ...about, phase: 'auth', ms: 300 }),
];

describe('an error that travels', () => {
  it.each(
    errors.map((error) => [error.name, error] as const),
  )('arrives as %s, with its fields and its cause', (_, error) => {
    const arrived = decodeError(JSON.parse(JSON.stringify(encodeError(error))));
    expect(arrived).toBeInstanceOf(error.constructor);
    expect({ ...arrived.toJSON(), ...arrived }).toEqual({ ...error.toJSON(), ...error });
    expect(arrived.cause).toEqual(error.cause);
    expect(Reflect.get(Object(arrived.cause), 'code')).toBe(Reflect.get(Object(error.cause), 'code'));
  });

  it('of no class of ours arrives with its words', () => {
    expect(decodeError(encodeError(new TypeError('x is no function')))).toMatchObject({ message: 'x is no function' });
    expect(decodeError(encodeError('thrown')).message).toBe('thrown');
  });

  it.each([
    undefined,
    null,
    7,
    'text',
    [],
    {},
    { name: 'HostKeyError' },
    { name: 'AuthError', message: 'no', about: { tried: 7 } },
  ])('may be %j, and is an error all the same', (value) => {
    expect(decodeError(value)).toMatchObject({
      message: expect.any(String),
      code: expect.stringMatching(/^ERR_HAWSER_/),
    });
  });
});
