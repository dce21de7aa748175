import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { connect } from '../../src/connection/create-connection.js';
import { SshConnection } from '../../src/connection/ssh-connection.js';
import { ConnectError, DisconnectedError } from '../../src/core/errors.js';
import { MultiConnection } from '../../src/fleet/multi-connection.js';
import type { Target } from '../../src/inventory/target.js';
import type { Tailer } from '../../src/remote/tail/tailer.js';
import {
  describeReal,
  type LatencyProxy,
  remoteProcesses,
  type Sshd,
  type SshServer,
  sshdConfigs,
  startDropbear,
  startLatencyProxy,
  startSshd,
} from '../rigs/rigs.js';
import { targetOf } from './ssh/target.js';

const run = promisify(execFile);
const writer = fileURLToPath(new URL('log-writer.mjs', import.meta.url));

const servers = [
  { name: 'OpenSSH with its own SFTP', need: ['sshd'], start: () => startSshd() },
  {
    name: 'OpenSSH with sftp-server',
    need: ['sshd'],
    start: () => startSshd({ config: { Subsystem: 'sftp /usr/lib/openssh/sftp-server' } }),
  },
  { name: 'dropbear', need: ['dropbear'], start: () => startDropbear() },
  { name: 'OpenSSH without SFTP', need: ['sshd'], start: () => startSshd({ config: sshdConfigs.noSftp }) },
] as const;

/** A log that numbers its lines, and what logrotate(8) does to it. */
class NumberedLog {
  readonly path: string;
  #next = 1;

  constructor(path: string) {
    this.path = path;
  }

  /** How many lines were written. */
  get count(): number {
    return this.#next - 1;
  }

  async write(count: number): Promise<void> {
    const lines = Array.from({ length: count }, () => `line ${this.#next++}\n`);
    await appendFile(this.path, lines.join(''));
  }

  async rotate(): Promise<void> {
    await rename(`${this.path}.1`, `${this.path}.2`).catch(() => {});
    await rename(this.path, `${this.path}.1`);
    await writeFile(this.path, '', { mode: 0o644 });
  }

  async copyTruncate(): Promise<void> {
    await rename(`${this.path}.1`, `${this.path}.2`).catch(() => {});
    await copyFile(this.path, `${this.path}.1`);
    await truncate(this.path);
  }
}

/** Lines of the loop until there are `count` of them; calls `then` with each number of lines that is reached. */
async function follow(tail: Tailer, count: number, then: (got: number) => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of tail) {
    lines.push(line);
    await then(lines.length);
    if (lines.length === count) break;
  }
  return lines;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `line ${i + 1}`);

