import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TelnetConnection } from '../../../src/connection/telnet-connection.js';
import type { ReconnectOptions } from '../../../src/core/backoff.js';
import { ConnectError, DisconnectedError } from '../../../src/core/errors.js';
import { describeReal, openSockets, startLatencyProxy, startTelnetd, type Telnetd } from '../../rigs/rigs.js';

describeReal(['telnetd'], 'a machine by telnet that goes away', () => {
  let server: Telnetd;
  beforeAll(async () => {
    server = await startTelnetd();
  });
  afterAll(() => server.stop());

  function telnet(port: number, reconnect: ReconnectOptions | false = false): TelnetConnection {
    const { host, user: username, password } = server;
    return new TelnetConnection({ target: { host, port, username, password }, reconnect });
  }

  /** Begins a command without an end; resolves when its first words are there. */
  async function begin(machine: TelnetConnection): Promise<{ readonly running: Promise<unknown> }> {
    let began: () => void = () => {};
    const first = new Promise<void>((resolve) => {
      began = resolve;
    });
    const running = machine.execute('echo under way; sleep 1000', { onStdout: () => began() });
    running.catch(() => {});
    await Promise.race([first, running]);
    return { running };
  }

  it('has the command fail when it reboots, with what had come, and is connected to again by the next', async () => {
    await using machine = telnet(server.port);
    const { running } = await begin(machine);
    await server.restart();
    await expect(running).rejects.toBeInstanceOf(DisconnectedError);
    await expect(running).rejects.toMatchObject({ result: { outcome: 'lost', stdout: 'under way\n' } });
    await expect(machine.execute('echo back')).resolves.toMatchObject({ stdout: 'back\n', status: 0 });
  });

  it('has the command fail when the link is reset, and says so', async () => {
    await using proxy = await startLatencyProxy(server.port);
    await using machine = telnet(proxy.port);
    const { running } = await begin(machine);
    await proxy.cut();
    await expect(running).rejects.toMatchObject({
      code: 'ERR_HAWSER_DISCONNECTED',
      message: expect.stringContaining('ECONNRESET'),
      result: { outcome: 'lost', stdout: 'under way\n' },
    });
    await expect(machine.execute('echo back')).resolves.toMatchObject({ stdout: 'back\n' });
  });

  it('has the command end at its time limit when nothing comes any more, and the link with it', async () => {
    await using proxy = await startLatencyProxy(server.port);
    await using machine = telnet(proxy.port);
    await machine.connect();
    const lost = once(machine, 'lost');
    await proxy.stall();
    await expect(machine.execute('echo never', { timeout: 100 })).rejects.toMatchObject({
      code: 'ERR_HAWSER_TIMEOUT',
      result: { outcome: 'timeout' },
    });
    expect(await lost).toMatchObject([{ reason: 'unsynchronised' }]);
    expect((await openSockets()).filter(({ remote }) => remote.endsWith(`:${proxy.port}`))).toEqual([]);
    await proxy.resume();
    await expect(machine.execute('echo back')).resolves.toMatchObject({ stdout: 'back\n' });
  });

  it('is connected to again by the next command when it rebooted between two', async () => {
    await using machine = telnet(server.port);
    await machine.execute('true');
    const lost = once(machine, 'lost');
    await server.restart();
    expect(await lost).toMatchObject([{ code: 'ERR_HAWSER_DISCONNECTED' }]);
    await expect(machine.execute('echo back')).resolves.toMatchObject({ stdout: 'back\n' });
  });

  it('is logged in to again by itself, where that is asked for', async () => {
    await using machine = telnet(server.port, { attempts: 1000, delay: 5, maxDelay: 50 });
    const { running } = await begin(machine);
    const reconnected = once(machine, 'reconnected');
    await server.restart();
    await expect(running).rejects.toMatchObject({ result: { outcome: 'lost', stdout: 'under way\n' } });
    await reconnected;
    expect([machine.poisoned, machine.link?.channels]).toEqual([false, 1]);
    await expect(machine.execute('echo back')).resolves.toMatchObject({ stdout: 'back\n', status: 0 });
  });

  it('says that nobody answers while it is still starting, which may be tried again', async () => {
    const gone = await startTelnetd();
    await using machine = telnet(gone.port);
    await machine.execute('true');
    const lost = once(machine, 'lost');
    await gone.stop();
    await lost;
    const error: unknown = await machine.execute('true').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ phase: 'tcp', retryable: true });
  });
});
