import { afterAll, beforeAll, expect, it } from 'vitest';
import { OpenSshConnection } from '../../../src/connection/open-ssh-connection.js';
import type { Target } from '../../../src/inventory/target.js';
import { describeReal, type Sshd, startSshd } from '../../rigs/rigs.js';

describeReal(['sshd'], "the system's ssh", () => {
  let server: Sshd;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
  });
  afterAll(() => server.stop());

  function target(o: Partial<Target> = {}): Target {
    const { host, port, user, identity, knownHosts } = server;
    return { host, port, username: user, privateKey: identity, knownHosts, agent: false, sshConfig: false, ...o };
  }

  it('runs a command, and tells its output, its errors and its status apart', async () => {
    await using connection = new OpenSshConnection({ target: target() });
    const result = await connection.execute('echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', status: 3, outcome: 'exit' });
  });
  it('gives input to a command', async () => {
    await using connection = new OpenSshConnection({ target: target() });
    expect((await connection.execute('cat', { input: 'hello' })).stdout).toBe('hello');
    expect((await connection.execute('exit 255')).status).toBe(255);
    expect((await connection.execute('kill -9 $$')).outcome).toBe('unknown');
    const all = await Promise.all(Array.from({ length: 15 }, (_, i) => connection.execute(`echo ${i}; sleep 0.2`)));
    expect(all.map((r) => r.stdout.trim())).toEqual(Array.from({ length: 15 }, (_, i) => String(i)));
  });
});