for (const { name, need, start } of servers) {
  describeReal(need, `a tail over ${name}`, () => {
    let server: SshServer;
    let proxy: LatencyProxy;
    let directory: string;
    let log: NumberedLog;

    beforeAll(async () => {
      server = await start();
      proxy = await startLatencyProxy(server.port);
    });

    afterAll(async () => {
      await proxy?.stop();
      await server?.stop();
    });

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'hawser-tail-'));
      await run('chmod', ['755', directory]);
      log = new NumberedLog(join(directory, 'app.log'));
      await writeFile(log.path, '', { mode: 0o644 });
    });

    afterEach(async () => {
      await rm(directory, { recursive: true });
    });

    // The proxy has no line in the server's own file of keys.
    const target = (): Target => targetOf(server, { port: proxy.port, hostKey: 'insecure-accept-any' });

    it('gives every line once and in order, through rotation, copies and truncation', async () => {
      await using connection = await connect(target());
      await using tail = await connection.tail(log.path, { pollInterval: 20 });
      await log.write(10);
      const lines = await follow(tail, 130, async (got) => {
        if (got % 10 !== 0) return;
        await log.write(5);
        if (got % 30 === 0) await log.rotate();
        else if (got % 20 === 0) await log.copyTruncate();
        await log.write(5);
      });
      expect(lines).toEqual(numbered(130));
    });

    it('goes on where it was when the link is cut, also through a rotation', async () => {
      await using connection = await connect(target());
      await using tail = await connection.tail(log.path, { pollInterval: 20, reconnect: { delay: 20 } });
      const seen: string[] = [];
      tail.on('notice', ({ type }) => seen.push(type));
      await log.write(10);
      const lines = await follow(tail, 70, async (got) => {
        if (got % 10 !== 0) return;
        await log.write(5);
        await proxy.cut();
        if (got % 20 === 0) await log.rotate();
        await log.write(5);
      });
      expect(lines).toEqual(numbered(70));
      expect(seen.filter((type) => type === 'reconnected').length).toBeGreaterThan(2);
      expect(connection.active).toBe(1);
    });

    it('fails with what cut the link where it may not be made again', async () => {
      await using connection = await connect(target());
      await using tail = await connection.tail(log.path, { reconnect: false });
      const failure = expect(follow(tail, 1, async () => {})).rejects.toThrow(DisconnectedError);
      await proxy.cut();
      await failure;
    });

    it('says that a file is missing, is a directory, or may not be read', async () => {
      await using connection = await connect(target());
      await expect(connection.tail(`${log.path}.no`)).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(connection.tail(directory)).rejects.toMatchObject({ code: 'EISDIR' });
      await expect(connection.tail('/etc/shadow')).rejects.toMatchObject({ code: 'EACCES' });
    });

    it('finds the last lines of a large file by its end', async () => {
      await log.write(100_000);
      await using connection = await connect(target());
      await using tail = await connection.tail(log.path, { lines: 3 });
      expect(await tail.read()).toBe('line 99998\nline 99999\nline 100000\n');
      await using all = await connection.tail(log.path, { from: 'start' });
      expect(await all.read()).toBe(`${numbered(100_000).join('\n')}\n`);
    });
  });
}

describeReal(['sshd'], 'a tail beside a program that writes and waits for nobody', () => {
  it.each(['rename', 'copy'])('gives every line once and in order while the log is rotated (%s)', async (way) => {
    await using sshd = await startSshd();
    const directory = await mkdtemp(join(tmpdir(), 'hawser-tail-'));
    await run('chmod', ['755', directory]);
    const path = join(directory, 'app.log');
    await writeFile(path, '', { mode: 0o644 });
    await using connection = await connect(targetOf(sshd));
    await using tail = await connection.tail(path, { from: 'start', pollInterval: 20 });
    const written = run(process.execPath, [writer, path, way]);
    const lines: string[] = [];
    for await (const line of tail) {
      if (line.startsWith('end')) {
        expect(line).toBe(`end ${lines.length}`);
        break;
      }
      lines.push(line);
    }
    await written;
    await rm(directory, { recursive: true });
    expect(lines).toEqual(numbered(lines.length));
  });
});

describeReal(['sshd'], 'a tail whose SFTP server ends', () => {
  it('goes on with another one, over the same link', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hawser-tail-'));
    await run('chmod', ['755', directory]);
    // Its arguments are those of no other server.
    const program = `/usr/lib/openssh/sftp-server -d ${directory}`;
    await using sshd = await startSshd({ config: { Subsystem: `sftp ${program}` } });
    const log = new NumberedLog(join(directory, 'app.log'));
    await writeFile(log.path, '', { mode: 0o644 });
    await using connection = await connect(targetOf(sshd));
    await using tail = await connection.tail(log.path, { pollInterval: 20, reconnect: { delay: 20 } });
    const seen: string[] = [];
    tail.on('notice', ({ type }) => seen.push(type));
    await log.write(10);
    const lines = await follow(tail, 30, async (got) => {
      if (got % 10 !== 0 || got === 30) return;
      for (const { pid, args } of await remoteProcesses(program)) {
        if (args === program) process.kill(pid, 'SIGKILL');
      }
      await log.write(10);
    });
    await rm(directory, { recursive: true });
    expect(lines).toEqual(numbered(30));
    expect(seen).toEqual(['disconnected', 'reconnected', 'disconnected', 'reconnected']);
  });
});

