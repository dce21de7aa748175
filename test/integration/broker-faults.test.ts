import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:http2';
import { connect as connectTo, createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { ConnectError, DisconnectedError } from '../../src/core/errors.js';
import type { Target } from '../../src/inventory/target.js';
import type { BrokerClient } from '../../src/session/broker/broker-client.js';
import { SessionBroker } from '../../src/session/broker/session-broker.js';
import { encodeError } from '../../src/transport/broker/wire-error.js';
import { gone, marker, sleepWith } from '../contract/places.js';
import { describeReal, type Sshd, startLatencyProxy, startSshd, waitUntil } from '../rigs/rigs.js';
import { type BrokerPlace, brokerPlace } from './broker-process.js';
import { type Ended, hawser, main, start } from './hawser-process.js';

describeReal(['sshd'], 'a session broker as a process of its own', () => {
  let sshd: Sshd;
  let directory: string;
  let place: BrokerPlace;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true, config: { MaxStartups: '100' } });
    directory = await mkdtemp(join(tmpdir(), 'hawser-faults-'));
    await chmod(directory, 0o777);
  });

  beforeEach(async () => {
    place = await brokerPlace();
  });

  afterEach(() => place[Symbol.asyncDispose]());

  afterAll(async () => {
    await sshd?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  const run = (...args: string[]): Promise<Ended> => hawser(args, undefined, place.env);
  const flags = (port: number = sshd.port): string[] => [
    ...['-F', 'none', '-p', String(port), '-l', sshd.user, '-i', sshd.identity, '--known-hosts', sshd.knownHosts],
  ];
  const target = (host = '127.0.0.2'): Target => ({
    host,
    port: sshd.port,
    username: sshd.user,
    privateKey: sshd.identity,
    knownHosts: sshd.knownHosts,
    sshConfig: false,
    agent: false,
  });

  /** Starts a broker in the background, and gives a client of it. */
  async function inBackground(): Promise<{ readonly client: BrokerClient; readonly pid: number }> {
    expect(await run('session', 'start')).toMatchObject({ status: 0 });
    const client = await SessionBroker.find({ socket: place.socket });
    const [pid] = await place.processes();
    if (client === undefined || pid === undefined) throw new Error('No broker was started');
    return { client, pid };
  }

  it('that is killed in mid-transfer leaves an error and no half file, and a fresh one takes its place', async () => {
    const { client, pid } = await inBackground();
    await using _client = client;
    await using web1 = await client.get(target());
    const local = join(directory, 'big');
    await writeFile(local, randomBytes(32 * 1024 * 1024));
    const far = await mkdtemp(join(directory, 'far-'));
    await chmod(far, 0o777);
    let alive = true;
    const kill = (): void => {
      if (alive) process.kill(pid, 'SIGKILL');
      alive = false;
    };
    const sent = web1.upload(local, join(far, 'big'), { onProgress: kill });
    await expect(sent).rejects.toThrow(/session broker/);
    await expect(sent).rejects.toMatchObject({ code: 'ERR_HAWSER_DISCONNECTED' });
    expect((await readdir(far)).includes('big')).toBe(false);

    // Its socket is still there, and nobody is behind it.
    expect(await run('session', 'ls')).toMatchObject({ status: 0, stderr: 'No session is open: no broker runs.\n' });
    const again = await run('put', ...flags(), '--session', 'always', '-H', '127.0.0.2', local, `${far}/big`);
    expect(again.status, again.stderr).toBe(0);
    expect(await readdir(far)).toContain('big');
    expect(await place.processes()).not.toEqual([pid]);
  });

  it('holds no file that its starter was given', async () => {
    const file = join(directory, 'lock');
    await using given = await open(file, 'w');
    // Under a number that Node does not look at: what it finds among the first it hands on to nobody.
    const between = Array.from({ length: 39 }, () => 'ignore' as const);
    const starter = spawn(process.execPath, [main, 'session', 'start'], {
      stdio: ['ignore', 'ignore', 'ignore', ...between, given.fd],
      env: { ...process.env, ...place.env },
    });
    await once(starter, 'exit');
    const [pid] = await place.processes();
    const descriptors = await readdir(`/proc/${pid}/fd`);
    const held = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
    expect(held).toContain('/dev/null');
    expect(held).not.toContain(file);
  });

  it('ends what a client ran that was killed, and nothing of the others', async () => {
    const { client } = await inBackground();
    await using _client = client;
    await using web1 = await client.get(target());
    const other = web1.spawn('read line; echo "got $line"');
    const mark = marker();
    const words = ['run', ...flags(), '-H', '127.0.0.2', '--', `echo up; ${sleepWith(mark)}`];
    await using victim = start(words, undefined, place.env);
    await waitUntil('the command of the one to be killed', () => victim.stdout().includes('up'));
    victim.interrupt('SIGKILL');
    await gone(mark);
    other.stdin.end('on\n');
    expect(await other.wait()).toMatchObject({ ok: true, stdout: 'got on\n' });
    expect(await client.list()).toHaveLength(1);
  });

  it('makes a link again that was lost, and shows it', async () => {
    await using proxy = await startLatencyProxy(sshd.port);
    const known = join(directory, 'known_hosts');
    const keys = await readFile(sshd.knownHosts, 'utf8');
    await writeFile(known, keys.replaceAll(`[127.*]:${sshd.port}`, `[127.0.0.1]:${proxy.port}`));
    const through = [...flags(proxy.port).slice(0, -1), known];
    expect((await run('session', 'start', ...through, '127.0.0.1')).status).toBe(0);
    await proxy.stall();
    await proxy.cut();
    await waitUntil('the list to show it', async () => / {2}reconnecting$/m.test((await run('session', 'ls')).stdout));
    await proxy.resume();
    await waitUntil('the link to stand', async () => !(await run('session', 'ls')).stdout.includes('reconnecting'));
    const before = accepted(await sshd.log());
    const { status, stdout } = await run('run', ...through, '-H', '127.0.0.1', '--', 'echo back');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '127.0.0.1 │ back\n' });
    expect(accepted(await sshd.log())).toBe(before);
    expect(await readFile(place.log, 'utf8')).toMatch(/ state reconnecting .*\n/);
    expect((await stat(place.log)).mode & 0o777).toBe(0o600);
  });

  it('refuses who speaks another version of its protocol, but ends when he asks for that', async () => {
    const { pid } = await inBackground();
    const session = connect('http://broker', { createConnection: () => connectTo(place.socket) });
    const ask = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let said = '';
        const stream = session.request({ ':method': 'POST', ':path': path, 'hawser-protocol': '0' }).end('{}\n');
        stream.once('response', (headers) => {
          said += `${headers[':status']} `;
        });
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
        stream.once('error', reject).once('close', () => resolve(said));
      });
    expect(await ask('/list')).toMatch(
      /^426 .*The session broker speaks version \d+ of its protocol.*hawser session stop/,
    );
    expect(await ask('/stop')).toMatch(/^200 /);
    await waitUntil('it to end', async () => !(await place.processes()).includes(pid));
  });

  it('of another version is told of, and gone without where nobody asked for a session', async () => {
    const server = createServer();
    const error = encodeError(new ConnectError('session', 'The session broker speaks version 9 of its protocol.'));
    server.on('stream', (stream) => {
      stream.respond({ ':status': 426 });
      stream.end(`${JSON.stringify({ error })}\n`);
    });
    await new Promise<void>((resolve) => void server.listen(place.socket, resolve));
    try {
      const words = ['run', ...flags(), '-q', '-H', '127.0.0.2'];
      expect(await run(...words, '--', 'echo hi')).toEqual({
        status: 0,
        stdout: '127.0.0.2 │ hi\n',
        stderr: 'Going without open sessions: The session broker speaks version 9 of its protocol.\n',
      });
      expect(await run(...words, '--session', 'always', '--', 'echo hi')).toMatchObject({
        status: 1,
        stdout: '',
        stderr: 'hawser: The session broker speaks version 9 of its protocol.\n',
      });
      expect(await place.processes()).toEqual([]);
    } finally {
      server.close();
    }
  });

  it('is the only one at its socket, which goes with it', async () => {
    const { socket } = place;
    const broker = await SessionBroker.start({ socket });
    await expect(SessionBroker.start({ socket })).rejects.toThrow(`at ${socket}: something listens there already`);
    await using client = await SessionBroker.connect({ socket });
    await using web1 = await client.get(target());
    const running = web1.spawn('echo up; read line');
    await once(running.stdout, 'data');
    await Promise.all([broker.close(), expect(running.wait()).rejects.toThrow(DisconnectedError)]);
    expect(await SessionBroker.find({ socket })).toBeUndefined();
    expect(await readdir(place.directory)).toEqual([]);
  });

  it('ends by itself when it has had neither a client nor a session for a while', async () => {
    const { socket } = place;
    const broker = await SessionBroker.start({ socket, idleTimeout: 20 });
    await new Promise<void>((resolve) => void broker.once('close', resolve));
    expect(await SessionBroker.find({ socket })).toBeUndefined();
    for (const idleTimeout of [-1, Number.NaN]) {
      await expect(SessionBroker.start({ socket, idleTimeout })).rejects.toThrow('`idleTimeout`');
    }
  });

  it('is none that is something else', async () => {
    const server = createNetServer((one) => void one.on('error', () => {}).end('220 ready\r\n'));
    await new Promise<void>((resolve) => void server.listen(place.socket, resolve));
    const { status, stderr } = await run('session', 'ls');
    server.close();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^hawser: .*session broker.*\n$/);
  });
});

function accepted(log: string): number {
  return log.split('\n').filter((line) => line.includes('Accepted publickey')).length;
}
