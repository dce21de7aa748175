import { describe, expect, it } from 'vitest';
import { isSecretName } from '../../../src/core/secret-name.js';

describe('the name of a secret', () => {
  it.each([
    'password',
    'Passwords',
    'line_passwd',
    'pass',
    'enablePass',
    'passphrase',
    'passcode',
    'api_token',
  ])('is %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each(['snmp_community', 'privateKey', 'private_key_file', 'clientSecret', 'credentials'])('is %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each(['passive', 'host', 'compass_x', 'keyFile', 'username', ''])('is not %j', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});