describeReal(['sshd'], 'a tail on a connection that makes its link again', () => {
  it('leaves that to the connection, and goes on where it was', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hawser-tail-'));
    await run('chmod', ['755', directory]);
    await using sshd = await startSshd();
    await using proxy = await startLatencyProxy(sshd.port);
    const log = new NumberedLog(join(directory, 'app.log'));
    await writeFile(log.path, '', { mode: 0o644 });
    const make = (attempts: number): SshConnection =>
      new SshConnection({
        target: targetOf(sshd, { port: proxy.port, hostKey: 'insecure-accept-any' }),
        reconnect: { attempts, delay: 1, maxDelay: 20 },
      });
    const seen: string[] = [];
    {
      await using connection = make(10);
      // It would be too late for the test if it waited by itself.
      await using tail = await connection.tail(log.path, { pollInterval: 20, reconnect: { delay: 600_000 } });
      tail.on('notice', ({ type }) => seen.push(type));
      await log.write(10);
      const lines = await follow(tail, 50, async (got) => {
        if (got % 10 !== 0 || got === 50) return;
        await log.write(5);
        const back = once(connection, 'reconnected');
        await proxy.cut();
        if (got % 20 === 0) await log.rotate();
        await log.write(5);
        await back;
      });
      expect(lines).toEqual(numbered(50));
      expect([connection.active, (await sshd.log()).match(/Accepted publickey/g)?.length]).toEqual([1, 5]);
    }
    expect(seen.filter((type) => type !== 'rotated')).toEqual(Array(4).fill(['disconnected', 'reconnected']).flat());
    for (const way of ['disconnect', 'lose'] as const) {
      await using connection = make(3);
      let attempts = 0;
      connection.on('reconnecting', () => {
        attempts += 1;
      });
      await using tail = await connection.tail(log.path, { pollInterval: 20 });
      const failure = follow(tail, 1, async () => {}).catch((error: unknown) => error);
      if (way === 'disconnect') await connection.disconnect();
      else await proxy.stop();
      expect(await failure).toBeInstanceOf(way === 'disconnect' ? DisconnectedError : ConnectError);
      // Those of the connection, once: the tail adds none of its own.
      expect(attempts).toBeLessThanOrEqual(way === 'disconnect' ? 0 : 4);
    }
    await rm(directory, { recursive: true });
  });
});

describeReal(['sshd'], 'tails on a fleet of real servers', () => {
  let sshd: Sshd;
  let directory: string;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true, config: { MaxStartups: '100' } });
    directory = await mkdtemp(join(tmpdir(), 'hawser-tail-'));
    await run('chmod', ['755', directory]);
  });

  afterAll(async () => {
    await sshd?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  it('merge the lines of the hosts, and lose one host alone', async () => {
    const hosts = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
    const paths = Object.fromEntries(hosts.map((host) => [host, join(directory, host)]));
    for (const host of hosts.slice(1)) await writeFile(paths[host] ?? '', '', { mode: 0o644 });
    const { port, user: username, identity: privateKey, knownHosts } = sshd;
    await using mc = new MultiConnection(hosts, {
      defaults: { port, username, privateKey, knownHosts, sshConfig: false, agent: false },
    });
    await using tail = await mc.tailMap(paths, { pollInterval: 20 });
    expect([...tail.failures.keys()]).toEqual(['127.0.0.2']);
    const seen: string[] = [];
    const write = (host: string, text: string): Promise<void> => appendFile(paths[host] ?? '', text);
    await write('127.0.0.3', 'one\n');
    for await (const { key, line } of tail) {
      seen.push(`${key} ${line}`);
      if (seen.length === 1) await write('127.0.0.4', 'two\nthr');
      if (seen.length === 2) await write('127.0.0.4', 'ee\n');
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['127.0.0.3 one', '127.0.0.4 two', '127.0.0.4 three']);
  });
});
