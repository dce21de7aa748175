import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  describeReal,
  passphrase,
  remoteProcesses,
  type Sshd,
  sshdConfigs,
  startSshd,
  waitUntil,
} from '../rigs/rigs.js';
import { hawser, main, onTerminal, start } from './hawser-process.js';

it('says its version and its misuse without a stack', async () => {
  expect(await hawser(['--version'])).toMatchObject({ status: 0, stdout: '0.1.0\n', stderr: '' });
  expect(await hawser([])).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage: hawser') });
  const misuses: readonly (readonly [string[], string])[] = [
    [['rnu'], 'Did you mean run?'],
    [['run', '--timout', '3', '-H', 'a', '--', 'b'], 'Did you mean --timeout?'],
    [['run', '--', 'true'], 'Expected hosts'],
    [['run', '-H', 'a[3-1]', '--', 'true'], 'runs backwards'],
    [['run', '-H', 'a', '--timeout', '3x', '--', 'true'], 'span of time'],
    [['run', '-H', 'a', '--inventory', '/nope', '--', 'true'], '/nope'],
    [['run', '-H', 'a', '--ask-pass', '--', 'true'], 'no terminal'],
    [['run', '-H', 'a', '--ask-sudo-pass', '--', 'true'], 'no terminal'],
    [['run', '-f', '-', '--stdin', '--', 'true'], 'read for something else'],
  ];
  for (const [args, said] of misuses) {
    const { status, stdout, stderr } = await hawser(args, 'a\n');
    expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('    at ');
  }
}, 120_000);

it('shows itself on servers of its own', async () => {
  const { status, stdout } = await hawser(['demo']);
  expect(status).toBe(0);
  expect(stdout).toContain('web03 ✗ exit 1\n');
  expect(stdout).toContain('db1,web[01-02] · 3 hosts · exit 0');
  expect(stdout).toContain("import { MultiConnection } from 'hawser'");
});

