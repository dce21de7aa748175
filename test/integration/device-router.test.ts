import { afterAll, beforeAll, expect, it } from 'vitest';
import { CliConnection } from '../../src/connection/cli-connection.js';
import type { TelnetConnection } from '../../src/connection/telnet-connection.js';
import { AliasError, AuthError } from '../../src/core/errors.js';
import { Device } from '../../src/manager/device.js';
import { ConnectionPool, type PooledConnection } from '../../src/pool/connection-pool.js';
import { describeReal, type Frr, openSockets, startFrr } from '../rigs/rigs.js';

interface Connections {
  readonly default: CliConnection;
  readonly vty_1: TelnetConnection;
  readonly pool: PooledConnection<CliConnection>;
}

describeReal(['frr'], 'a router as a device', () => {
  let router: Frr;

  beforeAll(async () => {
    router = await startFrr({ name: 'phoenix' });
  });

  afterAll(async () => {
    await router?.stop();
  });

  function phoenix(connections: Record<string, object> = {}): Device<Connections> {
    const { host, port, sshPort, user, password, knownHosts, vtyPassword, enablePassword } = router;
    return new Device<Connections>('phoenix', {
      connections: {
        defaults: { sshConfig: false, agent: false, knownHosts },
        mgmt: {
          protocol: 'ssh',
          class: 'cli',
          ip: host,
          port: sshPort,
          credentials: { default: { username: user, password } },
        },
        console: { protocol: 'telnet', ip: host, port, credentials: { default: { password: vtyPassword } } },
        ...connections,
      },
      credentials: { enable: { password: enablePassword } },
      platform: 'frr',
    });
  }

  it('is configured and asked over its default connection, by SSH', async () => {
    await using device = phoenix();
    const connection = await device.connect();
    expect(connection).toBeInstanceOf(CliConnection);
    expect(String(await device.execute('show interface brief'))).toMatch(/^Interface\s+Status/);
    expect((await device.configure(['hostname phoenix'])).ok).toBe(true);
    expect(device.connectionManager.connections['default']).toBe(connection);
  });

  it('is reached by telnet under another alias at the same time, with the enable password of the device', async () => {
    await using device = phoenix();
    await Promise.all([device.connect(), device.connect({ alias: 'vty_1', via: 'console' })]);
    await device.vty_1.enable();
    expect(device.vty_1.mode).toBe('enable');
    const [one, other] = await Promise.all([device.execute('show version'), device.vty_1.execute('show version')]);
    expect([one.ok, other.ok]).toEqual([true, true]);
    expect([device.isConnected(), device.isConnected({ alias: 'vty_1' })]).toEqual([true, true]);
  });

  it('takes its console where its management port does not answer', async () => {
    await using device = phoenix({ down: { class: 'cli', ip: '127.0.0.1', port: 1 } });
    expect((await device.connect({ via: ['down', 'console'] })).via).toBe('console');
    expect((await device.execute('show version')).ok).toBe(true);
  });

  it('does not take its console where its management port refuses the login', async () => {
    const credentials = { default: { username: router.user, password: 'wrong' } };
    const { host, sshPort } = router;
    await using device = phoenix({ wrong: { class: 'cli', ip: host, port: sshPort, credentials } });
    await expect(device.connect({ via: ['wrong', 'console'] })).rejects.toThrow(AuthError);
  });

  it('does not take another path where telnet refuses the password', async () => {
    const { host, port } = router;
    const credentials = { default: { password: 'wrong' } };
    await using device = phoenix({ wrong: { protocol: 'telnet', ip: host, port, credentials } });
    await expect(device.connect({ via: ['wrong', 'mgmt'] })).rejects.toThrow(AuthError);
  });

  it('is worked on by many at once through a pool', async () => {
    await using device = phoenix();
    const pool = await device.connect({ alias: 'pool', via: 'mgmt', poolSize: 3, poolTimeout: 60_000 });
    expect(pool).toBeInstanceOf(ConnectionPool);
    const commands = Array.from({ length: 12 }, (_, index) => `show history ${index}`);
    const results = await Promise.all(commands.map((command) => device.pool.execute(command)));
    expect(results.map(({ command }) => command)).toEqual(commands);
    const configured = await device.pool.use(async (worker) => worker.configure(['hostname phoenix']));
    expect(configured.ok).toBe(true);
    await device.destroy({ alias: 'pool' });
    expect(device.isConnected({ alias: 'pool' })).toBe(false);
    expect(() => device.connection('pool')).toThrow(AliasError);
  });

  it('has no socket left when all is destroyed', async () => {
    const device = phoenix();
    await Promise.all([device.connect(), device.connect({ alias: 'vty_1', via: 'console' })]);
    await device.destroyAll();
    await expect.poll(() => openSockets()).toEqual([]);
  });
});
