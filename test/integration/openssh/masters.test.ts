import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpenSshConnection } from '../../../src/connection/open-ssh-connection.js';
import { neverAborted } from '../../../src/core/abort.js';
import { Deadline } from '../../../src/core/deadline.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import { ConnectError, DisconnectedError } from '../../../src/core/errors.js';
import { OpenSshTransport } from '../../../src/transport/openssh/openssh-transport.js';
import { describeReal, remoteProcesses, type Sshd, sshdConfigs, startSshd, waitUntil } from '../../rigs/rigs.js';
import { errorOf, targetOf } from '../ssh/target.js';
import { isOpen, startMaster, type UserMaster } from './master-rig.js';
import { openSshTo } from './open-ssh.js';

/** How often the server has been connected to. */
async function visits(server: Sshd): Promise<number> {
  return (await server.log()).match(/^Connection from /gm)?.length ?? 0;
}

/** A command that has said `before`, and goes on. */
async function begun(connection: OpenSshConnection): Promise<{ readonly running: Promise<DisconnectedError> }> {
  let heard = (): void => {};
  const saying = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const running = errorOf(connection.execute('echo before; sleep 30', { onStdout: () => heard() }), DisconnectedError);
  await saying;
  return { running };
}

describeReal(['sshd'], 'a master connection', () => {
  const to = openSshTo();
  let server: Sshd;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
  });
  afterAll(() => server?.stop());

  function over(master: UserMaster, reuseOnly = false): OpenSshConnection {
    return new OpenSshConnection({
      target: { host: 'far', protocol: 'openssh', sshConfig: master.sshConfig },
      reuseOnly,
    });
  }

  describe('that somebody has opened', () => {
    it('is used without authenticating, and left as it was found', async () => {
      await using master = await startMaster(server);
      const before = await visits(server);
      for (const reuseOnly of [false, true]) {
        await using connection = over(master, reuseOnly);
        expect((await connection.execute('id -un')).stdout).toBe(`${server.user}\n`);
        expect(await connection.fs.readFile('/etc/hostname', 'utf8')).not.toBe('');
        expect(connection.connectSteps.map(({ phase }) => phase)).toEqual(['ready']);
      }
      expect(await visits(server)).toBe(before);
      expect(await master.isAlive()).toBe(true);
    });

    it('stops listening for us when we leave', async () => {
      await using master = await startMaster(server);
      const connection = over(master);
      const to = { host: '127.0.0.1', port: 1 };
      const { address } = await connection.forward({ type: 'remote', listen: { host: '127.0.0.1', port: 0 }, to });
      const port = 'port' in address ? address.port : 0;
      expect(await isOpen(port)).toBe(true);
      await connection.close();
      await waitUntil('the port to be closed', async () => !(await isOpen(port)));
      expect(await master.isAlive()).toBe(true);
    });

    it('that ends under a command takes the connection with it', async () => {
      await using master = await startMaster(server);
      await using connection = over(master, true);
      const { running } = await begun(connection);
      const lost = once(connection, 'lost');
      await master.kill();
      expect(await running).toMatchObject({ result: { outcome: 'lost', stdout: 'before\n', status: null } });
      await lost;
      expect(connection.state).toBe('disconnected');
    });

    it('and is gone makes no attempt to get in, at whatever moment it went', async () => {
      await using master = await startMaster(server);
      const transport = new OpenSshTransport(
        { ...targetOf(server), sshConfig: master.sshConfig, host: 'far' },
        { reuseOnly: true },
      );
      await transport.connect({ signal: neverAborted, deadline: Deadline.in(20_000), trace: new ConnectTrace('far') });
      const before = await visits(server);
      // At once: what watches the master has not heard of its end.
      const killing = master.kill();
      const work = [
        transport.exec('true', { signal: neverAborted }).then((channel) => channel.exited),
        transport.shell({ signal: neverAborted, pty: { columns: 80, rows: 24, term: 'vt100' } }).then((c) => c.exited),
        transport.subsystem('sftp', { signal: neverAborted }),
        transport.dial({ host: '127.0.0.1', port: server.port }, { signal: neverAborted }),
      ];
      const outcomes = await Promise.allSettled(work);
      await killing;
      await Promise.allSettled([transport.exec('true', { signal: neverAborted })]);
      expect(outcomes).toHaveLength(4);
      await transport.close();
      // The one dialled to is the server itself, by itself.
      const dialled = outcomes[3]?.status === 'fulfilled' ? 1 : 0;
      expect(await visits(server)).toBeLessThanOrEqual(before + dialled);
      expect(await server.log()).not.toMatch(/Connection closed by authenticating/);
    });

    it('and that nobody has opened is told how to open', async () => {
      const before = await visits(server);
      for (const sshOptions of [{}, { ControlPath: '/nonexistent/socket' }]) {
        const error = await errorOf(to(server, {}, { reuseOnly: true, sshOptions }).connect(), ConnectError);
        expect(error.message).toContain('ssh -M -N -f -S');
        expect(error.message).toMatch(new RegExp(`-p ${server.port} -l ${server.user} 127\\.0\\.0\\.1$`));
        expect(error.message).toContain('ControlPath' in sshOptions ? '/nonexistent/socket' : 'names no ControlPath');
      }
      expect(await visits(server)).toBe(before);
    });

    it('whose socket was left behind is passed over, and a new one opened', async () => {
      await using master = await startMaster(server);
      await master.kill();
      await errorOf(over(master, true).connect(), ConnectError);
      await using connection = new OpenSshConnection({
        target: { ...targetOf(server), host: 'far', sshConfig: master.sshConfig, protocol: 'openssh' },
      });
      expect((await connection.execute('echo in')).stdout).toBe('in\n');
    });
  });

  describe('of our own', () => {
    it('ends with the connection', async () => {
      const connection = await to(server).connect();
      const masters = async (): Promise<string[]> => {
        return (await remoteProcesses(`-p ${server.port}`)).map(({ args }) => args);
      };
      expect(await masters()).toEqual([expect.stringMatching(/^ssh -N .*ControlMaster=yes/)]);
      await connection.close();
      expect(await masters()).toEqual([]);
      await waitUntil('the server to see it', async () => /Disconnected from user/.test(await server.log()));
    });

    it('that the server cuts is a lost connection, with what ssh says of it', async () => {
      await using doomed = await startSshd({ keys: ['ed25519'] });
      const connection = await to(doomed).connect();
      const { running } = await begun(connection);
      const lost = once(connection, 'lost');
      await doomed.stop();
      expect(await running).toMatchObject({ result: { outcome: 'lost', stdout: 'before\n', status: null } });
      const [reason] = await lost;
      expect(reason.message).toMatch(/was lost: .*(closed|reset|Broken pipe)/i);
    });

    it('that hears nothing any more is a lost connection', async () => {
      const connection = to(server, { keepAlive: { interval: 1000, countMax: 1 } });
      const session = Number((await connection.execute('echo $PPID')).stdout);
      const lost = once(connection, 'lost');
      process.kill(session, 'SIGSTOP');
      try {
        const [reason] = await lost;
        expect(reason.message).toMatch(/was lost: Timeout, server .* not responding/);
      } finally {
        process.kill(session, 'SIGCONT');
      }
    });

    it('tells a status of 255 from its own end, and from a process that a signal ended', async () => {
      const connection = to(server);
      expect(await connection.execute('exit 255')).toMatchObject({ status: 255, outcome: 'exit' });
      expect(await connection.execute('kill -9 $$')).toMatchObject({ status: null, outcome: 'unknown' });
      expect(await connection.execute('echo still there')).toMatchObject({ status: 0 });
    });

    it('keeps what ssh itself says out of the errors of a command', async () => {
      const connection = to(server);
      expect((await connection.execute('true')).stderr).toBe('');
      const { stderr } = await connection.execute('echo mux_client: no such thing >&2; exit 255');
      expect(stderr).toBe('mux_client: no such thing\n');
    });

    it('gives more commands than the server has sessions, each in its turn', async () => {
      await using cramped = await startSshd({ keys: ['ed25519'], config: sshdConfigs.twoSessions });
      const connection = to(cramped);
      const before = await visits(cramped);
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, i) => connection.execute(`sleep 0.1; echo ${i}`)),
      );
      expect(results.map(({ stdout }) => stdout.trim())).toEqual(results.map((_, i) => String(i)));
      expect(await visits(cramped)).toBe(before + 1);
    });
  });
});
