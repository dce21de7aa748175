import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { describeReal, remoteProcesses, type Sshd, startSshd, waitUntil } from '../../rigs/rigs.js';
import { main, start } from '../hawser-process.js';
import { targetOf } from '../ssh/target.js';
import { openSshTo } from './open-ssh.js';

describeReal(['sshd'], 'what an ssh of ours leaves on this machine', () => {
  const to = openSshTo();
  let server: Sshd;
  let base: string;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'], anyLoopback: true });
    base = await mkdtemp(join(tmpdir(), 'own-ssh-'));
    await chmod(base, 0o755);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    await server?.stop();
    await rm(base, { recursive: true, force: true });
  });

  const ours = async (directory: string): Promise<string[]> => {
    return (await readdir(directory)).filter((name) => name.startsWith(`hawser-ssh-${process.pid}-`));
  };
  const named = (pid: number, letter: string): string => join(base, `hawser-ssh-${pid}-${letter.repeat(12)}`);

  it('is a directory for nobody else, as long as there is a connection, ten times over', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', base);
    for (let time = 0; time < 10; time += 1) {
      const connection = await to(server).connect();
      const [name = ''] = await ours(base);
      expect((await stat(join(base, name))).mode & 0o777).toBe(0o700);
      for (const file of await readdir(join(base, name))) {
        expect((await stat(join(base, name, file))).mode & 0o077).toBe(0);
      }
      if (time % 2 === 0) await connection.execute('true');
      await connection.close();
      await waitUntil('the directory to be gone', async () => (await ours(base)).length === 0);
    }
    await waitUntil('every process to be gone', async () => (await remoteProcesses(base)).length === 0);
  });

  it('is under a path that is short enough, whatever TMPDIR says', async () => {
    const long = join(base, 'long'.repeat(20));
    await mkdir(long);
    vi.stubEnv('XDG_RUNTIME_DIR', long);
    vi.stubEnv('TMPDIR', long);
    const connection = to(server);
    expect((await connection.execute('echo in')).stdout).toBe('in\n');
    expect(await ours(long)).toEqual([]);
    expect(await ours('/tmp')).toHaveLength(1);
  });

  it('is cleared away by the next one, where nothing else could', async () => {
    const dead = spawn('true');
    await once(dead, 'exit');
    const pid = dead.pid ?? 0;
    const old = new Date(Date.now() - 3_600_000);
    const left = named(pid, 'a');
    const fresh = named(pid, 'b');
    const listening = named(pid, 'c');
    const alive = named(process.ppid, 'd');
    const stranger = join(base, 'hawser-ssh-something');
    for (const directory of [left, fresh, listening, alive, stranger]) await mkdir(directory);
    const stale = createServer().listen(join(left, 'm1'));
    await once(stale, 'listening');
    const other = createServer().listen(join(listening, 'm1'));
    await once(other, 'listening');
    // A server of Node's takes its socket's file along: it is put back, with nobody behind it.
    await new Promise((resolve) => stale.close(resolve));
    const maker = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(join(left, 'm1'))}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    await once(maker, 'exit');
    expect(await readdir(left)).toEqual(['m1']);
    for (const directory of [left, listening, alive, stranger]) await utimes(directory, old, old);
    vi.stubEnv('XDG_RUNTIME_DIR', base);
    await to(server).connect();
    const names = await readdir(base);
    expect(names.map((name) => join(base, name))).toEqual(expect.arrayContaining([fresh, listening, alive, stranger]));
    expect(names.map((name) => join(base, name))).not.toContain(left);
    other.close();
  });

  it('is nothing where a program was killed with its connections', async () => {
    const runtime = join(base, 'killed');
    await mkdir(runtime);
    const login = ['-F', 'none', '-i', server.identity, '--known-hosts', server.knownHosts];
    const args = ['run', ...login, '-H', `openssh://${server.user}@127.0.0.1:${server.port}`, '--', 'sleep 30'];
    await using hawser = start(args, '', { XDG_RUNTIME_DIR: runtime });
    await waitUntil('the command to run', async () =>
      (await remoteProcesses(runtime)).some(({ args }) => args.includes('sleep 30')),
    );
    process.kill(hawser.pid, 'SIGKILL');
    await waitUntil('the directory to be gone', async () => (await readdir(runtime)).length === 0);
    await waitUntil('every process to be gone', async () => (await remoteProcesses(runtime)).length === 0, 30_000);
  });

  it('does not keep a program alive that has nothing more to do', async () => {
    const script = `
      const { OpenSshConnection } = await import(process.argv[1]);
      const connection = new OpenSshConnection({ target: JSON.parse(process.argv[2]) });
      console.log((await connection.execute('echo in')).stdout, await connection.fs.readFile('/etc/hostname', 'utf8'));
    `;
    const target = JSON.stringify({ ...targetOf(server), protocol: 'openssh' });
    const index = pathToFileURL(join(main, '../../index.js')).href;
    const program = spawn(process.execPath, ['--input-type=module', '-e', script, index, target], {
      env: { ...process.env, XDG_RUNTIME_DIR: base },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [status, said] = await Promise.all([once(program, 'exit'), text(program.stdout)]);
    expect(status).toEqual([0, null]);
    expect(said).toMatch(/^in\n/);
    const left = async (): Promise<string[]> =>
      (await readdir(base)).filter((name) => name.includes(`-${program.pid}-`));
    await waitUntil('the directory to be gone', async () => (await left()).length === 0);
    await waitUntil(
      'every process to be gone',
      async () => (await remoteProcesses(`hawser-ssh-${program.pid}-`)).length === 0,
    );
  });

  it('is nothing after a fleet of ten', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', base);
    const targets = Array.from({ length: 10 }, (_, i) => ({
      ...targetOf(server),
      host: `127.0.0.${i + 1}`,
      key: `host${i + 1}`,
      protocol: 'openssh' as const,
      hostKey: 'insecure-accept-any' as const,
    }));
    const fleet = new MultiConnection(targets);
    const results = await fleet.execute('echo $SSH_CONNECTION');
    expect(results.ok).toBe(true);
    expect(new Set([...results.values()].map(({ stdout }) => stdout.split(' ')[2])).size).toBe(10);
    await fleet.close();
    await waitUntil('every directory to be gone', async () => (await ours(base)).length === 0);
  });
});
