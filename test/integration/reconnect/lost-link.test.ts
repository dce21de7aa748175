import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import type { ConnectionState } from '../../../src/connection/connection-services.js';
import { createConnection } from '../../../src/connection/create-connection.js';
import type { ReconnectOptions } from '../../../src/core/backoff.js';
import { AbortError, ClosedError, ConnectError, DisconnectedError, TimeoutError } from '../../../src/core/errors.js';
import { HawserError } from '../../../src/core/hawser-error.js';
import type { Target } from '../../../src/inventory/target.js';
import {
  describeReal,
  type LatencyProxy,
  type Sshd,
  startLatencyProxy,
  startSshd,
  waitUntil,
} from '../../rigs/rigs.js';
import { errorOf, targetOf } from '../ssh/target.js';
import { startCuttingProxy } from '../transfer/cutting-proxy.js';

/** Soon again, so that no test waits for long, and often enough for a machine that is busy. */
const SOON: ReconnectOptions = { attempts: 1000, delay: 5, maxDelay: 50 };
/** Finds a black hole before long. */
const WATCHFUL = { keepAlive: { interval: 200, countMax: 2 }, connectTimeout: 2000 } as const;

describeReal(['sshd'], 'a link that is lost', () => {
  let server: Sshd;
  let proxy: LatencyProxy;
  let place: string;
  let names = 0;
  const made: Connection[] = [];
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
    proxy = await startLatencyProxy(server.port);
    place = await mkdtemp(join(tmpdir(), 'hawser-reconnect-'));
    await chmod(place, 0o777);
    const known = await readFile(server.knownHosts, 'utf8');
    await writeFile(join(place, 'known_hosts'), known.replaceAll(`:${server.port} `, `:${proxy.port} `));
  });
  afterEach(async () => {
    await proxy.resume();
    await Promise.all(made.splice(0).map((connection) => connection.close()));
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
    await rm(place, { recursive: true, force: true });
  });

  const toProxy = (more: Partial<Target> = {}, reconnect: ReconnectOptions = SOON): Connection => {
    const target = targetOf(server, { port: proxy.port, knownHosts: join(place, 'known_hosts'), ...more });
    const connection = createConnection(target, undefined, { reconnect });
    made.push(connection);
    return connection;
  };
  const statesOf = (connection: Connection): ConnectionState[] => {
    const states: ConnectionState[] = [];
    connection.on('state', (state) => states.push(state));
    return states;
  };
  const logins = async (): Promise<number> => (await server.log()).split('Accepted publickey').length - 1;
  /** A file on the server that has a line for each time that a command has run. */
  const counter = (): { readonly file: string; readonly runs: () => Promise<number> } => {
    names += 1;
    const file = join(place, `runs-${names}`);
    return { file, runs: async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').length - 1 };
  };
  /** Loses the link, and sees to it that no other one stands before {@link LatencyProxy.resume}. */
  const loseLink = async (connection: Connection): Promise<void> => {
    const lost = once(connection, 'lost');
    await proxy.stall();
    await proxy.cut();
    await lost;
  };

  for (const protocol of ['ssh', 'openssh'] as const) {
    it(`stands again by itself where it was idle (${protocol}), for one more login`, async () => {
      const connection = await toProxy({ protocol }).connect();
      const states = statesOf(connection);
      const [before, reconnected] = [await logins(), once(connection, 'reconnected')];
      await proxy.cut();
      await reconnected;
      expect((await connection.execute('echo back')).stdout).toBe('back\n');
      expect([states, (await logins()) - before]).toEqual([['reconnecting', 'connected'], 1]);
    });

    it(`cuts a command short with what had come, and never runs it again (${protocol})`, async () => {
      const { file, runs } = counter();
      const connection = toProxy({ protocol });
      const running = connection.execute(`echo begun; echo run >> ${file}; exec sleep 100`);
      const error = errorOf(running, DisconnectedError);
      await waitUntil('the command to run', async () => (await runs()) === 1);
      // What it wrote came before the answer to this.
      await connection.execute('true');
      const reconnected = once(connection, 'reconnected');
      await proxy.cut();
      expect((await error).result?.stdout).toBe('begun\n');
      await reconnected;
      expect((await connection.execute(`echo other >> ${file}; cat ${file}`)).stdout).toBe('run\nother\n');
    });

    it(`has what is asked for meanwhile wait, and does it once (${protocol})`, async () => {
      const { file, runs } = counter();
      const connection = await toProxy({ protocol }).connect();
      const before = await logins();
      await loseLink(connection);
      const waiting = Array.from({ length: 5 }, () => connection.execute(`echo run >> ${file}`));
      expect([connection.state, connection.active, await runs()]).toEqual(['reconnecting', 5, 0]);
      // The attempt that hangs is cut off as well.
      await proxy.cut();
      await proxy.resume();
      await Promise.all(waiting);
      expect([await runs(), (await logins()) - before]).toEqual([5, 1]);
    });

    it(`ends where its owner disconnects or closes it, and who waits is told (${protocol})`, async () => {
      const connection = await toProxy({ protocol }).connect();
      const states = statesOf(connection);
      await loseLink(connection);
      const first = errorOf(connection.execute('true'), DisconnectedError);
      await connection.disconnect();
      expect((await first).message).toMatch(/Disconnected from .* by the caller/);
      await proxy.cut();
      await proxy.resume();
      expect(connection.state).toBe('disconnected');
      const before = await logins();
      await connection.execute('true');
      expect((await logins()) - before).toBe(1);
      await loseLink(connection);
      const second = errorOf(connection.execute('true'), ClosedError);
      await connection.close();
      await second;
      expect(states).toEqual([
        ...['reconnecting', 'disconnected', 'connecting', 'connected', 'reconnecting', 'closed'],
      ]);
    });
  }

  it('is no matter for a first connect, which fails as ever', async () => {
    const connection = toProxy({ connectTimeout: 300 });
    await proxy.stall();
    const attempts: unknown[] = [];
    connection.on('reconnecting', (attempt) => attempts.push(attempt));
    expect(await errorOf(connection.execute('true'), TimeoutError)).toMatchObject({ phase: 'banner' });
    expect([connection.state, attempts]).toEqual(['disconnected', []]);
  });

  it('is found where it carries nothing any more, is said to be ailing before that, and is made again', async () => {
    const { file, runs } = counter();
    const connection = await toProxy(WATCHFUL).connect();
    expect(connection.ailing).toBe(false);
    const lost = once(connection, 'lost');
    const reconnected = once(connection, 'reconnected');
    await proxy.stall();
    const cutShort = errorOf(connection.execute(`echo run >> ${file}`), DisconnectedError);
    await waitUntil('the silence to be noticed', () => connection.ailing);
    expect(connection.state).toBe('connected');
    const [reason] = await lost;
    expect(reason).toMatchObject({ code: 'ERR_HAWSER_DISCONNECTED', message: expect.stringContaining('keep-alive') });
    await cutShort;
    await proxy.resume();
    await reconnected;
    await connection.execute(`echo other >> ${file}`);
    // What was sent into the silence arrived, or did not: it was not sent twice.
    expect([1, 2]).toContain(await runs());
    expect(connection.ailing).toBe(false);
  });

  it('has a read of a file begun again, which gives every byte once', async () => {
    const bytes = randomBytes(24 * 1024 * 1024);
    await writeFile(join(place, 'big'), bytes);
    const connection = await toProxy().connect();
    const reconnected = once(connection, 'reconnected');
    const reading = connection.fs.readFile(join(place, 'big'));
    await waitUntil('a part to have come', () => (connection.link?.bytesReceived ?? 0) > 2 ** 20);
    await proxy.cut();
    await reconnected;
    expect((await reading).equals(bytes)).toBe(true);
  });

  it('stands again with the jump host that it leads through, whether that is shared or lent', async () => {
    const hop = targetOf(server, { port: proxy.port, hostKey: 'insecure-accept-any' });
    const lent = toProxy();
    for (const proxyJump of [hop, lent]) {
      const connection = toProxy({ proxyJump, port: server.port, knownHosts: server.knownHosts });
      expect((await connection.execute('echo there')).stdout).toBe('there\n');
      const before = await logins();
      const reconnected = once(connection, 'reconnected');
      await proxy.cut();
      await reconnected;
      expect((await connection.execute('echo back')).stdout).toBe('back\n');
      expect((await logins()) - before).toBe(2);
      await connection.close();
    }
  });

  for (const protocol of ['ssh', 'openssh'] as const) {
    it(`says how it stands (${protocol})`, async () => {
      const connection = toProxy({ protocol });
      expect(connection.link).toBeUndefined();
      await connection.connect();
      // ssh(1) asks by itself, and tells nobody.
      if (protocol === 'ssh') await waitUntil('an answer', () => connection.link?.roundTripMs !== undefined);
      await using running = connection.spawn('cat');
      await waitUntil('the channel to be open', () => connection.link?.channels === 1);
      running.stdin.end('x'.repeat(100_000));
      await running.wait();
      const { bytesSent = 0, bytesReceived = 0 } = connection.link ?? {};
      expect([bytesSent >= 100_000, bytesReceived >= 100_000]).toEqual([true, true]);
      await waitUntil('the channel to be closed', () => connection.link?.channels === 0);
    });
  }

  it('does each thing once, and comes back, at whatever byte the next one is cut', async () => {
    await using line = await startCuttingProxy(server.port);
    const connection = toProxy({ port: line.port, hostKey: 'insecure-accept-any' });
    const { file, runs } = counter();
    await connection.execute('true');
    const whole = line.carried;
    const outcomes = new Set<string>();
    for (let point = 0; point < 12; point += 1) {
      const before = await runs();
      const lost = once(connection, 'lost');
      line.cutAfter(0);
      const asked = errorOf(connection.execute('true'), HawserError);
      await lost;
      const limit = line.carried + Math.round((point / 12) * 1.1 * whole);
      line.cutAfter(limit - line.carried);
      await asked;
      const work = connection.execute(`echo run >> ${file}`).then(
        () => 'done',
        (error: unknown) => (error instanceof HawserError ? error.name : String(error)),
      );
      await Promise.race([work, waitUntil('the cut', () => line.carried >= limit)]);
      line.cutAfter(Number.POSITIVE_INFINITY);
      const outcome = await work;
      outcomes.add(outcome);
      const ran = (await runs()) - before;
      if (outcome === 'done') expect(ran).toBe(1);
      else expect(ran).toBeLessThanOrEqual(1);
      await connection.execute('true');
    }
    // A login that was cut off is not begun again, and what may have run is not done again.
    for (const name of outcomes) expect(['done', 'AuthError', 'DisconnectedError']).toContain(name);
  });

  it('lets who waits give up without giving up itself', async () => {
    const { file, runs } = counter();
    const connection = await toProxy().connect();
    await loseLink(connection);
    const controller = new AbortController();
    const waiting = errorOf(connection.execute(`echo run >> ${file}`, { signal: controller.signal }), AbortError);
    controller.abort();
    await waiting;
    expect(connection.state).toBe('reconnecting');
    const reconnected = once(connection, 'reconnected');
    await proxy.cut();
    await proxy.resume();
    await reconnected;
    await connection.execute('true');
    expect(await runs()).toBe(0);
  });

  it('is given up after so many attempts, each later than the one before, and tried anew by the next call', async () => {
    const [own, gone] = [await startLatencyProxy(server.port), { attempts: 3, delay: 1, maxDelay: 10 }];
    const connection = toProxy({ port: own.port, hostKey: 'insecure-accept-any' }, gone);
    await connection.connect();
    const attempts: number[] = [];
    connection.on('reconnecting', ({ attempt }) => attempts.push(attempt));
    const lost = once(connection, 'lost');
    await own.stop();
    const [reason] = await lost;
    expect(reason).toBeInstanceOf(DisconnectedError);
    const refusals = await Promise.all(
      ['one', 'other'].map((word) => errorOf(connection.execute(`echo ${word}`), ConnectError)),
    );
    expect(refusals.map(({ phase }) => phase)).toEqual(['tcp', 'tcp']);
    expect([connection.state, attempts]).toEqual(['disconnected', [1, 2, 3]]);
    await errorOf(connection.execute('true'), ConnectError);
    expect([connection.state, attempts]).toEqual(['disconnected', [1, 2, 3]]);
  });
});
