import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SshConnection } from '../../src/connection/ssh-connection.js';
import { AuthError, HostKeyError } from '../../src/core/errors.js';
import { Device } from '../../src/manager/device.js';
import { describeReal, openSockets, type Sshd, startSshd } from '../rigs/rigs.js';

describeReal(['sshd'], 'a device that is reached over real SSH', () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await startSshd();
  });

  afterAll(async () => {
    await sshd?.stop();
  });

  /** A port on which nobody listens. */
  const CLOSED = 1;

  function device(connections: Record<string, object> = {}): Device<{ default: SshConnection; vty_1: SshConnection }> {
    return new Device<{ default: SshConnection; vty_1: SshConnection }>('r1', {
      connections: {
        defaults: { via: 'ssh', knownHosts: sshd.knownHosts, sshConfig: false, agent: false },
        ssh: { protocol: 'ssh', ip: '127.0.0.1', port: sshd.port, privateKey: sshd.identity },
        ...connections,
      },
      credentials: { default: { username: sshd.user } },
    });
  }

  it('connects, works and disconnects', async () => {
    await using r1 = device();
    const connection = await r1.connect();
    expect(connection.key).toBe('r1');
    expect((await r1.execute('echo $((40 + 2))')).stdout).toBe('42\n');
    expect(await r1.fs.exists('/etc/passwd')).toBe(true);
    await r1.disconnect();
    expect(r1.isConnected()).toBe(false);
    await r1.connect();
    expect(r1.connectionManager.connections['default']).toBe(connection);
  });

  it('has several connections at once, by their aliases', async () => {
    await using r1 = device();
    await Promise.all([r1.connect(), r1.connect({ alias: 'vty_1' })]);
    const [one, other] = await Promise.all([
      r1.execute('echo $SSH_CONNECTION'),
      r1.vty_1.execute('echo $SSH_CONNECTION'),
    ]);
    expect(one.stdout).toMatch(/^127\.0\.0\.1 /);
    expect(other.stdout).not.toBe(one.stdout);
  });

  it('makes one connection for many who connect at once', async () => {
    await using r1 = device();
    const all = await Promise.all(Array.from({ length: 10 }, () => r1.connect()));
    expect(new Set(all).size).toBe(1);
    expect(await openSockets()).toHaveLength(1);
  });

  it('takes the next path where nobody listens on the first, and says so', async () => {
    await using r1 = device({ down: { ip: '127.0.0.1', port: CLOSED } });
    const warnings: string[] = [];
    r1.connectionManager.on('warning', ({ message }) => warnings.push(message));
    const connection = await r1.connect({ via: ['down', 'ssh'] });
    expect(connection.via).toBe('ssh');
    expect((await r1.execute('echo here')).stdout).toBe('here\n');
    expect(warnings).toEqual([expect.stringContaining('Could not connect to r1 via down')]);
  });

  it('does not take the next path after a refused login', async () => {
    await using r1 = device({ wrong: { ip: '127.0.0.1', port: sshd.port, privateKey: [], password: 'wrong' } });
    await expect(r1.connect({ via: ['wrong', 'ssh'] })).rejects.toThrow(AuthError);
    expect(r1.connection().via).toBe('wrong');
  });

  it('does not take the next path after a host key that is not known', async () => {
    await using r1 = device({ strange: { ip: '127.0.0.1', port: sshd.port, knownHosts: '/dev/null' } });
    await expect(r1.connect({ via: ['strange', 'ssh'] })).rejects.toThrow(HostKeyError);
  });

  it('goes through its jump host once, however many connections it has', async () => {
    const { port, user: username, identity: privateKey, knownHosts } = sshd;
    const gate = { host: '127.0.0.1', port, username, privateKey, knownHosts, sshConfig: false, agent: false } as const;
    await using r1 = device({ inside: { ip: '127.0.0.1', port, privateKey, proxy: gate } });
    await Promise.all([r1.connect({ via: 'inside' }), r1.connect({ alias: 'vty_1', via: 'inside' })]);
    expect((await r1.vty_1.execute('echo inside')).stdout).toBe('inside\n');
    expect(await openSockets()).toHaveLength(1);
  });

  it('leaves no socket behind when all is destroyed', async () => {
    const r1 = device();
    await Promise.all([r1.connect(), r1.connect({ alias: 'vty_1' })]);
    await r1.destroyAll();
    await expect.poll(() => openSockets()).toEqual([]);
    expect(r1.vty_1).toBeUndefined();
  });
});
