import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { DeviceFacts } from '../../../src/connection/device-facts.js';
import { LocalConnection } from '../../../src/connection/local-connection.js';

const facts: DeviceFacts = {
  name: 'r1',
  os: 'iosxe',
  credentials: { default: { username: 'admin', password: 'hunter2' }, enable: { password: 'hunter3' } },
};

function connection(): LocalConnection {
  return new LocalConnection({ target: { host: 'localhost' }, device: facts });
}

describe('what a connection knows of its device', () => {
  it('can be read by name', () => {
    const { device } = connection();
    expect(device?.name).toBe('r1');
    expect(device?.credentials?.['enable']?.password).toBe('hunter3');
    expect(device?.credentials?.['default']?.username).toBe('admin');
  });

  it('shows no password', () => {
    const made = connection();
    for (const value of [made, made.device, made.device?.credentials, made.device?.credentials?.['enable']]) {
      expect(inspect(value, { depth: 9 })).not.toContain('hunter');
      expect(JSON.stringify(value)).not.toContain('hunter');
    }
  });

  it('is known to its clone, passwords and all', () => {
    const { device } = connection().clone().clone();
    expect(device).toEqual({ name: 'r1', os: 'iosxe' });
    expect(device?.credentials?.['default']?.password).toBe('hunter2');
    expect(device?.credentials?.['enable']?.password).toBe('hunter3');
  });

  it('is nothing where no manager made it', () => {
    expect(new LocalConnection({ target: { host: 'localhost' } }).device).toBeUndefined();
  });
});
