import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeReal, type Sshd, startLatencyProxy, startSshd, waitUntil } from '../rigs/rigs.js';
import { answerAtEnd, ask, dial, endOf, serveTcp } from './forward/sockets.js';
import { type Hawser, hawser, start } from './hawser-process.js';

describeReal(['sshd'], 'hawser forward on a real server', () => {
  let sshd: Sshd;
  let directory: string;
  let knownHosts: string;

  beforeAll(async () => {
    sshd = await startSshd({ keys: ['ed25519'] });
    directory = await mkdtemp(join(tmpdir(), 'hawser-cli-forward-'));
    knownHosts = join(directory, 'known_hosts');
  });

  afterAll(async () => {
    await sshd?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  const forward = (...args: string[]): string[] => [
    ...['forward', '127.0.0.1', '-F', 'none', '-p', String(sshd.port), '-l', sshd.user, '-i', sshd.identity],
    ...['--known-hosts', sshd.knownHosts, ...args],
  ];
  const lines = async (run: Hawser, count: number): Promise<string[]> => {
    await waitUntil('its lines', () => run.stdout().split('\n').length > count, 30_000);
    return run.stdout().trimEnd().split('\n');
  };

  it('says what each forward does, carries, and ends with Ctrl-C', async () => {
    await using server = await serveTcp(answerAtEnd);
    const { port } = server.end;
    await using run = start(
      forward('-L', `0:127.0.0.1:${port}`, '-R', `0:127.0.0.1:${port}`, '-D', '0', '-L', '0:[::1]:1'),
    );
    const shown = await lines(run, 4);
    const [first, second, back, socks] = shown;
    const local = Number(/^127\.0\.0\.1:(\d+) → 127\.0\.0\.1 → 127\.0\.0\.1:\d+$/.exec(first ?? '')?.[1]);
    const remote = Number(/^127\.0\.0\.1 localhost:(\d+) → here → 127\.0\.0\.1:\d+$/.exec(back ?? '')?.[1]);
    expect(second).toMatch(/^127\.0\.0\.1:\d+ → 127\.0\.0\.1 → \[::1\]:1$/);
    expect(socks).toMatch(/^127\.0\.0\.1:\d+ \(SOCKS\) → 127\.0\.0\.1$/);
    expect(await ask({ host: '127.0.0.1', port: local }, 'there')).toBe('THERE');
    expect(await ask({ host: '127.0.0.1', port: remote }, 'back')).toBe('BACK');
    run.interrupt();
    const { status, stderr } = await run.ended;
    expect({ status, stderr }).toEqual({ status: 130, stderr: '' });
  });

  it('tells programs where it listens, and people whom it could not connect', async () => {
    await using run = start(forward('-L', '0:127.0.0.1:1', '--json'));
    const [line = ''] = await lines(run, 1);
    const said: unknown = JSON.parse(line);
    expect(said).toEqual({
      v: 1,
      type: 'forward',
      key: '127.0.0.1',
      kind: 'local',
      listen: { host: '127.0.0.1', port: expect.any(Number) },
      to: { host: '127.0.0.1', port: 1 },
    });
    const port = Number(/"port":(\d+)/.exec(line)?.[1]);
    await endOf(await dial({ host: '127.0.0.1', port }));
    await waitUntil('what it says', () => run.stderr().includes('\n'), 30_000);
    expect(run.stderr()).toMatch(/^127\.0\.0\.1: .*did not open a stream to 127\.0\.0\.1:1.*\n$/);
    run.interrupt('SIGTERM');
    expect((await run.ended).status).toBe(143);
  });

  it('says why and fails when the link is lost', async () => {
    await using proxy = await startLatencyProxy(sshd.port);
    await writeFile(
      knownHosts,
      (await readFile(sshd.knownHosts, 'utf8')).replaceAll(`:${sshd.port} `, `:${proxy.port} `),
    );
    await using run = start([
      ...['forward', '127.0.0.1', '-F', 'none', '-p', String(proxy.port), '-l', sshd.user, '-i', sshd.identity],
      ...['--known-hosts', knownHosts, '-L', '0:127.0.0.1:1'],
    ]);
    await lines(run, 1);
    await proxy.cut();
    const { status, stderr } = await run.ended;
    expect(stderr).toMatch(/^127\.0\.0\.1 ✗ .*lost.*\n$/);
    expect(status).toBe(1);
  });

  it('makes a lost link again where that is asked for, says so, and goes on carrying', async () => {
    await using server = await serveTcp(answerAtEnd);
    await using proxy = await startLatencyProxy(sshd.port);
    await writeFile(
      knownHosts,
      (await readFile(sshd.knownHosts, 'utf8')).replaceAll(`:${sshd.port} `, `:${proxy.port} `),
    );
    await using run = start([
      ...['forward', '127.0.0.1', '-F', 'none', '-p', String(proxy.port), '-l', sshd.user, '-i', sshd.identity],
      ...['--known-hosts', knownHosts, '--reconnect', '-L', `0:127.0.0.1:${server.end.port}`],
    ]);
    const [line = ''] = await lines(run, 1);
    const port = Number(/^127\.0\.0\.1:(\d+) /.exec(line)?.[1]);
    await proxy.cut();
    await waitUntil('the link', () => run.stderr().includes('connected again'), 30_000);
    expect(run.stderr()).toMatch(
      /^127\.0\.0\.1: The connection to 127\.0\.0\.1 was lost.* Attempt 1 in 0\.\d s\.\n127\.0\.0\.1: connected again\.\n$/,
    );
    expect(await ask({ host: '127.0.0.1', port }, 'still there')).toBe('STILL THERE');
    run.interrupt();
    expect((await run.ended).status).toBe(130);
  });

  it('opens all or nothing, and says which the server would not have', async () => {
    const { status, stdout, stderr } = await hawser(forward('-L', '0:127.0.0.1:1', '-R', '1:127.0.0.1:1'));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^127\.0\.0\.1 ✗ .*did not listen on localhost:1: .*AllowTcpForwarding/);
  });

  it('completes its name, its options and hosts', async () => {
    const complete = async (...line: string[]): Promise<string[]> =>
      (await hawser(['__complete', '--', ...line])).stdout.split('\n').filter(Boolean);
    expect(await complete('forw')).toEqual(['forward']);
    expect(await complete('forward', 'web1', '--lo')).toEqual(['--local']);
    expect(await complete('forward', 'web1', '-L', '')).toEqual([]);
  });

  it('takes what it cannot mean for misuse', async () => {
    for (const args of [forward(), forward('-L', '8080:db'), forward('-D', 'x')]) {
      expect((await hawser(args)).status).toBe(2);
    }
  });
});
