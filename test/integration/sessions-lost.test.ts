import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/connection/connection.js';
import { ConnectError, HostKeyError } from '../../src/core/errors.js';
import type { SessionInfo } from '../../src/core/session-info.js';
import type { Target } from '../../src/inventory/target.js';
import { SessionCache } from '../../src/session/session-cache.js';
import type { SessionCacheOptions } from '../../src/session/session-options.js';
import { describeReal, remoteProcesses, type Sshd, startSshd, waitUntil } from '../rigs/rigs.js';
import { main } from './hawser-process.js';
import { errorOf, targetOf } from './ssh/target.js';
import { childrenOf, Visitors } from './visitors.js';

const run = promisify(execFile);
const SOON = { attempts: 1000, delay: 5, maxDelay: 50 } as const;

async function listen(door: Server, port: number): Promise<number> {
  await once(door.listen(port, '127.0.0.1'), 'listening');
  const address = door.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describeReal(['sshd'], 'sessions that are lost, or end with their process', () => {
  let server: Sshd;
  let visitors: Visitors;
  const caches: SessionCache[] = [];
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
    visitors = new Visitors(server);
  });
  afterEach(async () => {
    await Promise.all(caches.splice(0).map((cache) => cache.closeAll()));
    await visitors.forget();
  });
  afterAll(async () => server?.stop());

  const target = (o: Partial<Target> = {}): Target => targetOf(server, o);
  const make = (o?: SessionCacheOptions): SessionCache => {
    const cache = new SessionCache(o);
    caches.push(cache);
    return cache;
  };
  /** A session that works: a server that has let somebody in is about to make a process for him, which a restart may miss. */
  const settled = async (cache: SessionCache): Promise<Connection> => {
    const session = await cache.get(target());
    await session.execute('true', { check: true });
    return session;
  };
  const heard = (cache: SessionCache): string[] => {
    const said: string[] = [];
    for (const type of ['created', 'reused', 'lost', 'reconnected', 'evicted', 'closed'] as const) {
      cache.on(type, (session: SessionInfo) => said.push(`${type} ${session.id}`));
    }
    return said;
  };

  it('are replaced where nothing makes them again', async () => {
    const cache = make({ reconnect: false });
    const said = heard(cache);
    const first = await settled(cache);
    const lost = once(cache, 'lost');
    await server.restart();
    const [, reason] = await lost;
    expect(reason).toMatchObject({ code: 'ERR_HAWSER_DISCONNECTED' });
    expect(cache.has(target())).toBe(false);
    const second = await cache.get(target());
    expect([second === first, first.state]).toEqual([false, 'closed']);
    expect((await second.execute('echo in')).stdout).toBe('in\n');
    expect(said).toEqual(['created s1', 'lost s1', 'evicted s1', 'created s2']);
  });

  it('are made again by themselves, and who asks meanwhile waits for that', async () => {
    const cache = make({ reconnect: SOON });
    const said = heard(cache);
    const first = await settled(cache);
    const lost = once(cache, 'lost');
    await server.restart();
    await lost;
    const again = await Promise.all([1, 2, 3].map(() => cache.get(target())));
    expect(new Set([first, ...again]).size).toBe(1);
    expect((await first.execute('echo in')).stdout).toBe('in\n');
    expect(said.slice(0, 3)).toEqual(['created s1', 'lost s1', 'reconnected s1']);
    expect(cache.list()).toMatchObject([{ id: 's1', reused: 3, state: 'connected' }]);
  });

  it('are refused for another host key, and had again when it is known', async () => {
    const cache = make({ reconnect: SOON });
    const first = await settled(cache);
    const key = join(dirname(server.knownHosts), 'host_ed25519');
    const known = await readFile(server.knownHosts, 'utf8');
    const gone = once(first, 'state');
    await rm(key);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'rig', '-f', key]);
    await server.restart();
    await gone;
    await errorOf(cache.get(target()), HostKeyError);
    await errorOf(cache.get(target()), HostKeyError);
    expect(cache.has(target())).toBe(false);
    const [type, blob] = (await readFile(`${key}.pub`, 'utf8')).split(' ');
    const [name] = known.split(' ');
    await writeFile(server.knownHosts, `${name} ${type} ${blob}\n`);
    // What was read a moment ago holds for a second.
    await waitUntil('the new key to be read', () =>
      cache.get(target()).then(
        () => true,
        () => false,
      ),
    );
  });

  it('are given to nobody new where the server owes a sign of life and gives none, and keep what runs on them', async () => {
    const cache = make({ reconnect: SOON });
    const said = heard(cache);
    const watchful = target({ keepAlive: { interval: 50, countMax: 1000 } });
    const first = await cache.get(watchful);
    const file = join(tmpdir(), `hawser-sign-${process.pid}`);
    const work = first.execute(`while [ ! -e ${file} ]; do sleep 0.05; done; rm ${file}; echo through`);
    await waitUntil('the command to run', async () => (await remoteProcesses(file)).length > 0);
    const [monitor = 0] = await visitors.inside();
    const mute = [monitor, ...(await childrenOf(monitor))];
    const tell = (signal: NodeJS.Signals): void => {
      for (const pid of mute) process.kill(pid, signal);
    };
    tell('SIGSTOP');
    await waitUntil('an answer to be owed', () => first.ailing).catch((error: unknown) => {
      tell('SIGCONT');
      throw error;
    });
    const asked = cache.get(watchful);
    tell('SIGCONT');
    expect(await asked).toBe(first);
    tell('SIGSTOP');
    let second: Awaited<ReturnType<SessionCache['get']>>;
    try {
      await waitUntil('an answer to be owed', () => first.ailing);
      expect(cache.has(watchful)).toBe(false);
      second = await cache.get(watchful);
      expect(second).not.toBe(first);
      expect(cache.list()).toMatchObject([{ id: 's1', retired: true, active: 1 }, { id: 's2' }]);
      await second.execute(`touch ${file}`, { check: true });
    } finally {
      tell('SIGCONT');
    }
    expect((await work).stdout).toBe('through\n');
    await waitUntil('the old one to go', () => first.state === 'closed');
    expect(said).toEqual(['created s1', 'reused s1', 'created s2', 'evicted s1']);
    expect(await cache.get(watchful)).toBe(second);
  });

  it('are asked for no more at a machine that is dead, whoever asks, until later', async () => {
    const cache = make({ circuitBreaker: { failures: 2, delay: 60_000, maxDelay: 60_000 } });
    const port = 1;
    const dead = target({ port, hostKey: 'insecure-accept-any' });
    const first = await errorOf(cache.get(dead), ConnectError);
    await errorOf(cache.get(dead), ConnectError);
    const third = await errorOf(
      cache.get(target({ port, username: 'other', hostKey: 'insecure-accept-any' })),
      ConnectError,
    );
    expect(third).toMatchObject({
      phase: 'tcp',
      hop: `127.0.0.1:${port}`,
      retryable: true,
      cause: { message: first.message },
    });
    expect(third.message).toMatch(
      /^Not connecting to 127\.0\.0\.1: 2 attempts in a row have failed at .*, and the next is made in \d+\.\d s/,
    );
    expect((await cache.get(target())).connected).toBe(true);
  });

  it('are asked for no more behind a jump host that is dead, whatever lies behind it', async () => {
    const cache = make({ circuitBreaker: { failures: 1, delay: 60_000, maxDelay: 60_000 } });
    const proxyJump = { host: '127.0.0.1', port: 1, username: 'x' };
    const hop = '127.0.0.1:1';
    expect(await errorOf(cache.get(target({ proxyJump })), ConnectError)).toMatchObject({ hop });
    const behind = { ...target(), host: '10.255.255.1', proxyJump };
    const refused = await errorOf(cache.get(behind), ConnectError);
    expect(refused).toMatchObject({ hop });
    expect(refused.message).toContain('Not connecting to 10.255.255.1: 1 attempt has failed at 127.0.0.1:1');
  });

  it('are had again from a machine that is back', async () => {
    const cache = make({ circuitBreaker: { failures: 1, delay: 1, maxDelay: 1 } });
    const door = createServer((visitor) => {
      const inside = connect(server.port, '127.0.0.1');
      visitor.on('error', () => inside.destroy()).pipe(inside);
      inside.on('error', () => visitor.destroy()).pipe(visitor);
    });
    const port = await listen(door, 0);
    await new Promise((resolve) => door.close(resolve));
    const back = target({ port, hostKey: 'insecure-accept-any' });
    await errorOf(cache.get(back), ConnectError);
    await listen(door, port);
    await waitUntil('it to be tried again', () =>
      cache.get(back).then(
        () => true,
        () => false,
      ),
    );
    await cache.closeAll();
    door.close();
  });

  it('do not hold the process up, and end with it, also those of the own ssh', async () => {
    const base = await mkdtemp(join(tmpdir(), 'hawser-exit-'));
    const script = `
      const { sessions } = await import(process.argv[1]);
      for (const target of JSON.parse(process.argv[2])) {
        const session = await sessions.get(target);
        console.log((await session.execute('echo in')).stdout.trim(), await sessions.get(target) === session);
      }
      if (process.argv[3] === 'exit') process.exit(7);
      if (process.argv[3] === 'throw') throw new Error('on purpose');
    `;
    const targets = JSON.stringify([target(), target({ protocol: 'openssh' })]);
    const index = pathToFileURL(join(main, '../../index.js')).href;
    const ways = [
      ['end', 0],
      ['exit', 7],
      ['throw', 1],
    ] as const;
    const ends = ways.map(async ([way, status]) => {
      const program = spawn(process.execPath, ['--input-type=module', '-e', script, index, targets, way], {
        env: { ...process.env, XDG_RUNTIME_DIR: base, HAWSER_DEBUG: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [ended, said, log] = await Promise.all([once(program, 'exit'), text(program.stdout), text(program.stderr)]);
      expect([ended, said]).toEqual([[status, null], 'in true\nin true\n']);
      expect(log).toMatch(/session s2 reused/);
    });
    await Promise.all(ends);
    await waitUntil('the server to be left', async () => (await visitors.inside()).length === 0);
    await waitUntil('every ssh to be gone', async () => (await remoteProcesses(base)).length === 0);
    await waitUntil('every directory to be gone', async () => (await readdir(base)).length === 0);
    await visitors.expectLogins(6);
    await rm(base, { recursive: true });
  });

  it("are one master of the own ssh's for all who ask at once", async () => {
    const cache = make();
    const own = target({ protocol: 'openssh' });
    const all = await Promise.all(Array.from({ length: 20 }, () => cache.get(own)));
    await Promise.all(all.slice(0, 5).map((session) => session.execute('true', { check: true })));
    await visitors.expectLogins(1);
    expect(cache.list()).toMatchObject([{ kind: 'openssh', reused: 19 }]);
  });
});
