import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { CliConnection, type CliConnectionOptions } from '../../../src/connection/cli-connection.js';
import type { Target } from '../../../src/inventory/target.js';

describe('a shell on a terminal of this machine', () => {
  type Options = Omit<CliConnectionOptions, 'target'> & { target?: Partial<Target> };

  function terminal({ target, ...o }: Options = {}): CliConnection {
    return new CliConnection({ platform: 'linux', ...o, target: { host: 'localhost', protocol: 'local', ...target } });
  }

  it('gives what a command wrote, to the last character, and its status', async () => {
    await using shell = terminal();
    await expect(shell.execute('printf "one\\n\\n two  \\n"; false')).resolves.toMatchObject({
      stdout: 'one\n\n two  \n',
      status: 1,
      ok: false,
      outcome: 'exit',
    });
    await expect(shell.execute('printf abc')).resolves.toMatchObject({ stdout: 'abc', status: 0, ok: true });
    await expect(shell.execute('true')).resolves.toMatchObject({ stdout: '' });
    await expect(shell.execute('exec 2>&1; ls /nonexistent', { check: true })).rejects.toThrow(/status 2/);
  });

  it('is recognised by its prompt', async () => {
    await using shell = terminal({ platform: 'auto' });
    await expect(shell.execute('echo $0')).resolves.toMatchObject({ status: 0 });
    expect({ platform: shell.platform?.name, mode: shell.mode }).toEqual({ platform: 'linux', mode: 'exec' });
  });

  it('keeps what a command leaves behind: directory, variables, functions', async () => {
    await using shell = terminal();
    await shell.execute('cd /usr/lib; colour=red; greet() { echo "hello $1"; }');
    expect(String(await shell.execute('pwd; echo $colour; greet you'))).toBe('/usr/lib\nred\nhello you\n');
  });

  it('takes commands of many lines, with tabs and all other keys, and longer than a terminal takes', async () => {
    await using shell = terminal();
    const text = "a\tb\n\u0003\u0004'quoted' \\ $HOME\n";
    expect(String(await shell.execute(`cat <<'END'\n${text}END`))).toBe("a\tb\n'quoted' \\ $HOME\n");
    const long = `${'x'.repeat(9000)}'é`;
    expect(String(await shell.execute(['printf', '%s', long]))).toBe(long);
    expect(String(await shell.execute('-n; echo still'))).toContain('still');
  });

  it('ends a command that is incomplete as an error, and waits for nothing', async () => {
    await using shell = terminal();
    // Not by its status: bash 5.2 keeps the one before, where a quote is open.
    expect(String(await shell.execute('echo "never ends'))).toMatch(/unexpected|unmatched|unterminated/i);
    expect(String(await shell.execute('echo next'))).toBe('next\n');
  });

  it('takes 10 MB of output, in one line and in many', async () => {
    await using shell = terminal();
    const line = await shell.execute('head -c 10000000 /dev/zero | tr "\\0" x');
    expect(line.stdout).toBe('x'.repeat(10_000_000));
    const lines = await shell.execute('seq 1 1300000');
    expect(lines.stdout).toBe(Array.from({ length: 1_300_000 }, (_, n) => `${n + 1}\n`).join(''));
    const cut = await shell.execute('seq 1 1300000', { maxBuffer: 1000 });
    expect({ length: cut.stdout.length, truncated: cut.truncated.stdout }).toEqual({ length: 1000, truncated: true });
  });

  it('is not misled by what looks like a prompt in the output', async () => {
    await using shell = terminal();
    const command = 'printf "root@vm:/# "; sleep 0.5; printf "$ "; sleep 0.5; echo "$PS1"; sleep 0.5; echo end';
    const { stdout } = await shell.execute(command);
    expect(stdout).toMatch(/^root@vm:\/# \$ \[hawser-[0-9a-f]+:\$\?\]# \nend\n$/);
    expect(String(await shell.execute('echo next'))).toBe('next\n');
  });

  it('gives text and not what was drawn over it', async () => {
    await using shell = terminal();
    const progress = 'printf "10%%\\r50%%\\r100%%\\n\\033[31mred\\033[0m\\007 ab\\b\\bxy\\n"';
    expect(String(await shell.execute(progress))).toBe('100%\nred xy\n');
  });

  it('answers what a command asks, for this call alone', async () => {
    await using shell = terminal();
    const ask = 'printf "Sure? "; read a; printf "Which? "; read b; echo "$a-$b"';
    const statements = [
      { pattern: /Sure\? $/, answer: 'yes' },
      { pattern: 'Which? ', answer: async () => 'both' },
    ];
    expect(String(await shell.execute(ask, { statements }))).toContain('yes-both\n');
    await expect(shell.execute(ask, { timeout: 300 })).rejects.toThrow(/the last it wrote was "Sure\?"/);
    expect(String(await shell.execute('echo next'))).toBe('next\n');
  });

  it('gives no answer twice, unless it is told to', async () => {
    await using shell = terminal();
    const ask = 'for i in 1 2 3; do printf "Again? "; read a; echo "got $a"; done';
    const statement = { pattern: /Again\? $/, answer: 'y' };
    await expect(shell.execute(ask, { statements: [statement] })).rejects.toMatchObject({ reason: 'question' });
    const { stdout } = await shell.execute(ask, { statements: [{ ...statement, loop: true }] });
    expect(stdout.match(/got y/g)).toHaveLength(3);
  });

  it('leaves a command where a statement says so, and finds its place for the next', async () => {
    await using shell = terminal();
    const statements = [{ pattern: /Reboot\? $/, answer: 'y', continue: false }];
    const left = await shell.execute('printf "Reboot? "; read a; sleep 0.3; echo late', { statements });
    expect(left).toMatchObject({ status: null, outcome: 'exit', stdout: 'Reboot? ' });
    expect(String(await shell.execute('echo next'))).toBe('next\n');
  });

  it('never gives a command the text of one that was cut short', async () => {
    await using shell = terminal();
    await shell.connect();
    for (const timeout of [1, 5, 20, 60]) {
      const cut: unknown = await shell.execute('echo begun; sleep 5; echo late', { timeout }).catch((e: unknown) => e);
      expect(cut).toMatchObject({ code: 'ERR_HAWSER_TIMEOUT', result: { outcome: 'timeout', killed: 'confirmed' } });
      expect(String(await shell.execute(`echo after ${timeout}`))).toBe(`after ${timeout}\n`);
    }
    const stop = new AbortController();
    const cut = shell.execute('yes', { signal: stop.signal, onStdout: () => stop.abort() });
    await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
    expect(String(await shell.execute('echo after yes'))).toBe('after yes\n');
    expect(shell.state).toBe('connected');
  });

  it('gives up a session that nothing stops, and begins another', async () => {
    await using shell = terminal();
    await expect(shell.execute("trap '' INT; sleep 20", { timeout: 200 })).rejects.toMatchObject({
      result: { killed: 'unknown' },
    });
    expect(shell.state).toBe('disconnected');
    expect(String(await shell.execute('echo anew'))).toBe('anew\n');
  });

  it('is lost when its shell ends, with what had come', async () => {
    await using shell = terminal();
    await expect(shell.execute('echo first; exec false')).rejects.toMatchObject({
      code: 'ERR_HAWSER_DISCONNECTED',
      result: { outcome: 'lost', stdout: 'first\n' },
    });
    expect(String(await shell.execute('echo anew'))).toBe('anew\n');
  });

  it('is a terminal that one can type on', async () => {
    await using shell = terminal();
    // What is typed before `cat` has the terminal would be read with the keys of the shell.
    await shell.sendLine("sh -c 'echo ready; exec cat'");
    await shell.expect('ready\n');
    await shell.sendLine('so typed');
    const { before, match } = await shell.expect(/ty(p)ed/);
    expect({ before, group: match[1] }).toEqual({ before: 'so ', group: 'p' });
    await shell.expect('\n');
    expect(shell.poisoned).toBe(true);
    await shell.send('\u0004');
    await expect(shell.expect('never comes', { timeout: 100 })).rejects.toMatchObject({ phase: 'expect', ms: 100 });
    expect(await shell.receive()).toMatch(/^\[hawser-/);
    expect(String(await shell.execute('echo next'))).toBe('next\n');
    expect(shell.poisoned).toBe(false);
  });

  it('writes down what was typed and what came, but no secret that was answered', async () => {
    const transcript = new PassThrough();
    const shell = terminal({ transcript });
    const ask = 'printf "PIN: "; read pin; echo "it is $pin."';
    const statements = [{ pattern: /PIN: $/, answer: 'p1n-c0de', secret: true }];
    expect(String(await shell.execute(ask, { statements }))).toContain('it is p1n-c0de.');
    const late = 'printf "PIN: "; read pin; printf "so $pin"; sleep 5';
    const cut: unknown = await shell.execute(late, { statements, timeout: 300 }).catch((e: unknown) => e);
    expect(String(cut)).toMatch(/so \[secret\]/);
    await shell.close();
    transcript.end();
    const written = await text(transcript);
    expect(written).toContain('< it is [secret].\n');
    expect(written).not.toContain('p1n-c0de');
  });

  it('refuses what a prompt cannot do', async () => {
    await using shell = terminal();
    await expect(shell.execute('ls', { cwd: '/' })).rejects.toThrow(/no `cwd` option/);
    await expect(shell.execute('')).rejects.toThrow(/Expected a command/);
    await expect(shell.execute('ls', { timeout: -1 })).rejects.toThrow(/`timeout`/);
    await expect(shell.execute('ls', { statements: [{ pattern: '', answer: 'x' }] })).rejects.toThrow(/`pattern`/);
    await expect(shell.enable()).rejects.toMatchObject({ reason: 'mode' });
    await expect(shell.configure('x')).rejects.toMatchObject({ reason: 'mode' });
    expect(() => terminal({ platform: 'vms' })).toThrow(/known are frr, ios-like, linux/);
  });
});
