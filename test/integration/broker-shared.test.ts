import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { neverAborted } from '../../src/core/abort.js';
import { Deadline } from '../../src/core/deadline.js';
import { ConnectTrace } from '../../src/core/diagnostics.js';
import { DisconnectedError, TimeoutError } from '../../src/core/errors.js';
import type { Target } from '../../src/inventory/target.js';
import { planRun } from '../../src/remote/process/options.js';
import { wrapCommand } from '../../src/remote/process/wrapper.js';
import type { BrokerClient } from '../../src/session/broker/broker-client.js';
import { SessionBroker } from '../../src/session/broker/session-broker.js';
import { BrokerLink } from '../../src/transport/broker/broker-link.js';
import { BrokerTransport } from '../../src/transport/broker/broker-transport.js';
import { type EncodedTarget, encodeTarget } from '../../src/transport/broker/encode-target.js';
import {
  describeReal,
  type LatencyProxy,
  remoteProcesses,
  type Sshd,
  startLatencyProxy,
  startSshd,
  waitUntil,
} from '../rigs/rigs.js';
import { main } from './hawser-process.js';
import { errorOf, targetOf } from './ssh/target.js';
import { Visitors } from './visitors.js';

const library = new URL('../index.js', `file://${main}`).href;
const program = fileURLToPath(new URL('./sharer.mjs', import.meta.url));

/** How long a process may take to start, in milliseconds: on a machine that is busy it does. */
const PATIENCE = 40_000;

/** A process that shares what the broker has. */
interface Sharer extends AsyncDisposable {
  readonly ended: Promise<number | null>;
  /** Waits until it has said a word. */
  said(word: string): Promise<void>;
  /** Sends a line. */
  tell(): void;
  kill(signal: NodeJS.Signals): void;
}

