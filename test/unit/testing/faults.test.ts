import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Client } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Meeting } from '../../../src/testing/faults.js';
import { startTestFleet, type TestFleet } from '../../../src/testing/test-fleet.js';
import type { TestHost } from '../../../src/testing/test-host.js';
import { connectTo, ended, open, run } from './ssh-client.js';

let fleet: TestFleet;
let host: TestHost;

beforeEach(async () => {
  fleet = await startTestFleet();
  host = fleet.host('host1');
});

afterEach(() => fleet.close());

/** What the host says to a client that sends its banner and nothing more. */
async function said(how: Meeting): Promise<string> {
  host.faults.onConnect = how;
  const socket = connect(host.port, '127.0.0.1');
  socket.write('SSH-2.0-test\r\n');
  return text(socket);
}

describe('a host that meets connections otherwise', () => {
  it('throttles, penalises and speaks HTTP', async () => {
    expect(await said('throttled')).toBe('Exceeded MaxStartups\r\n');
    expect(await said('penalised')).toBe('Not allowed at this time\r\n');
    expect(await said('http')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('resets and closes', async () => {
    await expect(said('reset')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await said('close').catch((error: unknown) => expect(error).toMatchObject({ code: 'ECONNRESET' }));
  });

  it('is silent, or never comes to its banner', async () => {
    host.faults.onConnect = (connection) => (connection === 1 ? 'silent' : 'garbage');
    const silent = connect(host.port, '127.0.0.1');
    silent.on('data', () => expect.unreachable('a silent host spoke'));
    await once(silent, 'connect');
    const loud = connect(host.port, '127.0.0.1');
    let bytes = 0;
    for await (const chunk of loud) {
      expect(String(chunk)).not.toContain('SSH-');
      bytes += chunk.length;
      if (bytes > 1_000_000) break;
    }
    silent.destroy();
  });

  it('does not listen, and listens again on its port', async () => {
    const { port } = host;
    host.stopListening();
    await expect(connectTo(host)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await host.listen();
    expect(host.port).toBe(port);
    (await connectTo(host)).end();
  });

  it('throttles those who come while others have not authenticated', async () => {
    host.faults.maxStartups = 1;
    const idle = connect(host.port, '127.0.0.1');
    await once(idle, 'data');
    const next = connect(host.port, '127.0.0.1');
    next.end();
    expect(await text(next)).toBe('Exceeded MaxStartups\r\n');
    idle.destroy();
  });

  it('sends lines before its banner, and its banner late', async () => {
    host.faults.preamble = 'Welcome.\r\n';
    host.faults.bannerDelay = 1;
    const client = await connectTo(host);
    expect((await run(client, 'echo in')).stdout).toBe('in\n');
    client.end();
  });
});

describe('a host that fails commands', () => {
  it('drops the connection after so many bytes', async () => {
    host.faults.dropAfterBytes = 1000;
    const client = await connectTo(host);
    const closed = once(client, 'close');
    const { stdout, code } = await run(client, 'head -c 5000 /dev/zero; sleep 1000');
    expect(stdout.length).toBe(1000);
    expect(code).toBeUndefined();
    await closed;
  });

  it('is cut off mid-command', async () => {
    const client = await connectTo(host);
    client.on('error', () => {});
    const channel = await open(client, 'echo up; sleep 1000');
    await once(channel, 'data');
    const end = ended(channel);
    host.cut('reset');
    expect(await end).toMatchObject({ code: undefined });
    const again = await connectTo(host);
    expect((await run(again, 'echo back')).stdout).toBe('back\n');
    again.end();
  });

  it('says nothing of how a command ended', async () => {
    host.faults.omitExitStatus = true;
    const client = await connectTo(host);
    expect(await run(client, 'echo out; exit 3')).toMatchObject({ stdout: 'out\n', code: undefined });
    client.end();
  });

  it('never closes the channel of an ended command', async () => {
    host.faults.swallowClose = true;
    const client = await connectTo(host);
    const channel = await open(client, 'exit 3');
    channel.on('close', () => expect.unreachable('the close was not swallowed')).resume();
    expect(await once(channel, 'exit')).toMatchObject([3]);
    host.faults.swallowClose = false;
    await run(client, 'true');
    channel.removeAllListeners('close');
    client.end();
  });

  it('allows so many sessions and refuses one more with reason 2', async () => {
    host.faults.maxSessions = 2;
    const client = await connectTo(host);
    const first = await open(client, 'read x');
    await open(client, 'read x');
    await expect(open(client, 'true')).rejects.toMatchObject({ reason: 2 });
    first.end();
    await ended(first);
    expect((await run(client, 'echo room')).stdout).toBe('room\n');
    client.end();
  });

  it('refuses commands, shells, terminals and subsystems', async () => {
    Object.assign(host.faults, { refuseExec: true, refuseShell: true, refusePty: true, refuseSubsystem: true });
    const client = await connectTo(host);
    await expect(open(client, 'true')).rejects.toThrow();
    await expect(open(client, 'true', true)).rejects.toThrow();
    const shell = new Promise((resolve, reject) => client.shell(false, (e, c) => (e ? reject(e) : resolve(c))));
    await expect(shell).rejects.toThrow();
    const sftp = new Promise((resolve, reject) => client.sftp((e, s) => (e ? reject(e) : resolve(s))));
    await expect(sftp).rejects.toThrow();
    client.end();
  });

  it('ignores signals', async () => {
    host.faults.ignoreSignals = true;
    const client = await connectTo(host);
    const channel = await open(client, 'echo up; read x; echo alive');
    await once(channel, 'data');
    channel.signal('KILL');
    const end = ended(channel);
    channel.end('\n');
    expect(await end).toMatchObject({ stdout: 'alive\n', code: 0 });
    expect(host.log.some(({ what, detail }) => what === 'signal' && detail === 'KILL')).toBe(true);
    client.end();
  });

  it('stalls, and goes on', async () => {
    const client = await connectTo(host);
    host.stall();
    const end = run(client, 'echo later');
    const other = await startTestFleet();
    const elsewhere = await connectTo(other.host('host1'));
    await run(elsewhere, 'true');
    expect(host.commands).toEqual([]);
    host.unstall();
    expect((await end).stdout).toBe('later\n');
    client.end();
    elsewhere.end();
    await other.close();
  });
});

describe('streams through a host', () => {
  const dial = (client: Client, to: string, port: number): Promise<NodeJS.ReadableStream> =>
    new Promise((resolve, reject) =>
      client.forwardOut('127.0.0.1', 0, to, port, (e, s) => (e ? reject(e) : resolve(s))),
    );

  it('lead to loopback and nowhere else', async () => {
    const client = await connectTo(host);
    const stream = await dial(client, 'localhost', host.port);
    const [banner] = await once(stream, 'data');
    expect(String(banner)).toMatch(/^SSH-2.0-OpenSSH/);
    await expect(dial(client, '192.0.2.1', 22)).rejects.toMatchObject({ reason: 2 });
    await expect(dial(client, 'example.invalid', 22)).rejects.toMatchObject({ reason: 2 });
    host.faults.refuseDial = true;
    await expect(dial(client, '127.0.0.1', host.port)).rejects.toThrow();
    client.end();
  });

  it('are not lent for listening', async () => {
    const client = await connectTo(host);
    const listening = new Promise((resolve, reject) => client.forwardIn('', 0, (e, p) => (e ? reject(e) : resolve(p))));
    await expect(listening).rejects.toThrow();
    client.end();
  });
});
