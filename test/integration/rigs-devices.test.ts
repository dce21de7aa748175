import { access } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { describeReal, remoteProcesses, runSsh, startFrr, startSshd, startTelnetd, waitUntil } from '../rigs/rigs.js';

/** A telnet client that refuses every option (RFC 854), and keeps what it has read. */
function talk(port: number): {
  read: () => string;
  send: (line: string) => void;
  ended: () => boolean;
  socket: Socket;
} {
  const socket = connect(port, '127.0.0.1');
  let seen = '';
  let ended = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    ended = true;
  });
  socket.on('data', (bytes) => {
    for (let at = bytes.indexOf(255); at >= 0; at = bytes.indexOf(255, at + 3)) {
      const [, verb, option] = bytes.subarray(at, at + 3);
      // DO is answered by WONT, WILL by DONT.
      if (verb === 253 || verb === 251) socket.write(Buffer.of(255, verb === 253 ? 252 : 254, option ?? 0));
    }
    seen += bytes.toString('latin1');
  });
  return { read: () => seen, send: (line) => socket.write(`${line}\r\0`), ended: () => ended, socket };
}

async function dialog(port: number, steps: readonly (readonly [await: string, answer: string])[]): Promise<string> {
  const { read, send, ended } = talk(port);
  let at = 0;
  for (const [text, answer] of steps) {
    await waitUntil(`${text} after ${JSON.stringify(read().slice(at))}`, () => read().includes(text, at));
    at = read().length;
    send(answer);
  }
  await waitUntil('the end', ended);
  return read();
}

describeReal(['telnetd'], 'the telnetd rig', () => {
  it('lets a user in by login and password, and takes the sessions with it when it stops', async () => {
    const telnetd = await startTelnetd();
    const { user, password, port } = telnetd;
    const steps = [
      ['login: ', user],
      ['Password: ', password],
      ['$ ', 'id -un; echo $((40 + 2))'],
      ['42', 'exit'],
    ] as const;
    expect(await dialog(port, steps)).toContain(`\r\n${user}\r\n42\r\n`);

    const { ended, read } = talk(port);
    await waitUntil('the prompt', () => read().includes('login: '));
    await telnetd.stop();
    await waitUntil('the end', ended);
    expect(await remoteProcesses(`TCP-LISTEN:${port}`)).toEqual([]);
  });

  it('keeps its port over a restart, which ends the sessions', async () => {
    await using telnetd = await startTelnetd();
    const before = talk(telnetd.port);
    await waitUntil('the prompt', () => before.read().includes('login: '));
    await telnetd.restart();
    await waitUntil('the end', before.ended);
    const after = talk(telnetd.port);
    await waitUntil('the prompt', () => after.read().includes('login: '));
    after.socket.destroy();
  });
});

describeReal(['frr', 'ssh'], 'the router rig', () => {
  it('has a command line by telnet with passwords, modes and errors', async () => {
    await using frr = await startFrr({ name: 'Edge' });
    const text = await dialog(frr.port, [
      ['Password: ', frr.vtyPassword],
      ['Edge> ', 'enable'],
      ['Password: ', frr.enablePassword],
      ['Edge# ', 'configure terminal'],
      ['Edge(config)# ', 'bogus'],
      ['Unknown command', 'end'],
      ['Edge# ', 'show interface brief'],
      ['203.0.113.1/24', 'exit'],
    ]);
    expect(text).toContain('% [ZEBRA] Unknown command: bogus');
  });

  it('has a command line by SSH, where a command may be given at once', async () => {
    await using frr = await startFrr();
    const ssh = { ...frr, port: frr.sshPort };
    expect(await runSsh(ssh, 'show interface brief')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('203.0.113.1/24'),
    });
    expect(await runSsh(ssh, 'bogus')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('% Unknown command: bogus'),
    });
  });

  it('keeps its ports over a restart, which ends the sessions, and goes with all its daemons', async () => {
    const frr = await startFrr();
    const before = talk(frr.port);
    await waitUntil('the prompt', () => before.read().includes('Password: '));
    const { pid } = frr;
    const daemons = await remoteProcesses(frr.directory);
    expect(daemons.map(({ args }) => args)).toEqual(expect.arrayContaining([expect.stringContaining('/zebra ')]));
    await frr.restart();
    expect(frr.pid).not.toBe(pid);
    await waitUntil('the end', before.ended);
    const after = talk(frr.port);
    await waitUntil('the prompt', () => after.read().includes('Password: '));
    await frr.stop();
    await waitUntil('the end', after.ended);
    expect(await remoteProcesses(frr.directory)).toEqual([]);
    await expect(access(frr.knownHosts)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describeReal(['sshd', 'ssh'], 'the certificates of the sshd rig', () => {
  it('let every account in with a key that only its certificate vouches for', async () => {
    await using sshd = await startSshd({ certificates: true, users: 2 });
    const identity = sshd.certificates?.identity ?? 'none';
    expect(await runSsh(sshd, 'id -un', { identity, user: 'hawser-test2' })).toMatchObject({
      stdout: 'hawser-test2\n',
    });
    expect(await runSsh(sshd, 'id -un', { identity, user: sshd.rootUser })).toMatchObject({ stdout: 'root\n' });
    const certificateFile = { identity: sshd.identities.stranger, options: [`CertificateFile=${identity}-cert.pub`] };
    expect(await runSsh(sshd, 'true', certificateFile)).toMatchObject({ status: 255 });
    await using plain = await startSshd({ keys: ['ed25519'] });
    expect(await runSsh(plain, 'true', { identity })).toMatchObject({ status: 255 });
    expect(plain.certificates).toBeUndefined();
  });

  it('prove the host to a client that knows only the authority', async () => {
    await using sshd = await startSshd({ certificates: true });
    const knownHosts = sshd.certificates?.knownHosts ?? '';
    expect(await runSsh({ ...sshd, knownHosts }, 'true')).toMatchObject({ status: 0 });
    const bareKey = { options: ['HostKeyAlgorithms=ssh-ed25519'] };
    expect(await runSsh({ ...sshd, knownHosts }, 'true', bareKey)).toMatchObject({ status: 255 });
  });
});