it('completes commands, options and choices', async () => {
  const words = async (...line: string[]): Promise<string[]> =>
    (await hawser(['__complete', '--', ...line])).stdout.split('\n').filter(Boolean);
  expect(await words('ru')).toEqual(['run', 'runs']);
  expect(await words('run', '--max-f')).toEqual(['--max-failures']);
  expect(await words('run', '--output', 'n')).toEqual(['ndjson']);
  expect(await words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
});

describeReal(['sshd'], 'hawser on real servers', () => {
  let sshd: Sshd;
  let directory: string;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true, config: { MaxStartups: '100' } });
    directory = await mkdtemp(join(tmpdir(), 'hawser-cli-'));
  });

  afterAll(async () => {
    await sshd?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  const flags = (): string[] => [
    ...['-F', 'none', '-p', String(sshd.port), '-l', sshd.user, '-i', sshd.identity],
    ...['--known-hosts', sshd.knownHosts],
  ];
  const run = (...args: string[]): string[] => ['run', ...flags(), ...args];

  it('streams the lines of each host: stdout to stdout, stderr to stderr, status 0', async () => {
    const ended = await hawser(run('-H', '127.0.0.[2-3]', '--', 'echo out; echo err >&2; printf rest'));
    expect(ended.status).toBe(0);
    expect(ended.stdout.split('\n').sort()).toEqual([
      '',
      ...['127.0.0.2 │ out', '127.0.0.2 │ rest', '127.0.0.3 │ out', '127.0.0.3 │ rest'],
    ]);
    expect(ended.stderr).toContain('127.0.0.2 ! err\n');
    expect(ended.stderr).toMatch(/^2 of 2 ok · /m);
  });

  it('joins the words of the command as ssh does, and gives it an empty stdin or ours', async () => {
    const words = await hawser(run('-H', '127.0.0.2', '--', 'echo', 'a   b;', 'cat', '|', 'wc', '-c'), 'ignored');
    expect(words.stdout).toBe('127.0.0.2 │ a b\n127.0.0.2 │ 0\n');
    const fed = await hawser(run('-H', '127.0.0.[2-3]', '--stdin', '--output', 'fold', '--', 'cat'), 'fed\n');
    expect(fed.stdout).toMatch(/^── 127\.0\.0\.\[2-3\] · 2 hosts · exit 0 ─+\nfed\n$/);
  });

  it('sets variables and the directory', async () => {
    const ended = await hawser(run('-H', '127.0.0.2', '--env', 'A=b c', '--cwd', '/usr', '--', 'echo "$A $PWD"'));
    expect(ended.stdout).toBe('127.0.0.2 │ b c /usr\n');
  });

  it('ends with 1 when a command or a host fails, and says why on its line', async () => {
    const failed = await hawser(run('-H', '127.0.0.2,127.0.0.3:1', '--', 'exit 3'));
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain('127.0.0.2   ✗ exit 3\n');
    expect(failed.stdout).toContain('127.0.0.3:1 ✗ the connection was refused');
    expect(failed.stderr).toContain('0 of 2 ok, 1 failed, 1 unreachable');
    const nothing = join(directory, 'nothing');
    const unknown = await hawser(
      run('-H', '127.0.0.2', '--', 'true').map((a) => (a === sshd.knownHosts ? nothing : a)),
    );
    expect(unknown.status).toBe(1);
    expect(unknown.stdout).toMatch(/✗ unknown host key {2}ED25519 SHA256:\S+ {2}→ check it, then: hawser trust /);
    const stranger = await hawser(
      run('-H', '127.0.0.2', '--', 'true').map((a) => (a === sshd.identity ? sshd.identities.stranger : a)),
    );
    expect(stranger.stdout).toContain('✗ not let in  tried ');
  });

  it('gives versioned JSON, as a document and line by line', async () => {
    const { stdout } = await hawser(run('-H', '127.0.0.[2-3]', '--output', 'json', '--', 'printf x; exit 4'));
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      command: 'printf x; exit 4',
      results: [
        { key: '127.0.0.2', stdout: 'x', status: 4, ok: false, outcome: 'exit' },
        { key: '127.0.0.3', stdout: 'x', status: 4 },
      ],
      summary: { total: 2, ok: 0, failed: 2, outcomes: { exit: 2 }, interrupted: false },
    });
    const lines = await hawser(run('-H', '127.0.0.2', '--output', 'ndjson', '--', 'echo x'));
    const events: { type: string; v: number }[] = lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual(['start', 'stdout', 'exit', 'summary']);
    expect(events.every(({ v }) => v === 1)).toBe(true);
  });

  it('starts no further host after failures, however many may fail', async () => {
    const fast = await hawser(run('-H', '127.0.0.[2-6]', '--batch-size', '1', '--fail-fast', '--', 'false'));
    expect(fast).toMatchObject({ status: 1, stderr: expect.stringContaining('1 failed, 4 not started') });
    const most = await hawser(run('-H', '127.0.0.[2-6]', '--batch-size', '1', '--max-failures', '20%', '--', 'false'));
    expect(most).toMatchObject({ status: 1, stderr: expect.stringContaining('2 failed, 3 not started') });
  });

  it('ends what outlives its time, on the far side too', async () => {
    const { stdout, status } = await hawser(run('-H', '127.0.0.2', '--timeout', '1s', '--', 'sleep 1000; : cli-t1'));
    expect({ stdout, status }).toEqual({ stdout: '127.0.0.2 ✗ timed out after 1.0 s\n', status: 1 });
    await waitUntil('the remote command to end', async () => (await remoteProcesses('cli-t1')).length === 0);
  });

  it('ends what runs on Ctrl-C, starts nothing more and shows what had finished', async () => {
    const command = 'test "$SSH_CONNECTION" != "${SSH_CONNECTION#*127.0.0.2 }" && exit; echo on; sleep 1000; : cli-i1';
    await using one = start(run('-H', '127.0.0.[2-6]', '--batch-size', '2', '--', command));
    await waitUntil('two hosts to run', () => (one.stdout().match(/on\n/g)?.length ?? 0) === 2, 30_000);
    one.interrupt();
    const { status, stdout, stderr } = await one.ended;
    expect(status).toBe(130);
    expect(stdout.match(/✗ interrupted/g)?.length).toBe(2);
    expect(stderr).toMatch(/^1 of 5 ok, 2 interrupted, 2 not started · /m);
    await waitUntil('the remote commands to end', async () => (await remoteProcesses('cli-i1')).length === 0);
  });

  it('leaves at once on a second Ctrl-C, with what had finished in a whole document', async () => {
    // A command that heeds no signal: the first Ctrl-C waits for its end.
    const command = 'test "$SSH_CONNECTION" != "${SSH_CONNECTION#*127.0.0.2 }" && exit; trap "" TERM INT HUP; sleep 20';
    const verbose = ['--output', 'json', '--verbose'];
    await using one = start(run('-H', '127.0.0.[2-3]', ...verbose, '--', command));
    await waitUntil('one to be done and one to run', () => /127\.0\.0\.2 execute exit 0/.test(one.stderr()), 30_000);
    await waitUntil('one to run', () => /127\.0\.0\.3 execute ·/.test(one.stderr()), 30_000);
    one.interrupt();
    await waitUntil('word of the first', () => one.stderr().includes('Interrupted'));
    one.interrupt();
    const { status, stdout, stderr } = await one.ended;
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      results: [{ key: '127.0.0.2', ok: true }],
      summary: { total: 2, ok: 1, unfinished: 1, interrupted: true },
    });
    expect(stderr).toContain('1 of 2 ok, 1 left as it was');
  });

  it('is quiet when its reader goes', async () => {
    const line = [process.execPath, main, ...run('-H', '127.0.0.[2-3]', '--', 'yes cli-p1')];
    const quoted = line.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const child = spawn('sh', ['-c', `${quoted} | head -3`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HAWSER_NO_RECORD: '1' },
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    expect(stdout.split('\n').length).toBe(4);
    expect(stderr).toBe('');
    await waitUntil('the remote commands to end', async () => (await remoteProcesses('cli-p1')).length === 0);
  });

  it('loses nothing of a large output in a pipe', async () => {
    const { stdout } = await hawser(run('-H', '127.0.0.2', '--', 'seq 200000'));
    expect(stdout.split('\n').length).toBe(200_001);
    expect(stdout.endsWith('127.0.0.2 │ 200000\n')).toBe(true);
  });

  it('checks hosts phase by phase', async () => {
    const { status, stdout } = await hawser(['check', ...flags(), '127.0.0.2']);
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(
      /^127\.0\.0\.2 {2}tcp ok .* · host key ED25519 SHA256:\S+ known \(.*known_hosts:1\) · auth publickey .* · exec ok .* · login shell quiet · sftp ok, limits 255 KiB/,
    );
    const config = join(directory, 'config');
    await writeFile(config, 'Host nowhere\n  HostName 127.0.0.1\n  Port 1\n');
    const refused = await hawser(['check', '-F', config, 'nowhere']);
    expect(refused).toMatchObject({ status: 1, stdout: expect.stringContaining(`${config}:3 says Port 1`) });
  });

  it('records a host key that has the fingerprint given, and never replaces one', async () => {
    const file = join(directory, 'known_hosts');
    const reach = ['-F', 'none', '-p', String(sshd.port), '--known-hosts', file];
    const shown = await hawser(['trust', ...reach, '127.0.0.2']);
    expect(shown).toMatchObject({ status: 2, stderr: expect.stringContaining('no terminal') });
    const fingerprint = /ED25519 +(SHA256:\S+)/.exec(shown.stdout)?.[1] ?? '';
    const wrong = `SHA256:${'A'.repeat(43)}`;
    expect(await hawser(['trust', ...reach, '--fingerprint', wrong, '127.0.0.2'])).toMatchObject({ status: 1 });
    expect(existsSync(file)).toBe(false);
    expect(await hawser(['trust', ...reach, '--fingerprint', fingerprint, '127.0.0.2'])).toMatchObject({ status: 0 });
    expect((await readFile(file, 'utf8')).split('\n').length).toBe(2);
    expect((await hawser(['trust', ...reach, '--yes', '127.0.0.2'])).stdout).toContain('on record already');

    const other = (await readFile(`${sshd.identities.ed25519}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
    await appendFile(file, `[127.0.0.3]:${sshd.port} ${other}\n`);
    const changed = await hawser(['trust', ...reach, '--yes', '127.0.0.3']);
    expect(changed.status).toBe(1);
    expect(changed.stderr).toContain('Warning: --yes');
    expect(changed.stdout).toContain(`another key is on record (${file}:2)`);
    expect(changed.stdout).toContain(`ssh-keygen -R '[127.0.0.3]:${sshd.port}' -f ${file}`);
    expect((await readFile(file, 'utf8')).split('\n').length).toBe(3);
  });

  it('asks on the terminal, once and without echo, and shows hostile output there as text', async () => {
    const reach = ['-F', 'none', '-p', String(sshd.port), '-l', sshd.user, '--known-hosts', sshd.knownHosts];
    const hostile = "printf 'a\\033[2Jb\\n'";
    const seen = await onTerminal(
      ['run', ...reach, '-H', '127.0.0.[2-3]', '--ask-pass', '--', hostile],
      [['Password for 2 hosts:', sshd.password]],
    );
    expect(seen).toContain('127.0.0.2 │ a\\x1b[2Jb');
    expect(seen).toContain('2 of 2 ok');
    expect(seen).not.toContain(sshd.password);
  });

  it('asks for the passphrase of a key when one turns out to have one', async () => {
    const args = run('-H', '127.0.0.[2-3]', '--', 'echo in').map((a) =>
      a === sshd.identity ? sshd.identities.lockedEd25519 : a,
    );
    const seen = await onTerminal(args, [['Passphrase of the private key ', passphrase]]);
    expect(seen.match(/│ in/g)?.length).toBe(2);
    expect(seen.match(/Passphrase/g)?.length).toBe(1);
  });

  it("asks the questions of a server, under the host's name", async () => {
    await using asking = await startSshd({ pam: 'two-rounds', config: sshdConfigs.interactiveOnly });
    const reach = ['-F', 'none', '-p', String(asking.port), '-l', asking.user, '--known-hosts', asking.knownHosts];
    const seen = await onTerminal(
      ['run', ...reach, '-H', '127.0.0.1', '--', 'echo in'],
      [
        ['127.0.0.1: Password:', asking.password],
        [`127.0.0.1: Password required for ${asking.user}`, asking.password],
      ],
    );
    expect(seen).toContain('127.0.0.1 │ in');
  });

  it('records what is confirmed on the terminal', async () => {
    const file = join(directory, 'confirmed');
    const reach = ['-F', 'none', '-p', String(sshd.port), '--known-hosts', file, '127.0.0.9'];
    expect(await onTerminal(['trust', ...reach], [['[y/N]', 'n']])).toContain('nothing recorded');
    expect(existsSync(file)).toBe(false);
    expect(await onTerminal(['trust', ...reach], [['[y/N]', 'y']])).toContain('recorded in');
    expect(await readFile(file, 'utf8')).toContain('ssh-ed25519');
  });
});
