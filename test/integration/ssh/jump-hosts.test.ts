import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../../src/connection/create-connection.js';
import { AuthError, ConnectError, DisconnectedError, HostKeyError, TimeoutError } from '../../../src/core/errors.js';
import { sh } from '../../../src/core/quote.js';
import {
  describeReal,
  openSockets,
  remoteProcesses,
  type Sshd,
  sshdConfigs,
  startSshd,
  waitUntil,
} from '../../rigs/rigs.js';
import { errorOf, targetOf } from './target.js';

describeReal(['sshd'], 'the way to a host', () => {
  let servers: [Sshd, Sshd, Sshd];
  let directory: string;
  let allKnown: string;
  beforeAll(async () => {
    servers = await Promise.all([startSshd(), startSshd(), startSshd()]);
    directory = await mkdtemp(join(tmpdir(), 'hawser-jump-'));
    allKnown = join(directory, 'known_hosts');
    const files = await Promise.all(servers.map((s) => readFile(s.knownHosts, 'utf8')));
    await writeFile(allKnown, files.join(''));
  });
  afterAll(async () => {
    await Promise.all(servers?.map((s) => s.stop()) ?? []);
    await rm(directory, { recursive: true, force: true });
  });
  const hop = (s: Sshd): string => `${s.user}@127.0.0.1:${s.port}`;

  it('leads through a chain of jump hosts, each checked under its own name', async () => {
    const [first, second, last] = servers;
    const target = targetOf(last, { knownHosts: allKnown, proxyJump: [hop(first), hop(second)] });
    await using connection = await connect(target);
    expect((await connection.execute('echo $SSH_CONNECTION')).stdout).toContain(String(last.port));
    const checked = connection.connectSteps.filter((s) => s.phase === 'hostkey').map((s) => s.hop);
    expect(checked).toEqual([first, second, last].map((s) => `127.0.0.1:${s.port}`));
  });

  it('refuses an unknown key at every hop', async () => {
    const [first, second, last] = servers;
    for (const missing of servers) {
      const known = await Promise.all(servers.filter((s) => s !== missing).map((s) => readFile(s.knownHosts, 'utf8')));
      const knownHosts = join(directory, `without-${missing.port}`);
      await writeFile(knownHosts, known.join(''));
      const target = targetOf(last, { knownHosts, proxyJump: [hop(first), hop(second)] });
      const error = await errorOf(connect(target), HostKeyError);
      expect(error).toMatchObject({ reason: 'unknown', hop: `127.0.0.1:${missing.port}` });
    }
  });

  it('says at which hop authentication failed', async () => {
    const [first, , last] = servers;
    const target = targetOf(last, { knownHosts: allKnown, proxyJump: `nobody-there@127.0.0.1:${first.port}` });
    const error = await errorOf(connect(target), AuthError);
    expect(error.hop).toBe(`127.0.0.1:${first.port}`);
  });

  it('says that the far host refused, or that forwarding is forbidden', async () => {
    const [first, , last] = servers;
    const closed = { ...targetOf(last, { knownHosts: allKnown, proxyJump: hop(first) }), port: 1 };
    expect(await errorOf(connect(closed), ConnectError)).toMatchObject({ phase: 'tcp', hop: '127.0.0.1:1' });
    await using strict = await startSshd({ config: sshdConfigs.noForwarding });
    const known = (await readFile(allKnown, 'utf8')) + (await readFile(strict.knownHosts, 'utf8'));
    const knownHosts = join(directory, 'strict');
    await writeFile(knownHosts, known);
    const error = await errorOf(connect(targetOf(last, { knownHosts, proxyJump: hop(strict) })), ConnectError);
    expect(error.message).toContain('AllowTcpForwarding');
  });

  it('borrows an open connection as a hop and leaves it open', async () => {
    const [first, , last] = servers;
    await using bastion = await connect(targetOf(first));
    await (await connect(targetOf(last, { proxyJump: bastion }))).close();
    expect(bastion.connected).toBe(true);
    expect((await bastion.execute('echo still')).stdout).toBe('still\n');
  });

  it('loses the connection when its hop goes, and says so', async () => {
    const [first, , last] = servers;
    await using bastion = await connect(targetOf(first));
    await using connection = await connect(targetOf(last, { proxyJump: bastion }));
    const running = connection.execute('echo here; exec sleep 600', { onStdout: () => void bastion.disconnect() });
    const error = await errorOf(running, DisconnectedError);
    expect(error.result).toMatchObject({ outcome: 'lost', stdout: 'here\n' });
  });

  it('follows ssh_config: aliases, users, ports, and ProxyJump by name', async () => {
    const [first, , last] = servers;
    const config = join(directory, 'config');
    await writeFile(
      config,
      `Host edge\n HostName 127.0.0.1\n Port ${first.port}\nHost inner\n HostName 127.0.0.1\n Port ${last.port}\n ProxyJump edge\n` +
        `Host *\n User ${last.user}\n IdentityFile ${last.identity}\n UserKnownHostsFile ${allKnown}\n IdentityAgent none\n`,
    );
    await using connection = await connect('inner', { sshConfig: config });
    expect(connection.id).toBe(`${last.user}@127.0.0.1:${last.port}`);
    expect((await connection.execute('id -un')).stdout.trim()).toBe(last.user);
  });

  it('goes through a ProxyCommand, and reaps it', async () => {
    const [first] = servers;
    const marker = `hawser-proxy-${first.port}`;
    const script = `const s=require('net').connect(${first.port},'127.0.0.1');process.stdin.pipe(s).pipe(process.stdout)`;
    const proxyCommand = sh`${process.execPath} -e ${script} ${marker}`;
    const connection = await connect(targetOf(first, { proxyCommand }));
    expect((await connection.execute('echo through')).stdout).toBe('through\n');
    expect(await remoteProcesses(marker)).not.toHaveLength(0);
    await connection.close();
    await waitUntil('the proxy command to end', async () => (await remoteProcesses(marker)).length === 0);
  });

  it('says why a ProxyCommand failed', async () => {
    const [first] = servers;
    const target = targetOf(first, { proxyCommand: 'echo it is broken >&2; exit 7' });
    const error = await errorOf(connect(target), ConnectError);
    expect(error.message).toContain('it is broken');
    const missing = targetOf(first, { proxyCommand: '/nonexistent/proxy' });
    expect((await errorOf(connect(missing), ConnectError)).message).toMatch(/not found|No such file/);
  });

  it('ends a ProxyCommand that hangs when the time is up', async () => {
    const [first] = servers;
    const marker = `hawser-hang-${first.port}`;
    const target = targetOf(first, { proxyCommand: sh`sh -c ${'sleep 600; exit'} ${marker}`, connectTimeout: 300 });
    const error = await errorOf(connect(target), TimeoutError);
    expect(error.phase).toBe('banner');
    await waitUntil('the proxy command to end', async () => (await remoteProcesses(marker)).length === 0);
  });

  it('shares one connection to a jump host between those who go through it at once', async () => {
    const [first, , last] = servers;
    const { SshContext } = await import('../../../src/transport/ssh2/ssh-context.js');
    const { SshConnection } = await import('../../../src/connection/ssh-connection.js');
    const context = new SshContext();
    const target = targetOf(last, { knownHosts: allKnown, proxyJump: hop(first) });
    const before = (await openSockets()).filter((s) => s.remote.endsWith(`:${first.port}`)).length;
    const connections = Array.from({ length: 5 }, () => new SshConnection({ target, context }));
    await Promise.all(connections.map((c) => c.connect()));
    const during = (await openSockets()).filter((s) => s.remote.endsWith(`:${first.port}`)).length;
    expect(during - before).toBe(1);
    await Promise.all(connections.map((c) => c.close()));
    await waitUntil('the shared hop to close', async () => {
      return (await openSockets()).filter((s) => s.remote.endsWith(`:${first.port}`)).length === before;
    });
  });
});
