import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PartialFailureError } from '../../src/connection/results/multi-result.js';
import { AuthError, ConnectError, HostKeyError, TimeoutError } from '../../src/core/errors.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import type { Target } from '../../src/inventory/target.js';
import { describeReal, openSockets, remoteProcesses, type Sshd, startSshd } from '../rigs/rigs.js';

const HOSTS = 200;

/** 127.0.1.1 and on: each its own host to a client, all of them one server. */
function address(index: number): string {
  return `127.0.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`;
}

/** How the hosts fail that do; every tenth one takes the next way. */
const WAYS = [
  'closed port',
  'silent',
  'web server',
  'unknown key',
  'wrong user',
  'no key',
  'exit 3',
  'killed',
  'too slow',
  'silent',
  'closed port',
  'exit 3',
  'unknown key',
  'killed',
  'wrong user',
  'too slow',
  'web server',
  'no key',
  'exit 3',
  'killed',
] as const;

type Way = (typeof WAYS)[number];

function wayOf(index: number): Way | undefined {
  return index % 10 === 0 ? WAYS[index / 10] : undefined;
}

describeReal(['sshd'], 'a fleet on a real server', () => {
  let sshd: Sshd;
  const doors: Server[] = [];
  const visitors = new Set<Socket>();
  const port = { silent: 0, web: 0, closed: 0 };

  /** Listens on every address of loopback. */
  async function open(server: Server): Promise<number> {
    doors.push(server);
    server.on('connection', (socket) => {
      visitors.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => visitors.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  beforeAll(async () => {
    // MaxStartups is sshd's own 10:30:100: with 32 handshakes at once some are turned away, and asked again.
    sshd = await startSshd({ anyLoopback: true });
    port.silent = await open(createServer(() => {}));
    port.web = await open(createHttpServer((_, response) => response.end('hello')));
    const closing = createServer();
    port.closed = await open(closing);
    await new Promise((resolve) => closing.close(resolve));
  });

  afterAll(async () => {
    for (const socket of visitors) socket.destroy();
    for (const door of doors) door.close();
    await sshd?.stop();
  });

  function target(index: number): Target {
    const good: Target = {
      key: `n${String(index).padStart(3, '0')}`,
      host: address(index),
      port: sshd.port,
      username: sshd.user,
      privateKey: sshd.identity,
      knownHosts: sshd.knownHosts,
      sshConfig: false,
      agent: false,
    };
    switch (wayOf(index)) {
      case 'closed port':
        return { ...good, host: '127.0.0.1', port: port.closed };
      case 'silent':
        return { ...good, host: '127.0.0.1', port: port.silent, connectTimeout: 1500 };
      case 'web server':
        return { ...good, host: '127.0.0.1', port: port.web };
      case 'unknown key':
        return { ...good, knownHosts: [] };
      case 'wrong user':
        return { ...good, username: 'nobody-of-that-name' };
      case 'no key': {
        const { privateKey: _privateKey, ...rest } = good;
        return { ...rest, password: 'not the one' };
      }
      default:
        return good;
    }
  }

  /** One command for all, which does on each host what that host is to do. */
  function command(mark: string): string {
    const doing: Partial<Record<Way, string>> = {
      'exit 3': 'echo bad; exit 3',
      killed: 'echo dying; kill -KILL $$',
      'too slow': 'echo waiting; sleep 600; exit 0',
    };
    const cases = Array.from({ length: HOSTS }, (_, index) => {
      const way = wayOf(index);
      const act = way === undefined ? undefined : doing[way];
      return act === undefined ? '' : `*" ${address(index)} "*) ${act} ;;\n`;
    });
    return `: ${mark}\ncase "$SSH_CONNECTION" in\n${cases.join('')}esac\nset -- $SSH_CONNECTION; echo "on $3"`;
  }

  it('gives 200 results from one call while 20 hosts fail, each in its own way', async () => {
    const mark = `hawser-fleet-${process.pid}-${Date.now()}`;
    await using mc = new MultiConnection(Array.from({ length: HOSTS }, (_, index) => target(index)));
    const run = mc.execute(command(mark), { timeout: 15_000 });
    let completed = 0;
    for await (const { key } of run) {
      expect(mc.has(key)).toBe(true);
      completed += 1;
    }
    const result = await run;
    expect(completed).toBe(HOSTS);
    expect([...result.keys()]).toEqual([...mc.keys()]);
    const failures = [...result.failed.values()].map(
      ({ key, outcome, error }) => `${key} ${outcome} ${error?.message}`,
    );
    expect(failures, failures.join('\n')).toHaveLength(20);
    for (let index = 0; index < HOSTS; index += 1) {
      const one = result.get(target(index).key ?? '');
      const way = wayOf(index);
      if (way === undefined) expect(one).toMatchObject({ ok: true, stdout: `on ${address(index)}\n`, status: 0 });
      else expect([way, one]).toMatchObject([way, expected(way)]);
      if (one?.error !== undefined) expect(one.error.key).toBe(one.key);
    }
    expect(result.get('n030')?.error).toBeInstanceOf(HostKeyError);
    expect(result.get('n040')?.error).toBeInstanceOf(AuthError);
    expect(result.get('n020')?.error).toBeInstanceOf(ConnectError);
    expect(result.get('n080')?.error).toBeInstanceOf(TimeoutError);
    expect(() => result.throwIfAnyFailed()).toThrow(PartialFailureError);
    expect(() => result.throwIfAnyFailed()).toThrow(/^20 of 200 hosts failed: n000 \(connect: /);
    expect(await remoteProcesses(mark)).toEqual([]);

    await mc.close();
    const ports = [sshd.port, ...Object.values(port)];
    expect((await openSockets()).filter(({ remote }) => ports.some((one) => remote.endsWith(`:${one}`)))).toEqual([]);
  }, 120_000);

  function expected(way: Way): object {
    const neverRan = { ok: false, status: null, signal: null, stdout: '', stderr: '' };
    switch (way) {
      case 'closed port':
        return { ...neverRan, outcome: 'connect', error: { phase: 'tcp' } };
      case 'silent':
        return { ...neverRan, outcome: 'connect', error: { phase: 'banner' } };
      case 'web server':
        return { ...neverRan, outcome: 'connect', error: { phase: 'banner' } };
      case 'unknown key':
        return { ...neverRan, outcome: 'hostkey', error: { reason: 'unknown' } };
      case 'wrong user':
      case 'no key':
        return { ...neverRan, outcome: 'auth', error: { phase: 'auth' } };
      case 'exit 3':
        return { ok: false, outcome: 'exit', status: 3, stdout: 'bad\n' };
      case 'killed':
        return { ok: false, outcome: 'signal', status: null, signal: 'SIGKILL', stdout: 'dying\n' };
      case 'too slow':
        return {
          ok: false,
          outcome: 'timeout',
          status: null,
          stdout: 'waiting\n',
          killed: 'confirmed',
          error: { phase: 'execute', ms: 15_000 },
        };
    }
  }

  describe('with few connections at once', () => {
    it('lets many hosts pass through, and never holds more sockets than it may', async () => {
      const targets = Array.from({ length: 40 }, (_, index) => ({ ...target(200 + index) }));
      await using mc = new MultiConnection(targets, { maxConnections: 5 });
      let most = 0;
      let open = 0;
      for (const connection of mc.values()) {
        connection.on('state', (state) => {
          if (state === 'connected') open += 1;
          if (state === 'disconnected' && open > 0) open -= 1;
          most = Math.max(most, open);
        });
      }
      for (const round of [1, 2]) {
        const result = await mc.execute(`echo ${round}`);
        expect(result.ok).toBe(true);
        expect(result.fold().map(({ hosts, output }) => [String(hosts), output])).toEqual([
          ['n[200-239]', `${round}\n`],
        ]);
      }
      expect(most).toBe(5);
      const connected = [...mc.values()].filter((connection) => connection.connected).map(({ host }) => host);
      const remotes = (await openSockets()).map(({ remote }) => remote).filter((one) => one.endsWith(`:${sshd.port}`));
      expect(remotes.toSorted()).toEqual(connected.map((host) => `${host}:${sshd.port}`).toSorted());
    }, 60_000);
  });

  it('leaves nothing running when the loop over a stream is left', async () => {
    const mark = `hawser-stream-${process.pid}-${Date.now()}`;
    await using mc = new MultiConnection(Array.from({ length: 5 }, (_, index) => target(301 + index)));
    const begun = new Set<string>();
    for await (const event of mc.stream(`: ${mark}; sleep 600 & yes; echo never`)) {
      if (event.type === 'stdout') begun.add(event.key);
      if (begun.size === 5) break;
    }
    expect(await remoteProcesses(mark)).toEqual([]);
    expect((await mc.execute('echo still here')).succeeded.size).toBe(5);
  }, 60_000);
});
