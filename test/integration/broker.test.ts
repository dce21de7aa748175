import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  AbortError,
  AuthError,
  ClosedError,
  ConnectError,
  DisconnectedError,
  HostKeyError,
  TimeoutError,
} from '../../src/core/errors.js';
import { OptionError } from '../../src/core/hawser-error.js';
import type { HostKeyInfo, Target } from '../../src/inventory/target.js';
import type { RemoteProcess } from '../../src/remote/process/remote-process.js';
import { BrokerClient } from '../../src/session/broker/broker-client.js';
import { BrokerServer } from '../../src/session/broker/broker-server.js';
import { SessionCache } from '../../src/session/session-cache.js';
import { Header, Path, PROTOCOL_VERSION } from '../../src/transport/broker/protocol.js';
import { gone, marker, running } from '../contract/places.js';
import { passphrase } from '../rigs/accounts.js';
import {
  describeReal,
  type LatencyProxy,
  remoteProcesses,
  type Sshd,
  startLatencyProxy,
  startSshd,
  waitUntil,
} from '../rigs/rigs.js';
import { errorOf, targetOf } from './ssh/target.js';
import { Visitors } from './visitors.js';

describeReal(['sshd'], 'a session broker', () => {
  let server: Sshd;
  let visitors: Visitors;
  let proxy: LatencyProxy;
  let directory: string;
  let socket: string;
  let sessions: SessionCache;
  let broker: BrokerServer;
  let client: BrokerClient;
  let brokers = 0;

  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
    visitors = new Visitors(server);
    proxy = await startLatencyProxy(server.port);
    directory = await mkdtemp(join(tmpdir(), 'hawser-broker-'));
  });
  beforeEach(async () => {
    brokers += 1;
    socket = join(directory, `${brokers}`);
    sessions = new SessionCache();
    broker = new BrokerServer({ sessions });
    await broker.listen(socket);
    client = new BrokerClient(socket);
  });
  afterEach(async () => {
    await client.disconnect();
    await broker.close();
    await sessions.closeAll();
    await visitors.forget();
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
    await rm(directory, { recursive: true });
  });

  const target = (o: Partial<Target> = {}): Target => targetOf(server, o);
  const throughProxy = (): Target => target({ port: proxy.port, hostKey: 'insecure-accept-any' });

  it('gives a thousand clients at once one session, by one login', async () => {
    const clients = Array.from({ length: 1000 }, () => new BrokerClient(socket));
    const open = await Promise.all(clients.map((one) => one.get(target())));
    expect(await visitors.logins()).toBe(1);
    expect(await client.list()).toMatchObject([{ id: 's1', reused: 999, state: 'connected', active: 0 }]);
    const said = await Promise.all(open.slice(0, 20).map((one, n) => one.execute(`echo ${n}`)));
    expect(said.map(({ stdout }) => stdout)).toEqual(said.map((_, n) => `${n}\n`));
    expect(broker.clients).toBeGreaterThanOrEqual(1000);
    await Promise.all(clients.map((one) => one.disconnect()));
    await client.disconnect();
    await waitUntil('the clients to have gone', async () => broker.clients === 0);
    expect(sessions.list()).toMatchObject([{ state: 'connected', active: 0 }]);
  });

  it('runs hundreds of commands of one client, as many at a time as the server allows', async () => {
    const connection = await client.get(target());
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, n) => connection.execute(`echo ${n}; echo e${n} >&2; exit ${n % 7}`)),
    );
    for (const [n, { stdout, stderr, status }] of results.entries()) {
      expect([stdout, stderr, status]).toEqual([`${n}\n`, `e${n}\n`, n % 7]);
    }
    expect(await visitors.logins()).toBe(1);
  });

  it('ends commands by the thousand for one client, however they end', async () => {
    const connection = await client.get(target());
    // A server of HTTP/2 cuts the link of a client that has reset a thousand streams.
    for (let round = 0; round < 6; round += 1) {
      const processes = Array.from({ length: 100 }, () => connection.spawn('exec sleep 1000', { bare: true }));
      await Promise.all(processes.map((process) => process[Symbol.asyncDispose]()));
    }
    expect((await connection.execute('echo still there')).stdout).toBe('still there\n');
    expect(await visitors.logins()).toBe(1);
  });

  it('stops a program whose output a client does not read, and lets it go on', async () => {
    const connection = await client.get(target());
    const size = 100_000_000;
    const process = connection.spawn(`head -c ${size} /dev/zero`);
    process.stdin.end();
    process.stderr.resume();
    await waitUntil(
      'the program to be stopped',
      unchanged(() => sessions.list()[0]?.bytesReceived ?? 0, 1_000_000),
    );
    expect(sessions.list()[0]?.bytesReceived).toBeLessThan(20_000_000);
    let read = 0;
    process.stdout.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    expect(await process.wait()).toMatchObject({ status: 0 });
    expect(read).toBe(size);
  });

  it('stops a client who writes more than a program reads', async () => {
    const connection = await client.get(target());
    const process = connection.spawn('sleep 1000');
    const chunk = Buffer.alloc(64 * 1024);
    let written = 0;
    let isOver = false;
    const write = (): void => {
      if (isOver) return;
      process.stdin.write(chunk, () => {
        written += chunk.length;
        write();
      });
    };
    write();
    await waitUntil(
      'the client to be stopped',
      unchanged(() => written, chunk.length),
      60_000,
    );
    expect(written).toBeLessThan(20_000_000);
    isOver = true;
    await process.kill('KILL');
    expect(await process.wait()).toMatchObject({ signal: 'SIGKILL' });
  });

  it('ends the channels of a client that dies, and of no other', async () => {
    const mortal = new BrokerClient(socket);
    const [dying, staying] = [marker(), marker()];
    const start = async (by: BrokerClient, mark: string): Promise<RemoteProcess> => {
      const process = (await by.get(target())).spawn(`sh -c 'cat; : ${mark}'`);
      process.stdout.resume();
      process.stderr.resume();
      await running(mark);
      return process;
    };
    const lost = errorOf((await start(mortal, dying)).wait(), ClosedError);
    const other = await start(client, staying);
    await mortal.disconnect();
    await gone(dying);
    await lost;
    expect(await remoteProcesses(staying)).not.toEqual([]);
    other.stdin.end();
    expect(await other.wait()).toMatchObject({ status: 0 });
    expect(await visitors.logins()).toBe(1);
  });

  it('that ends fails what runs through it at once, with what had come', async () => {
    const connection = await client.get(target());
    const command = connection.execute('echo begun; sleep 1000', { onStdout: () => void broker.close() });
    const error = await errorOf(command, DisconnectedError);
    expect(error.result).toMatchObject({ stdout: 'begun\n', outcome: 'lost' });
    expect(connection.state).toBe('disconnected');
    expect((await errorOf(connection.execute('true'), ConnectError)).message).toContain('hawser session start');
  });

  it('tells its clients why the link of a session was lost, with what had come, and gives them the next', async () => {
    const other = new BrokerClient(socket);
    const [one, two] = [await client.get(throughProxy()), await other.get(throughProxy())];
    const lost = new Promise((resolve) => two.once('lost', resolve));
    const command = one.execute('echo begun; sleep 1000', { onStdout: () => void proxy.cut() });
    const error = await errorOf(command, DisconnectedError);
    expect(error.result).toMatchObject({ stdout: 'begun\n', outcome: 'lost' });
    expect(await lost).toBeInstanceOf(DisconnectedError);
    expect((await two.execute('echo again')).stdout).toBe('again\n');
    expect((await one.execute('echo again')).stdout).toBe('again\n');
    expect(await visitors.logins()).toBe(2);
    await other.disconnect();
  });

  it('asks its client for secrets and answers, once for the life of a session, and shows them nowhere', async () => {
    let asked = 0;
    const password = async (): Promise<string> => {
      asked += 1;
      return server.password;
    };
    const like = { ...throughProxy(), privateKey: [], password };
    const connection = await client.get(like);
    expect((await connection.execute('id -un')).stdout).toBe(`${server.user}\n`);
    expect(connection.connectSteps).toContainEqual(expect.objectContaining({ phase: 'auth', detail: 'password' }));
    expect(asked).toBe(1);
    const shown = inspect([sessions, broker, client, connection, await client.list()], { depth: 9, showHidden: false });
    expect(shown).not.toContain(server.password);
    const isBack = new Promise((resolve) => sessions.once('reconnected', resolve));
    await proxy.cut();
    await isBack;
    expect((await connection.execute('id -un')).stdout).toBe(`${server.user}\n`);
    expect(asked).toBe(1);
  });

  it('lets its client judge a host key, and unlock a key', async () => {
    const judged: HostKeyInfo[] = [];
    const hostKey = (info: HostKeyInfo): boolean => {
      judged.push(info);
      return info.status === 'unknown';
    };
    const like = { privateKey: server.identities.lockedEd25519, passphrase: async () => passphrase, knownHosts: [] };
    const connection = await client.get(target({ ...like, hostKey }));
    expect((await connection.execute('id -un')).stdout).toBe(`${server.user}\n`);
    expect(judged).toEqual([
      expect.objectContaining({
        port: server.port,
        keyType: 'ssh-ed25519',
        key: expect.any(Buffer),
        status: 'unknown',
      }),
    ]);
    await errorOf(client.get(target({ ...like, hostKey: () => false })), HostKeyError);
  });

  it('hands on each failure to connect as what it is', async () => {
    const unknown = await errorOf(client.get(target({ knownHosts: [] })), HostKeyError);
    expect(unknown).toMatchObject({ reason: 'unknown', phase: 'hostkey', hop: `127.0.0.1:${server.port}` });
    expect(unknown.fingerprint).toMatch(/^SHA256:/);
    const secret = 'wr0ng-p4ssword';
    const refused = await errorOf(
      client.get(target({ privateKey: server.identities.stranger, password: secret })),
      AuthError,
    );
    expect(refused.tried.map(({ method, outcome }) => `${method} ${outcome}`)).toEqual(
      expect.arrayContaining(['publickey refused', 'password refused']),
    );
    expect(inspect(refused, { depth: 9 }) + JSON.stringify(refused)).not.toContain(secret);
    const nobody = await errorOf(client.get(target({ port: 1 })), ConnectError);
    expect(nobody).toMatchObject({ phase: 'tcp', retryable: true });
    await proxy.stall();
    const late = await errorOf(client.get({ ...throughProxy(), connectTimeout: 300 }), TimeoutError);
    expect(late).toMatchObject({ phase: 'banner', ms: 300 });
    const patience = new AbortController();
    const waiting = client.get(throughProxy(), { signal: patience.signal });
    await waitUntil('the connect to be under way', () => sessions.size === 1);
    patience.abort();
    await errorOf(waiting, AbortError);
    await waitUntil('the connect to have ended', () => sessions.size === 0);
    await proxy.resume();
    await errorOf(client.get({ host: 'local', protocol: 'local' }), OptionError);
  });

  it('survives whatever is written to its socket, and says what is wrong', async () => {
    const wrong: readonly [path: string, body: string, headers: Record<string, string>, status: number][] = [
      ['/nothing', '{}\n', {}, 404],
      [Path.open, '{}\n', {}, 400],
      [Path.open, 'no json\n', { [Header.session]: '1' }, 400],
      [Path.open, '', { [Header.session]: '2' }, 400],
      [Path.exec, '{"command":1}\n', { [Header.channel]: '3', [Header.session]: '1' }, 400],
      [Path.exec, '{"command":"id"}\n', { [Header.channel]: '3', [Header.session]: '9' }, 400],
      [Path.subsystem, '{"name":"sftp"}\n', { [Header.session]: '9' }, 410],
      [Path.dial, '{"to":{"host":"x","port":-1}}\n', { [Header.session]: '9' }, 400],
      [Path.find, '{"targets":7}\n', {}, 400],
      [Path.find, '{"targets":[{"host":7}]}\n', {}, 400],
      [Path.close, '[]\n', {}, 400],
      [Path.list, '{}\n', { [Header.version]: '99' }, 426],
    ];
    const raw = connectHttp2('http://broker', { createConnection: () => createConnection(socket) });
    raw.on('error', () => {});
    for (const [path, body, headers, status] of wrong) {
      const stream = raw.request({ ':method': 'POST', ':path': path, [Header.version]: PROTOCOL_VERSION, ...headers });
      stream.end(body);
      const [response] = await once(stream, 'response');
      const answer: unknown = JSON.parse(await text(stream));
      expect([path, response[':status']]).toEqual([path, status]);
      expect(answer).toEqual({
        error: expect.objectContaining({
          message: expect.stringMatching(/^(A|The) session broker|^The session|^Expected/),
        }),
      });
    }
    raw.destroy();
    const noise = createConnection(socket);
    noise.on('error', () => {}).resume();
    noise.write('GET / HTTP/1.1\r\n\r\n');
    await once(noise, 'close');
    expect((await (await client.get(target())).execute('echo well')).stdout).toBe('well\n');
  });

  it('lets a client of any version end it', async () => {
    const stopped = once(broker, 'stop');
    const raw = connectHttp2('http://broker', { createConnection: () => createConnection(socket) });
    raw.request({ ':method': 'POST', ':path': Path.stop, [Header.version]: '99' }).end('{}\n');
    await stopped;
    raw.destroy();
  });

  it('finds, lists and closes sessions', async () => {
    const connection = await client.get(target());
    expect(await client.find([target(), target({ username: 'root' }), connection])).toEqual([true, false, true]);
    expect(await client.list()).toMatchObject([{ id: 's1', username: server.user, port: server.port }]);
    expect(await client.close('s9')).toBe(false);
    expect(await client.close('s1')).toBe(true);
    await waitUntil('the client to hear of it', () => !connection.connected);
    expect(await client.close(target())).toBe(false);
    expect((await connection.execute('echo anew')).stdout).toBe('anew\n');
    await client.closeAll();
    expect(await client.list()).toEqual([]);
  });
});

/** As many looks in a row, 10 ms apart, have to find the same. */
const STILL = 30;

/** Whether what `count` says has reached `least`, and stands still. */
function unchanged(count: () => number, least: number): () => boolean {
  let last = -1;
  let looks = 0;
  return () => {
    const now = count();
    looks = now === last && now >= least ? looks + 1 : 0;
    last = now;
    return looks >= STILL;
  };
}
