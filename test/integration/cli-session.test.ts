import { chmod, chown, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  describeReal,
  passphrase,
  remoteProcesses,
  type Sshd,
  sshdConfigs,
  startSshd,
  waitUntil,
} from '../rigs/rigs.js';
import { type BrokerPlace, brokerPlace } from './broker-process.js';
import { type Ended, type Hawser, hawser, onTerminal, start } from './hawser-process.js';

describeReal(['sshd'], 'hawser session', () => {
  let sshd: Sshd;
  let directory: string;
  let place: BrokerPlace;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true, config: { MaxStartups: '100' } });
    directory = await mkdtemp(join(tmpdir(), 'hawser-cli-'));
    await chmod(directory, 0o755);
  });

  beforeEach(async () => {
    place = await brokerPlace();
  });

  afterEach(() => place[Symbol.asyncDispose]());

  afterAll(async () => {
    await sshd?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  const reach = (): string[] => [
    ...['-F', 'none', '-p', String(sshd.port), '-l', sshd.user, '--known-hosts', sshd.knownHosts],
  ];
  const flags = (): string[] => [...reach(), '-i', sshd.identity];
  const run = (...args: string[]): Promise<Ended> => hawser(args, undefined, place.env);
  const begin = (...args: string[]): Hawser => start(args, undefined, place.env);
  const session = (name: string): string => `${sshd.user}@${name}:${sshd.port}`;

  /** Expects that somebody logged in so often while `work` was done, as the server tells it. */
  async function expectLogins(expected: number, work: () => Promise<unknown>): Promise<void> {
    const before = logins(await sshd.log());
    await work();
    const seen = logins(await sshd.log()).slice(before.length);
    const broker = await readFile(place.log, 'utf8').catch(() => '');
    expect(seen, `${seen.join('\n')}\nThe broker:\n${broker}`).toHaveLength(expected);
  }

  it('gives five processes one login, and says so', async () => {
    const command = ['run', ...flags(), '--session', 'always', '-q', '-H', '127.0.0.2', '--', 'echo hi'];
    await expectLogins(1, async () => {
      // Two that come at once start one broker between them.
      const first = await Promise.all([run(...command), run(...command)]);
      const others = [await run(...command), await run(...command), await run(...command)];
      for (const ended of [...first, ...others]) {
        expect(ended).toEqual({ status: 0, stdout: '127.0.0.2 │ hi\n', stderr: '' });
      }
    });
    expect(await place.processes()).toHaveLength(1);
    const { stdout } = await run('session', 'ls', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      sessions: [{ host: '127.0.0.2', username: sshd.user, state: 'connected', reused: 4, active: 0 }],
    });
  });

  it('opens sessions, lists them, lets commands go through them, and closes them', async () => {
    const opened = await run('session', 'start', ...flags(), '127.0.0.[2-3]');
    expect(opened).toMatchObject({ status: 0, stderr: '' });
    expect(
      opened.stdout
        .split('\n')
        .sort()
        .slice(1)
        .map((line) => line.replace(/ · .*/, '')),
    ).toEqual([`127.0.0.2  open  ${session('127.0.0.2')}`, `127.0.0.3  open  ${session('127.0.0.3')}`]);
    const again = await run('session', 'start', ...flags(), '--idle-timeout', '2h', '127.0.0.2');
    expect(again.stderr).toContain('runs already, and keeps its own --idle-timeout');
    expect(again.stdout).toContain(`127.0.0.2  open already  ${session('127.0.0.2')}`);

    // By itself only where there is a session, for the one who has no key.
    await expectLogins(1, async () => {
      const { status, stdout } = await run('run', ...flags(), '-H', '127.0.0.[2-4]', '--', 'echo hi');
      expect({ status, hosts: stdout.split('\n').length - 1 }).toEqual({ status: 0, hosts: 3 });
    });
    await expectLogins(1, () => run('run', ...flags(), '--session', 'never', '-H', '127.0.0.2', '--', 'true'));

    const list = (await run('session', 'ls')).stdout.split('\n');
    expect(list[0]).toMatch(/^SESSION +AGE {2,}IDLE {2,}CHANNELS {2}REUSED {2}RTT +SENT\/RECEIVED$/);
    expect(list[1]).toMatch(
      new RegExp(`^${session('127.0.0.2')}  \\d+ s +\\d+ s +0 +2 +[\\d.]+ m?s +[\\d.]+ KiB / [\\d.]+ KiB$`),
    );
    expect(list[2]).toContain(session('127.0.0.3'));

    expect(await run('session', 'close', session('127.0.0.2'), '127.0.0.9')).toEqual({
      status: 1,
      stdout: '',
      stderr: '127.0.0.9: no session is open\n',
    });
    expect((await run('session', 'ls')).stdout).not.toContain('127.0.0.2');
    expect(await run('session', 'close', '--all')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await run('session', 'ls')).toEqual({ status: 0, stdout: '', stderr: 'No session is open.\n' });
    expect(await run('session', 'stop')).toEqual({ status: 0, stdout: '', stderr: '' });
    await waitUntil('the broker to be gone', async () => (await place.processes()).length === 0);
    expect(await readdir(place.directory)).toEqual([]);
  });

  it('is calm where no broker runs', async () => {
    expect(await run('session', 'ls')).toEqual({
      status: 0,
      stdout: '',
      stderr: 'No session is open: no broker runs.\n',
    });
    expect((await run('session', 'ls', '--json')).stdout).toBe('{"version":1,"sessions":[\n]}\n');
    expect(await run('session', 'stop')).toMatchObject({ status: 0, stderr: 'No session broker runs.\n' });
    expect(await run('session', 'close', '--all')).toMatchObject({ status: 0, stderr: '' });
    expect(await run('session', 'close', 'web1')).toMatchObject({ status: 1, stderr: 'web1: no session is open\n' });
    expect(await place.processes()).toEqual([]);
  });

  it('copies and follows files through a session', async () => {
    await run('session', 'start', ...flags(), '127.0.0.2');
    const far = await mkdtemp(join(directory, 'far-'));
    await chmod(far, 0o777);
    const near = join(directory, 'near.txt');
    await writeFile(near, 'line\n'.repeat(1000));
    await expectLogins(0, async () => {
      const put = await run('put', ...flags(), '-H', '127.0.0.2', near, `${far}/`);
      expect(put.status, put.stderr).toBe(0);
      const got = await run('get', ...flags(), '-H', '127.0.0.2', `${far}/near.txt`, `${near}.back`);
      expect(got.status, got.stderr).toBe(0);
      const tail = await run('tail', ...flags(), '-H', '127.0.0.2', '-n', '2', '--no-follow', `${far}/near.txt`);
      expect(tail).toMatchObject({ status: 0, stdout: '127.0.0.2 │ line\n127.0.0.2 │ line\n' });
    });
    expect(await readFile(`${near}.back`, 'utf8')).toBe(await readFile(near, 'utf8'));
  });

  it('asks for the password once, on the terminal of who opens the session', async () => {
    const asked = await onTerminal(
      ['session', 'start', ...reach(), '--ask-pass', '127.0.0.2'],
      [['Password:', sshd.password]],
      place.env,
    );
    expect(asked).toContain(`127.0.0.2  open  ${session('127.0.0.2')}`);
    // Neither a key nor a terminal.
    const { status, stdout } = await run('run', ...reach(), '-H', '127.0.0.2', '--', 'echo in');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '127.0.0.2 │ in\n' });
    const [pid] = await place.processes();
    const shown = await Promise.all(['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')));
    expect(shown.join().includes(sshd.password)).toBe(false);
  });

  it('asks for a passphrase and for a second factor there, and no more of who comes later', async () => {
    await using strict = await startSshd({ anyLoopback: true, pam: 'system', config: sshdConfigs.keyThenInteractive });
    const words = [
      ...['-F', 'none', '-p', String(strict.port), '-l', strict.user, '--known-hosts', strict.knownHosts],
      ...['-i', strict.identities.lockedEd25519],
    ];
    const asked = await onTerminal(
      ['session', 'start', ...words, '127.0.0.2'],
      [
        ['Passphrase of the private key ', passphrase],
        [/127\.0\.0\.2: .*Password:/i, strict.password],
      ],
      place.env,
    );
    expect(asked).toContain('127.0.0.2  open  ');
    const { status, stdout } = await run('run', ...words, '-H', '127.0.0.2', '--', 'echo in');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '127.0.0.2 │ in\n' });
  });

  it('shows a line for each host that could not be reached, and why', async () => {
    const { status, stdout } = await run('session', 'start', ...flags(), '-H', '127.0.0.2,127.0.0.3:1');
    expect(status).toBe(1);
    expect(stdout).toContain('127.0.0.3:1  ✗ the connection was refused');
    expect(stdout).toContain('127.0.0.2    open  ');
    const refused = await run('run', ...flags(), '--session', 'always', '-H', '127.0.0.3:1', '--', 'true');
    expect(refused.status).toBe(1);
    expect(refused.stdout).toContain('127.0.0.3:1 ✗ the connection was refused');
  });

  it('lets the broker outlive who started it, with nothing of his', async () => {
    const secret = { MY_PASSWORD: 'xyzzy' };
    await using one = start(
      ['run', ...flags(), '--session', 'always', '-H', '127.0.0.2', '--', 'echo up; exec sleep 1000 # hawser-outlived'],
      undefined,
      { ...place.env, ...secret },
    );
    await waitUntil('it to run', () => one.stdout().includes('up'));
    const [pid = 0] = await place.processes();
    // The whole process group, as Ctrl-C and a closed terminal do.
    process.kill(-one.pid, 'SIGKILL');
    await one.ended;
    await waitUntil('its command to end', async () => (await remoteProcesses('hawser-outlived')).length === 0);
    expect(await place.processes()).toEqual([pid]);
    expect((await run('session', 'ls')).stdout).toContain(session('127.0.0.2'));

    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [, parent, , leader, terminal] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    expect({ parent: parent !== String(one.pid), leader, terminal }).toEqual({
      parent: true,
      leader: String(pid),
      terminal: '0',
    });
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toContain('Umask:\t0077\n');
    expect(await readlink(`/proc/${pid}/cwd`)).toBe('/');
    expect((await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', '')).toBe('hawser session broker');
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain('xyzzy');
  });

  it('ends the broker when nobody has needed it for a while, and by SIGTERM', async () => {
    await run('session', 'start', ...flags(), '--idle-timeout', '500ms', '127.0.0.2');
    await waitUntil('the broker to end by itself', async () => (await place.processes()).length === 0, 30_000);
    expect(await readdir(place.directory)).toEqual([]);

    await using one = begin(
      'run',
      ...flags(),
      '--session',
      'always',
      '-H',
      '127.0.0.2',
      '--',
      'echo up; exec sleep 1000',
    );
    await waitUntil('it to run', () => one.stdout().includes('up'));
    const [pid = 0] = await place.processes();
    process.kill(pid, 'SIGTERM');
    const { status, stdout } = await one.ended;
    expect({ status, stdout }).toMatchObject({ status: 1 });
    await waitUntil('the broker to be gone', async () => (await place.processes()).length === 0);
    expect(await readdir(place.directory)).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('does not touch what another user has put in its place', async () => {
    const other = join(place.directory, 'theirs');
    await mkdir(other, { mode: 0o700 });
    await chown(other, 54_321, 54_321);
    const env = { HAWSER_SESSION_SOCKET: join(other, 'broker.sock') };
    const words = 'Not used for the socket of the session broker: ';
    for (const args of [
      ['session', 'ls'],
      ['session', 'start'],
      ['run', ...flags(), '--session', 'always', '-H', '127.0.0.2', '--', 'true'],
    ]) {
      const { status, stderr } = await hawser(args, undefined, env);
      expect(status).toBe(2);
      expect(stderr).toContain(`${words}${other} belongs to another user (uid 54321)`);
    }
    // Who did not ask for a session is not kept from working.
    expect((await hawser(['run', ...flags(), '-H', '127.0.0.2', '--', 'echo hi'], undefined, env)).status).toBe(0);
    expect(await readdir(other)).toEqual([]);
  });

  it('says which words there are, and what cannot be meant', async () => {
    const words = async (...line: string[]): Promise<string[]> =>
      (await run('__complete', '--', ...line)).stdout.split('\n').filter(Boolean);
    expect(await words('session', '')).toEqual(['start', 'ls', 'close', 'stop']);
    expect(await words('session', 'start', '--idle')).toEqual(['--idle-timeout']);
    expect(await words('run', '--session', 'al')).toEqual(['always']);
    expect(await run('run', '--session', 'always', '-T', 'x.yaml', '--', 'true')).toMatchObject({
      status: 2,
      stderr: 'hawser: Expected no --session always with a testbed: its devices are reached as its file says.\n',
    });
    expect(await run('session', 'close')).toMatchObject({ status: 2 });
    const long = await hawser(['session', 'start'], undefined, { HAWSER_SESSION_SOCKET: `/tmp/${'x'.repeat(120)}` });
    expect(long.status).toBe(2);
    expect(long.stderr).toContain('has 125 bytes');
  });
});

function logins(log: string): string[] {
  return log.split('\n').filter((line) => /Accepted (publickey|password) for/.test(line));
}