describeReal(['sshd'], 'what processes share through a broker', () => {
  let server: Sshd;
  let visitors: Visitors;
  let proxy: LatencyProxy;
  let directory: string;
  let socket: string;
  let file: string;
  let broker: SessionBroker;
  let client: BrokerClient;
  let tests = 0;

  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'], anyLoopback: true });
    visitors = new Visitors(server);
    proxy = await startLatencyProxy(server.port);
    directory = await mkdtemp(join(tmpdir(), 'hawser-shared-'));
    await chmod(directory, 0o755);
  });
  beforeEach(async () => {
    tests += 1;
    socket = join(directory, `b${tests}`, 's');
    file = join(directory, `file-${tests}`);
    broker = await SessionBroker.start({ socket });
    client = await SessionBroker.connect({ socket });
  });
  afterEach(async () => {
    await client.disconnect();
    await broker.close();
    await visitors.forget();
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  const target = (o: Partial<Target> = {}): Target => targetOf(server, { threadSafe: true, ...o });

  function share(
    task: string,
    o: { readonly target?: Target; readonly rounds?: number; readonly size?: number } = {},
  ): Sharer {
    const words = JSON.stringify({ socket, file, target: target(), ...o });
    const child = spawn(process.execPath, [program, library, task, words], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const ended = once(child, 'close').then(() => child.exitCode);
    return {
      ended,
      said: (word) => waitUntil(`a process to say "${word}"`, () => said.includes(word), PATIENCE),
      tell: () => void child.stdin.write('\n'),
      kill: (signal) => void child.kill(signal),
      [Symbol.asyncDispose]: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  /** A file of the far machine, which is this one. */
  async function start(text: string): Promise<void> {
    await writeFile(file, text);
    await chmod(file, 0o666);
  }

  it('loses no count: what each does at a time is done under the lock', async () => {
    await start('0\n');
    const sharers = ['command', 'steps', 'command', 'steps'].map((task) => share(task, { rounds: 5 }));
    expect(await Promise.all(sharers.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
    expect(await readFile(file, 'utf8')).toBe('20\n');
    await expect.poll(() => visitors.logins(), { timeout: 10_000 }).toBe(1);
  });

  it('is a pool of two: never more than two at work, and two that have logged in', async () => {
    await start('');
    const sharers = [1, 2, 3].map(() => share('pool', { size: 2, rounds: 5 }));
    expect(await Promise.all(sharers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    const words = (await readFile(file, 'utf8')).trim().split('\n');
    let inside = 0;
    const seen = words.map((word) => {
      inside += word === 'in' ? 1 : -1;
      return inside;
    });
    expect([words.length, Math.max(...seen)]).toEqual([30, 2]);
    await expect.poll(() => visitors.logins(), { timeout: 10_000 }).toBe(2);
    expect(await client.pool(target()).stats()).toEqual({ size: 2, idle: 2, leased: 0, waiting: 0, replaced: 0 });
  });

  it('is free when its holder is killed, for who came first', async () => {
    await using holder = share('hold');
    await holder.said('held');
    const order: string[] = [];
    const { lock } = client.connection(target());
    const first = lock.runExclusive(() => order.push('first'));
    await waitUntil('the first to wait', () => lock.waiting === 1);
    const second = lock.runExclusive(() => order.push('second'));
    holder.kill('SIGKILL');
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  it('has nothing run beside who comes after one that was killed', async () => {
    await using holder = share('long');
    const running = async (): Promise<number> => (await remoteProcesses(`: ${file}`)).length;
    await holder.said('runs');
    const connection = client.connection(target());
    const next = connection.lock.runExclusive(running);
    await waitUntil('the next one to wait', () => connection.lock.waiting === 1);
    holder.kill('SIGKILL');
    expect(await next).toBe(0);
  });

  it('has nothing run beside who comes after one that died before it heard what it had started', async () => {
    const running = async (): Promise<number> => (await remoteProcesses(`: ${file}`)).length;
    const link = await BrokerLink.open(socket);
    const encode = (): EncodedTarget => encodeTarget(target());
    const far = new BrokerTransport({ link: async () => link, name: 'far', encode });
    await far.connect({ signal: neverAborted, deadline: Deadline.in(PATIENCE), trace: new ConnectTrace('far') });
    await far.lock({});
    const connection = client.connection(target());
    const next = connection.lock.runExclusive(running);
    await waitUntil('the next one to wait', () => connection.lock.waiting === 1);
    const { line } = wrapCommand(`sleep 1000; : ${file}`, planRun({}), true);
    await far.exec(line, { signal: neverAborted, pty: undefined });
    link.close(new DisconnectedError('It dies.'));
    expect(await next).toBe(0);
    expect(await running()).toBe(0);
  });

  it('is kept for a holder that says nothing, and for one whose machine has to be reached anew', async () => {
    const known = join(directory, 'known_hosts');
    const keys = await readFile(server.knownHosts, 'utf8');
    await writeFile(known, keys.replaceAll(/^\S+/gm, `[127.0.0.1]:${proxy.port}`));
    const through = target({ host: '127.0.0.1', port: proxy.port, knownHosts: known });
    await using holder = share('hold', { target: through });
    await holder.said('held');
    const connection = client.connection(through);
    holder.kill('SIGSTOP');
    await errorOf(connection.lock.acquire({ timeout: 200 }), TimeoutError);
    await proxy.cut();
    await waitUntil('the session to be made again', async () => (await visitors.logins()) === 2);
    await errorOf(connection.lock.acquire({ timeout: 200 }), TimeoutError);
    holder.kill('SIGCONT');
    const next = connection.lock.acquire();
    holder.tell();
    await holder.said('released');
    (await next).release();
  });

  it('is given to nobody by a broker that dies: who waits is told, and who holds it', async () => {
    const connection = client.connection(target());
    const held = await connection.lock.acquire();
    const waiting = errorOf(client.connection(target()).execute('echo never'), DisconnectedError);
    const work = errorOf(client.pool(target(), { size: 1 }).execute('sleep 1000'), DisconnectedError);
    await waitUntil('the work to run', async () => (await client.pool(target()).stats())?.leased === 1);
    await broker.close();
    await Promise.all([waiting, work]);
    expect(held.signal.reason).toBeInstanceOf(DisconnectedError);
    expect(String(held.signal.reason)).toMatch(/lock of .* was lost while it was held: the session broker has ended/);
  });

  it('has another worker for who waits, where one was lent to a process that is killed', async () => {
    await using holder = share('lease', { size: 1 });
    await holder.said('leased');
    await waitUntil('its work', async () => (await remoteProcesses(`: ${file}`)).length > 0);
    const pool = client.pool(target());
    const next = pool.execute('echo next');
    await waitUntil('the next one to wait', async () => (await pool.stats())?.waiting === 1);
    holder.kill('SIGKILL');
    expect(await next).toMatchObject({ stdout: 'next\n' });
    expect(await pool.stats()).toMatchObject({ size: 1, replaced: 1 });
    expect(await remoteProcesses(`: ${file}`)).toEqual([]);
  });
});
