import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  describeReal,
  makeSudoAccounts,
  openSockets,
  passphrase,
  remoteProcesses,
  runSsh,
  type SshServer,
  sshArgs,
  sshdConfigs,
  startAgent,
  startDropbear,
  startLatencyProxy,
  startSshd,
  waitUntil,
} from '../rigs/rigs.js';

const run = promisify(execFile);

/** Lists the root by SFTP. */
async function sftp(server: SshServer): Promise<{ ok: boolean; stderr: string }> {
  const [, , , ...rest] = sshArgs(server); // -F none -p, which sftp spells otherwise
  const [port = '', ...args] = rest;
  const child = spawn('sftp', ['-F', 'none', '-P', port, '-b', '-', ...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end('ls /\n');
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { ok: child.exitCode === 0, stderr };
}

describeReal(['sshd', 'ssh', 'sftp', 'agent'], 'the sshd rig', () => {
  it('lets ordinary users and root in with a key, and speaks SFTP', async () => {
    await using sshd = await startSshd({ users: 2 });
    expect(await runSsh(sshd, 'id -un')).toMatchObject({ status: 0, stdout: 'hawser-test1\n' });
    expect(await runSsh(sshd, 'id -un', { user: 'hawser-test2' })).toMatchObject({ stdout: 'hawser-test2\n' });
    expect(await runSsh(sshd, 'id -u', { user: sshd.rootUser })).toMatchObject({ stdout: '0\n' });
    expect(await sftp(sshd)).toMatchObject({ ok: true });
  });

  it('accepts each type of client key, encrypted ones too, and refuses a stranger', async () => {
    await using sshd = await startSshd({ keys: ['ed25519'] });
    const { stranger, lockedEd25519, lockedRsa, ...plain } = sshd.identities;
    for (const identity of Object.values(plain)) {
      expect(await runSsh(sshd, 'true', { identity })).toMatchObject({ status: 0 });
    }
    for (const identity of [lockedEd25519, lockedRsa]) {
      const login = { identity, answers: [passphrase], options: ['PasswordAuthentication=no'] };
      const outcome = await runSsh(sshd, 'true', login);
      expect(outcome).toMatchObject({ status: 0, asked: [expect.stringContaining(identity)] });
    }
    const refused = await runSsh(sshd, 'true', { identity: stranger });
    expect(refused).toMatchObject({ status: 255, stderr: expect.stringContaining('Permission denied') });
  });

  it('has each type of host key in its known_hosts', async () => {
    await using sshd = await startSshd();
    for (const algorithm of ['ssh-ed25519', 'rsa-sha2-512', 'ecdsa-sha2-nistp256']) {
      const outcome = await runSsh(sshd, 'true', { options: [`HostKeyAlgorithms=${algorithm}`] });
      expect(outcome).toMatchObject({ status: 0 });
    }
  });

  it('answers as every address of loopback when asked to', async () => {
    await using sshd = await startSshd({ anyLoopback: true });
    for (const host of ['127.0.0.1', '127.0.7.1', '127.0.255.254']) {
      const outcome = await runSsh(sshd, 'echo $SSH_CONNECTION', { host });
      expect(outcome).toMatchObject({ status: 0, stdout: expect.stringContaining(` ${host} ${sshd.port}`) });
    }
  });

  it('wants the password when keys are off', async () => {
    await using sshd = await startSshd({ config: sshdConfigs.passwordOnly });
    expect(await runSsh(sshd, 'true')).toMatchObject({ status: 255 });
    expect(await runSsh(sshd, 'true', { answers: [sshd.password] })).toMatchObject({ status: 0 });
    const wrong = await runSsh(sshd, 'true', { answers: ['wrong'], options: ['NumberOfPasswordPrompts=1'] });
    expect(wrong).toMatchObject({ status: 255, stderr: expect.stringContaining('Permission denied') });
  });

  it('wants a key and then a password when both are asked for', async () => {
    await using sshd = await startSshd({ config: sshdConfigs.keyThenPassword });
    expect(await runSsh(sshd, 'true')).toMatchObject({
      status: 255,
      stderr: expect.stringContaining('Permission denied (password)'),
    });
    expect(await runSsh(sshd, 'true', { answers: [sshd.password] })).toMatchObject({ status: 0 });
  });

  it("asks one question by keyboard-interactive through the system's PAM, after a key when told so", async () => {
    await using sshd = await startSshd({ pam: 'system', config: sshdConfigs.keyThenInteractive });
    expect(await runSsh(sshd, 'true')).toMatchObject({
      status: 255,
      stderr: expect.stringContaining('Permission denied (keyboard-interactive)'),
    });
    const outcome = await runSsh(sshd, 'true', { answers: [sshd.password] });
    expect(outcome).toMatchObject({ status: 0, asked: [expect.stringContaining('Password: ')] });
  });

  it('asks two questions in two rounds of keyboard-interactive', async () => {
    await using sshd = await startSshd({ pam: 'two-rounds', config: sshdConfigs.interactiveOnly });
    const outcome = await runSsh(sshd, 'true', { answers: [sshd.password, sshd.password] });
    expect(outcome).toMatchObject({
      status: 0,
      asked: [expect.stringContaining('Password: '), expect.stringContaining('Password required for hawser-test1.')],
    });
    const options = ['NumberOfPasswordPrompts=1'];
    const second = await runSsh(sshd, 'true', { answers: [sshd.password, 'wrong'], options });
    expect(second).toMatchObject({ status: 255 });
    expect(second.asked).toHaveLength(2);
  });

  it.each([
    ['oneSession', 1],
    ['twoSessions', 2],
  ] as const)('opens no more sessions on a connection than %s allows', async (name, sessions) => {
    await using sshd = await startSshd({ config: sshdConfigs[name], keys: ['ed25519'] });
    const directory = await mkdtemp(join(tmpdir(), 'hawser-master-'));
    const control = ['-o', `ControlPath=${directory}/control`];
    const master = spawn('ssh', [...control, '-M', ...sshArgs(sshd), 'echo up; cat'], { stdio: 'pipe' });
    await once(master.stdout, 'data');
    const more = await Promise.all(
      Array.from({ length: sessions }, async () => {
        const slave = spawn('ssh', [...control, '-o', 'ProxyCommand=false', ...sshArgs(sshd), 'echo up; cat'], {
          stdio: 'pipe',
        });
        const first = await Promise.race([once(slave.stdout, 'data'), once(slave, 'close')]);
        return { opened: String(first[0]) === 'up\n', slave };
      }),
    );
    expect(more.filter((session) => session.opened)).toHaveLength(sessions - 1);
    for (const { slave } of more) slave.stdin.end();
    master.stdin.end();
    await once(master, 'close');
    await rm(directory, { recursive: true });
  });

  it('turns strangers away when there are too many at once', async () => {
    await using sshd = await startSshd({ config: sshdConfigs.fewStartups, keys: ['ed25519'] });
    const banner = async (): Promise<{ line: string; leave(): void }> => {
      const socket = connect(sshd.port, sshd.host);
      const [data] = await once(socket, 'data');
      return { line: String(data), leave: () => socket.destroy() };
    };
    const first = await banner();
    const second = await banner();
    const third = await banner();
    expect([first.line, second.line]).toEqual([
      expect.stringMatching(/^SSH-2\.0-OpenSSH/),
      expect.stringMatching(/^SSH-2\.0-OpenSSH/),
    ]);
    expect(third.line).toBe('Exceeded MaxStartups\r\n');
    for (const stranger of [first, second, third]) stranger.leave();
  });

  it('can be without SFTP, with a broken one, or with one cipher', async () => {
    await using none = await startSshd({ config: sshdConfigs.noSftp, keys: ['ed25519'] });
    expect(await sftp(none)).toMatchObject({ ok: false, stderr: expect.stringContaining('subsystem request failed') });
    await using broken = await startSshd({ config: sshdConfigs.brokenSftp, keys: ['ed25519'] });
    expect(await sftp(broken)).toMatchObject({ ok: false, stderr: expect.not.stringContaining('request failed') });
    await using chacha = await startSshd({ config: sshdConfigs.chachaOnly, keys: ['ed25519'] });
    expect(await runSsh(chacha, 'true', { options: ['Ciphers=chacha20-poly1305@openssh.com'] })).toMatchObject({
      status: 0,
    });
    expect(await runSsh(chacha, 'true', { options: ['Ciphers=aes128-ctr'] })).toMatchObject({
      stderr: expect.stringContaining('no matching cipher found'),
    });
  });

  it('carries a jump where forwarding is allowed, and only there', async () => {
    await using target = await startSshd({ keys: ['ed25519'] });
    await using open = await startSshd({ keys: ['ed25519'] });
    await using shut = await startSshd({ keys: ['ed25519'], config: sshdConfigs.noForwarding });
    const through = (jump: SshServer) => ({
      options: [`ProxyCommand=ssh ${sshArgs(jump).slice(0, -1).join(' ')} -W %h:%p ${jump.user}@${jump.host}`],
    });
    expect(await runSsh(target, 'true', through(open))).toMatchObject({ status: 0 });
    expect(await runSsh(target, 'true', through(shut))).toMatchObject({
      status: 255,
      stderr: expect.stringContaining('administratively prohibited'),
    });
  });

  it('can refuse terminals and variables', async () => {
    await using open = await startSshd({ keys: ['ed25519'] });
    await using shut = await startSshd({
      keys: ['ed25519'],
      config: { ...sshdConfigs.noPty, ...sshdConfigs.noEnvironment },
    });
    const terminal = { options: ['RequestTTY=force'] };
    expect(await runSsh(open, 'tty', terminal)).toMatchObject({ stdout: expect.stringMatching(/^\/dev\/pts/) });
    expect(await runSsh(shut, 'tty', terminal)).toMatchObject({
      stderr: expect.stringContaining('PTY allocation request failed'),
    });
    const variable = { options: ['SetEnv=HAWSER_WORD=knot'] };
    expect(await runSsh(open, 'echo $HAWSER_WORD', variable)).toMatchObject({ stdout: 'knot\n' });
    expect(await runSsh(shut, 'echo $HAWSER_WORD', variable)).toMatchObject({ stdout: '\n' });
  });

  it('keeps its port and its keys over a restart, which ends the sessions', async () => {
    await using sshd = await startSshd({ keys: ['ed25519'] });
    const client = spawn('ssh', [...sshArgs(sshd), 'echo up; sleep 1000'], { stdio: 'pipe' });
    await once(client.stdout, 'data');
    const before = sshd.pid;
    const ended = once(client, 'close');
    await sshd.restart();
    expect(await ended).toEqual([255, null]);
    expect(sshd.pid).not.toBe(before);
    expect(await runSsh(sshd, 'true')).toMatchObject({ status: 0 });
    expect(await sshd.log()).toContain('Server listening');
  });

  it('takes the commands of its sessions with it when it stops', async () => {
    const sshd = await startSshd({ keys: ['ed25519'] });
    const marker = `hawser-rig-${sshd.port}`;
    const client = spawn('ssh', [...sshArgs(sshd), `echo up; sleep 1000; : ${marker}`], { stdio: 'pipe' });
    await once(client.stdout, 'data');
    // The client is found by the same word, and a shell that has yet to become the command as well.
    const running = async (): Promise<readonly string[]> =>
      (await remoteProcesses(marker)).map(({ args }) => args).filter((args) => !args.startsWith('ssh '));
    await waitUntil('the command to run', async () => (await running()).some((args) => args.includes('sh -c')));
    const ended = once(client, 'close');
    await sshd.stop();
    await ended;
    await waitUntil('the command to be gone', async () => (await running()).length === 0);
    expect(await sshd.log()).toContain('Accepted publickey');
    await expect(access(sshd.knownHosts)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('dies with a process that is killed while it holds a server', async () => {
    const keeper = fileURLToPath(new URL('../rigs/keep.sh', import.meta.url));
    const word = `hawser-lifeline-${process.pid}`;
    const program = `
      const { spawn } = require('node:child_process');
      spawn(${JSON.stringify(keeper)}, ['/dev/null', 'sh', '-c', 'sleep 1000; : ${word}'], { stdio: ['pipe', 'inherit', 'inherit'], detached: true });
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const held = async () => (await remoteProcesses(word)).filter(({ pid }) => pid !== holder.pid);
    expect(await held()).not.toEqual([]);
    holder.kill('SIGKILL');
    await waitUntil('the held process to end', async () => (await held()).length === 0);
  });

  it('works with an agent, which knows the keys that it was given', async () => {
    await using sshd = await startSshd({ keys: ['ed25519'] });
    await using agent = await startAgent({ identities: [sshd.identities.lockedRsa] });
    const login = {
      env: { SSH_AUTH_SOCK: agent.socket },
      identity: 'none',
      options: ['IdentitiesOnly=no'],
    };
    expect(await runSsh(sshd, 'true', login)).toMatchObject({ status: 0 });
    await agent.clear();
    expect(await runSsh(sshd, 'true', login)).toMatchObject({ status: 255 });
  });
});

describeReal(['dropbear', 'ssh', 'sftp'], 'the Dropbear rig', () => {
  it('lets a user in with a key or a password, and speaks SFTP', async () => {
    await using dropbear = await startDropbear();
    expect(await runSsh(dropbear, 'id -un')).toMatchObject({ status: 0, stdout: 'hawser-test1\n' });
    const login = { answers: [dropbear.password], options: ['PubkeyAuthentication=no'] };
    expect(await runSsh(dropbear, 'id -un', login)).toMatchObject({ status: 0, stdout: 'hawser-test1\n' });
    expect(await sftp(dropbear)).toMatchObject({ ok: true });
    expect(await dropbear.log()).toContain('Pubkey auth succeeded');
  });
});

describeReal(['sshd', 'sudo', 'ssh'], 'the sudo accounts', () => {
  it('become root with a password and without', async () => {
    const sudo = await makeSudoAccounts();
    await using sshd = await startSshd({ keys: ['ed25519'] });
    expect(await runSsh(sshd, 'sudo -n id -u', { user: sudo.free })).toMatchObject({ stdout: '0\n' });
    expect(await runSsh(sshd, 'sudo -n id -u', { user: sudo.asking })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('a password is required'),
    });
    const command = `echo ${sudo.password} | sudo -S -p '' id -u`;
    expect(await runSsh(sshd, command, { user: sudo.asking })).toMatchObject({ status: 0, stdout: '0\n' });
    await expect(run('visudo', ['-c'])).resolves.toBeDefined();
  });
});

describe('the latency proxy', () => {
  it('carries bytes both ways, stalls, carries on and cuts', async () => {
    const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const at = echo.address();
    if (at === null || typeof at === 'string') throw new Error('no port');
    await using proxy = await startLatencyProxy(at.port, { delay: 5 });
    const client = connect(proxy.port, proxy.host);
    client.write('there');
    expect(String((await once(client, 'data'))[0])).toBe('there');
    const remote = `${proxy.host}:${proxy.port}`;
    expect((await openSockets()).filter((socket) => socket.remote === remote)).toHaveLength(1);

    await proxy.stall();
    client.write('later');
    const answer = once(client, 'data');
    await proxy.resume();
    expect(String((await answer)[0])).toBe('later');

    const reset = once(client, 'error');
    await proxy.cut();
    expect((await reset)[0]).toMatchObject({ code: 'ECONNRESET' });
    client.destroy();
    await new Promise((resolve) => echo.close(resolve));
  });
});
