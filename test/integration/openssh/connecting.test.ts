import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpenSshConnection } from '../../../src/connection/open-ssh-connection.js';
import {
  AbortError,
  AuthError,
  ConnectError,
  HostKeyError,
  ThrottledError,
  TimeoutError,
} from '../../../src/core/errors.js';
import { HawserError, OptionError } from '../../../src/core/hawser-error.js';
import { describeReal, remoteProcesses, type Sshd, startSshd, waitUntil } from '../../rigs/rigs.js';
import { errorOf } from '../ssh/target.js';
import { openSshTo } from './open-ssh.js';

const run = promisify(execFile);

describeReal(['sshd'], "a connect by the system's ssh", () => {
  const to = openSshTo();
  let servers: [Sshd, Sshd, Sshd];
  let directory: string;
  let allKnown: string;
  beforeAll(async () => {
    const start = (): Promise<Sshd> => startSshd({ keys: ['ed25519'] });
    servers = await Promise.all([start(), start(), start()]);
    directory = await mkdtemp(join(tmpdir(), 'hawser-own-ssh-'));
    allKnown = join(directory, 'known_hosts');
    await writeFile(allKnown, (await Promise.all(servers.map((s) => readFile(s.knownHosts, 'utf8')))).join(''));
  });
  afterAll(async () => {
    await Promise.all(servers?.map((server) => server.stop()) ?? []);
    await rm(directory, { recursive: true, force: true });
  });

  it('tells of its steps', async () => {
    const [server] = servers;
    const connection = await to(server).connect();
    const steps = connection.connectSteps.map(({ phase, outcome }) => `${phase} ${outcome}`);
    expect(steps).toEqual(['resolve ok', 'tcp ok', 'banner ok', 'kex ok', 'hostkey ok', 'auth ok', 'ready ok']);
    const { stdout } = await run('ssh-keygen', ['-l', '-f', server.knownHosts]);
    const shown = connection.connectSteps.find(({ phase }) => phase === 'hostkey')?.detail.split(' ')[1];
    expect(stdout).toContain(shown);
  });

  describe('fails', () => {
    it('at a name that does not resolve', async () => {
      const error = await errorOf(to(servers[0], { host: 'no-such-host.invalid' }).connect(), ConnectError);
      expect(error).toMatchObject({ phase: 'resolve' });
      expect(error.message).toContain('no-such-host.invalid');
    });

    it('at a port where nobody listens', async () => {
      const error = await errorOf(to(servers[0], { port: 1 }).connect(), ConnectError);
      expect(error).toMatchObject({ phase: 'tcp', retryable: true, hop: '127.0.0.1:1' });
      expect(error.message).toContain('refused');
    });

    it('at a server that is none of SSH, and at one that turns it away', async () => {
      for (const [said, kind] of [
        ['HTTP/1.1 400 Bad Request\r\n\r\n', ConnectError],
        ['Exceeded MaxStartups\r\n', ThrottledError],
      ] as const) {
        const server = createServer((socket) => socket.end(said));
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        try {
          const connection = to(servers[0], { port });
          const error = await errorOf(connection.connect({ timeout: 2000 }), HawserError);
          // One that says that it is full is tried until the time is up, wherever that finds us.
          expect(error instanceof kind || error instanceof TimeoutError).toBe(true);
          if (error instanceof kind) expect(error).toMatchObject({ phase: 'banner', retryable: true });
          const throttled = connection.connectSteps.filter(({ phase }) => phase === 'throttled');
          expect(throttled.length).toBeGreaterThan(0);
        } finally {
          server.close();
        }
      }
    });

    it('at a host key that is unknown, and records it with accept-new alone', async () => {
      const [server] = servers;
      const knownHosts = join(directory, 'empty');
      await writeFile(knownHosts, '');
      const error = await errorOf(to(server, { knownHosts, hostKey: 'strict' }).connect(), HostKeyError);
      expect(error).toMatchObject({ reason: 'unknown', keyType: 'ssh-ed25519', phase: 'hostkey' });
      const { stdout } = await run('ssh-keygen', ['-l', '-f', server.knownHosts]);
      expect(stdout).toContain(error.fingerprint);
      expect(await readFile(knownHosts, 'utf8')).toBe('');
      await to(server, { knownHosts, hostKey: 'accept-new' }).connect();
      expect(await readFile(knownHosts, 'utf8')).toContain('ssh-ed25519');
      await to(server, { knownHosts, hostKey: 'strict' }).connect();
    });

    it('at a host key that is not asked about even where questions are answered', async () => {
      const knownHosts = join(directory, 'still-empty');
      await writeFile(knownHosts, '');
      const asked: string[] = [];
      const keyboardInteractive = async (prompts: readonly { prompt: string }[]): Promise<string[]> => {
        asked.push(...prompts.map(({ prompt }) => prompt));
        return ['yes'];
      };
      const target = { knownHosts, keyboardInteractive };
      await errorOf(to(servers[0], target).connect(), HostKeyError);
      expect(asked).toEqual([]);
      expect(await readFile(knownHosts, 'utf8')).toBe('');
    });

    it('at a host key that has changed, or is revoked, and says where it stands', async () => {
      const [server, other] = servers;
      const key = (await readFile(other.knownHosts, 'utf8')).split(' ').slice(1).join(' ').trim();
      const knownHosts = join(directory, 'changed');
      await writeFile(knownHosts, `# one\n[127.0.0.1]:${server.port} ${key}\n`);
      const changed = await errorOf(to(server, { knownHosts }).connect(), HostKeyError);
      expect(changed).toMatchObject({ reason: 'mismatch', file: knownHosts, line: 2 });
      await to(server, { knownHosts, hostKey: 'insecure-accept-any' }).connect();
      await writeFile(knownHosts, `@revoked ${await readFile(server.knownHosts, 'utf8')}`);
      expect(await errorOf(to(server, { knownHosts }).connect(), HostKeyError)).toMatchObject({ reason: 'revoked' });
    });

    it('at algorithms that the server does not have', async () => {
      const algorithms = { cipher: ['3des-cbc'] };
      const error = await errorOf(to(servers[0], { algorithms }).connect(), ConnectError);
      expect(error.phase).toBe('kex');
      expect(error.message).toContain('chacha20-poly1305@openssh.com');
    });

    it('at settings that ssh does not know or cannot be told', async () => {
      const [server] = servers;
      for (const work of [
        () => to(server, { algorithms: { cipher: ['rot13'] } }).connect(),
        () => to(server, {}, { sshOptions: { NoSuchSetting: 'yes' } }).connect(),
        () => to(server, {}, { sshOptions: { ControlMaster: 'auto' } }).connect(),
        () => to(server, {}, { sshOptions: { 'Bad Name': 'x' } }).connect(),
        () => to(server, { hostKey: () => true }).connect(),
        () => to(server, { hostKey: { fingerprints: [`SHA256:${'A'.repeat(43)}`] } }).connect(),
      ]) {
        await errorOf(Promise.resolve().then(work), OptionError);
      }
    });

    it('where there is no ssh', async () => {
      const error = await errorOf(to(servers[0], {}, { sshPath: '/nonexistent/ssh' }).connect(), ConnectError);
      expect(error.message).toContain('/nonexistent/ssh');
    });

    it('at a ProxyCommand, with its words', async () => {
      const proxyCommand = 'sh -c "echo no way there >&2; exit 3"';
      const error = await errorOf(to(servers[0], { proxyCommand }).connect(), ConnectError);
      expect(error.message).toContain('no way there');
    });
  });

  it('ends ssh and what it has started when it is aborted, or takes too long', async () => {
    const mark = `7${process.pid}1`;
    const proxyCommand = `sleep ${mark}`;
    const controller = new AbortController();
    const connecting = errorOf(to(servers[0], { proxyCommand }).connect({ signal: controller.signal }), AbortError);
    await waitUntil('ssh to run', async () => (await remoteProcesses(`sleep ${mark}`)).length > 0);
    controller.abort();
    await connecting;
    await waitUntil('ssh to be gone', async () => (await remoteProcesses(`sleep ${mark}`)).length === 0);
    const error = await errorOf(to(servers[0], { proxyCommand }).connect({ timeout: 300 }), TimeoutError);
    expect(error.phase).toBe('banner');
    await waitUntil('ssh to be gone', async () => (await remoteProcesses(`sleep ${mark}`)).length === 0);
  });

  describe('over jump hosts', () => {
    const hop = (server: Sshd): string => `${server.user}@127.0.0.1:${server.port}`;

    it('leads through each of them', async () => {
      const [first, second, last] = servers;
      const connection = to(last, { knownHosts: allKnown, proxyJump: [hop(first), hop(second)] });
      expect((await connection.execute('echo $SSH_CONNECTION')).stdout).toContain(String(last.port));
      const checked = connection.connectSteps.filter((s) => s.phase === 'hostkey').map((s) => s.hop);
      expect(checked).toEqual([first, second, last].map((s) => `127.0.0.1:${s.port}`));
    });

    it('gives each its own password, and none another one', async () => {
      const [first, , last] = servers;
      const proxyJump = { host: '127.0.0.1', port: first.port, username: first.user, password: first.password };
      const { stranger } = last.identities;
      const connection = to(last, { knownHosts: allKnown, privateKey: stranger, password: last.password, proxyJump });
      expect((await connection.execute('echo in')).stdout).toBe('in\n');
      const before = (await first.log()).match(/(Failed|Accepted) password/g)?.length;
      const { password: _, ...bare } = proxyJump;
      const target = { knownHosts: allKnown, privateKey: stranger, password: last.password, proxyJump: bare };
      await errorOf(to(last, target).connect(), AuthError);
      expect((await first.log()).match(/(Failed|Accepted) password/g)?.length).toBe(before);
    });

    it('is told which of them failed', async () => {
      const [first, second, last] = servers;
      for (const missing of servers) {
        const known = await Promise.all(
          servers.filter((s) => s !== missing).map((s) => readFile(s.knownHosts, 'utf8')),
        );
        const knownHosts = join(directory, `without-${missing.port}`);
        await writeFile(knownHosts, known.join(''));
        const target = { knownHosts, hostKey: 'strict', proxyJump: [hop(first), hop(second)] } as const;
        const error = await errorOf(to(last, target).connect(), HostKeyError);
        expect(error).toMatchObject({ reason: 'unknown', hop: `127.0.0.1:${missing.port}` });
      }
      const nobody = { knownHosts: allKnown, proxyJump: `nobody-there@127.0.0.1:${first.port}` };
      const error = await errorOf(to(last, nobody).connect(), AuthError);
      expect(error).toMatchObject({ hop: `127.0.0.1:${first.port}` });
      const closed = { knownHosts: allKnown, port: 1, proxyJump: hop(first) };
      expect(await errorOf(to(last, closed).connect(), ConnectError)).toMatchObject({
        phase: 'tcp',
        hop: '127.0.0.1:1',
      });
    });

    it('reads them from ssh_config', async () => {
      const [first, , last] = servers;
      const sshConfig = join(directory, 'config');
      const common = `User ${first.user}\n  IdentityFile ${first.identity}\n  UserKnownHostsFile ${allKnown}\n  IdentityAgent none`;
      await writeFile(
        sshConfig,
        `Host hop\n  HostName 127.0.0.1\n  Port ${first.port}\n  ${common}\n` +
          `Host far\n  HostName 127.0.0.1\n  Port ${last.port}\n  ProxyJump hop\n  SetEnv HAWSER_A="one two"\n  ${common}\n`,
      );
      await using connection = new OpenSshConnection({ target: { host: 'far', protocol: 'openssh', sshConfig } });
      expect((await connection.execute('echo $HAWSER_A')).stdout).toBe('one two\n');
    });
  });
});
