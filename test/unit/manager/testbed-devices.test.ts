import { describe, expect, expectTypeOf, it } from 'vitest';
import type { CliConnection } from '../../../src/connection/cli-connection.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { Testbed } from '../../../src/manager/testbed.js';

describe('a device of a testbed', () => {
  const testbed = Testbed.parse('devices: { router: { alias: edge, os: frr } }');

  it('is found by its name and by its alias', () => {
    expect(testbed.device('router')).toBe(testbed.devices['router']);
    expect(testbed.device('edge')).toBe(testbed.devices['router']);
  });

  it('has the connections that its user says it will have', () => {
    const router = testbed.device<{ default: CliConnection; vty: CliConnection }>('router');
    expectTypeOf(router.configure).toEqualTypeOf<CliConnection['configure']>();
    expectTypeOf(router.vty).toEqualTypeOf<CliConnection>();
  });

  it('is named where there is none of that name', () => {
    expect(() => testbed.device('ruoter')).toThrow(OptionError);
    expect(() => testbed.device('ruoter')).toThrow(/no device "ruoter"; known are router\..*router/);
  });

  it('is not looked for without the tunnel that leads to it', async () => {
    await using lab = Testbed.parse(
      'devices: { router: { os: linux, connections: { cli: { ip: 192.0.2.1, sshtunnel: { host: jump } } } } }',
      { file: 'lab.yaml', defaults: { sshConfig: false, agent: false } },
    );
    const connecting = lab.device('router').connect();
    await expect(connecting).rejects.toThrow(/by "cli" \(lab\.yaml:1:\d+\): hawser makes no `sshtunnel`.* as `proxy`/);
  });
});
