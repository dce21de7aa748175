import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import type { TestFleet } from '../../../src/testing/test-fleet.js';
import { startTestFleet } from '../../../src/testing/test-fleet.js';

describe('a fleet over SSH', () => {
  let servers: TestFleet;

  beforeAll(async () => {
    servers = await startTestFleet({
      hosts: [
        'fine',
        { name: 'refuses', faults: { refuseAuth: true } },
        { name: 'silent', faults: { onConnect: 'silent' } },
        { name: 'web', faults: { onConnect: 'http' } },
        { name: 'crowded', faults: { onConnect: 'throttled' } },
        { name: 'dropping', faults: { dropAfterBytes: 10 } },
        { name: 'mute', faults: { omitExitStatus: true } },
        { name: 'noexec', faults: { refuseExec: true } },
        'stranger',
        'hop',
      ],
    });
  });

  afterAll(() => servers?.close());

  it('tells for each host how its command ended or why it never began', async () => {
    // Those that never get anywhere are waited for; the others may take their time on a busy machine.
    const limits: Readonly<Record<string, number>> = { silent: 1000, crowded: 4000 };
    const hosts = servers.targets.filter(({ key }) => key !== 'hop');
    const targets = hosts.map((target) => ({
      ...target,
      connectTimeout: limits[target.key ?? ''] ?? 20_000,
      ...(target.key === 'stranger' ? { knownHosts: [] } : {}),
    }));
    await using mc = new MultiConnection(targets);
    const result = await mc.execute('echo 12345678901234567890; sleep 0.2; echo "$HOME" >&2');
    expect([...result].map(([key, { outcome }]) => `${key}: ${outcome}`)).toEqual([
      'fine: exit',
      'refuses: auth',
      'silent: connect',
      'web: connect',
      'crowded: throttled',
      'dropping: lost',
      'mute: unknown',
      'noexec: unknown',
      'stranger: hostkey',
    ]);
    for (const { key, error } of result.failed.values()) {
      if (key === 'mute') expect(error).toBeUndefined();
      else expect(error).toMatchObject({ key });
    }
    expect([...result.succeeded.keys()]).toEqual(['fine']);
    expect(result.get('dropping')).toMatchObject({ ok: false, status: null });
    expect(JSON.stringify(result)).not.toContain('PRIVATE KEY');
  });

  it('reaches many hosts through one connection to their jump host, and each fails for itself', async () => {
    const through = { proxyJump: servers.host('hop').target, connectTimeout: 5000 };
    const targets = ['fine', 'mute', 'refuses'].map((name) => ({ ...servers.host(name).target, ...through }));
    await using mc = new MultiConnection(targets);
    const result = await mc.connect();
    expect([...result.succeeded.keys()]).toEqual(['fine', 'mute']);
    expect(result.get('refuses')?.error).toMatchObject({ phase: 'auth', key: 'refuses' });
    expect(servers.host('hop').connections).toBe(1);
  });
});
