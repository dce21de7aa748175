import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CliConnectionOptions } from '../../../src/connection/cli-connection.js';
import { TelnetConnection } from '../../../src/connection/telnet-connection.js';
import { DialogError, DisconnectedError } from '../../../src/core/errors.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import type { Target } from '../../../src/inventory/target.js';
import { frr } from '../../../src/remote/dialog/platforms/frr.js';
import { SessionCache } from '../../../src/session/session-cache.js';
import { describeReal, type Frr, openHandles, startFrr } from '../../rigs/rigs.js';

describeReal(['frr'], 'a router by telnet', () => {
  let router: Frr;
  let folder: string;

  beforeAll(async () => {
    router = await startFrr();
    folder = await mkdtemp(join(tmpdir(), 'hawser-telnet-'));
  });

  afterAll(async () => {
    await router.stop();
    await rm(folder, { recursive: true });
  });

  type Options = Omit<CliConnectionOptions, 'target'> & { target?: Partial<Target>; withoutPassword?: boolean };

  function telnet({ withoutPassword = false, ...o }: Options = {}): TelnetConnection {
    const { host, port, vtyPassword: password, enablePassword } = router;
    const login = withoutPassword ? {} : { password };
    return new TelnetConnection({ enablePassword, ...o, target: { host, port, ...login, ...o.target } });
  }

  it('is logged in to, recognised, and gives the text of a command alone', async () => {
    await using vty = telnet();
    const { stdout, status, ok } = await vty.execute('show interface brief');
    expect(stdout).toMatch(/^Interface\s+Status[\s\S]*\nlo\s+up\s+default/);
    expect(stdout).not.toContain('Router');
    const { platform, mode, hostname } = vty;
    expect({ platform: platform?.name, mode, hostname, status, ok }).toEqual({
      platform: 'frr',
      mode: 'exec',
      hostname: 'Router',
      status: null,
      ok: true,
    });
  });

  it('is one session for all who ask for it, who queue where it is threadSafe', async () => {
    await using cache = new SessionCache();
    const { host, port, vtyPassword: password } = router;
    const line: Target = { protocol: 'telnet', host, port, password, threadSafe: true };
    const all = await Promise.all([line, line, { ...line, threadSafe: false }].map((target) => cache.get(target)));
    expect(new Set(all).size).toBe(2);
    const texts = await Promise.all(all.slice(0, 2).map((session) => session.execute('show interface brief')));
    expect(texts.map(({ ok, stdout }) => [ok, /^Interface\s+Status/.test(stdout)])).toEqual([
      [true, true],
      [true, true],
    ]);
    const [, , alone] = all;
    const shared = [1, 2].map(() => alone?.execute('show version'));
    expect((await Promise.allSettled(shared)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(cache.list()).toMatchObject([{ id: 's1', kind: 'telnet', host, port, reused: 1 }, { id: 's2' }]);
  });

  it('says that it refused a command', async () => {
    await using vty = telnet();
    const result = await vty.execute('show nonsense');
    expect(result).toMatchObject({ ok: false, outcome: 'exit', status: null });
    expect(String(result)).toBe(result.stdout);
    await expect(vty.execute('show nonsense', { check: true })).rejects.toThrow(
      /"show nonsense" on .* was refused: % \[ZEBRA\] Unknown command/,
    );
    await expect(vty.execute('show nonsense', { errorPatterns: false })).resolves.toMatchObject({ ok: true });
    await expect(vty.execute('show version', { errorPatterns: [/^FRRouting/] })).resolves.toMatchObject({ ok: false });
    await expect(vty.execute('show version')).resolves.toMatchObject({ ok: true });
  });

  it('is enabled and configured, and comes back to the mode that it was in', async () => {
    await using vty = telnet();
    await vty.configure(['interface eth1', 'description here']);
    expect(vty.mode).toBe('exec');
    await vty.enable();
    expect(vty.mode).toBe('enable');
    expect(String(await vty.execute('show running-config'))).toContain('description here');
    await vty.configure('interface eth1\n no description\n');
    expect(vty.mode).toBe('enable');
  });

  it('changes no configuration by connecting', async () => {
    await using vty = telnet();
    await vty.enable();
    const before = String(await vty.execute('show running-config'));
    await vty.disconnect();
    await vty.enable();
    expect(String(await vty.execute('show running-config'))).toBe(before);
  });

  it('refuses a wrong password once, which is a refused authentication', async () => {
    await using vty = telnet({ target: { password: 'wrong' } });
    await expect(vty.connect()).rejects.toMatchObject({
      code: 'ERR_HAWSER_AUTH',
      phase: 'auth',
      tried: [{ method: 'password', outcome: 'refused' }],
    });
    const fleet = new MultiConnection([{ ...telnet({ target: { password: 'wrong' } }).target, password: 'wrong' }]);
    const results = await fleet.execute('show version');
    expect([...results.values()].map(({ outcome }) => outcome)).toEqual(['auth']);
    await fleet.close();
  });

  it('refuses a wrong enable password once, says what to do, and can be used again', async () => {
    await using vty = telnet({ enablePassword: 'not-this-one' });
    const error: unknown = await vty.enable().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DialogError);
    expect(error).toMatchObject({ reason: 'login', message: expect.stringContaining('enablePassword') });
    expect(String(error)).not.toContain('not-this-one');
    expect(String(await vty.execute('show version'))).toContain('FRRouting');
  });

  it('names the password that is missing', async () => {
    await using vty = telnet({ enablePassword: undefined });
    await expect(vty.enable()).rejects.toMatchObject({ reason: 'login' });
    await using none = telnet({ withoutPassword: true });
    await expect(none.connect()).rejects.toThrow(/give it as `password`/);
  });

  it('gives 20 tasks on one thread-safe connection each its own answer', async () => {
    await using vty = telnet({ target: { threadSafe: true } });
    const asked = Array.from({ length: 20 }, (_, n) => `show ip route 10.0.${n}.1`);
    const answers = await Promise.all(asked.map(async (command) => vty.execute(command)));
    expect(answers.map(({ command }) => command)).toEqual(asked);
    const bogus = Array.from({ length: 20 }, (_, n) => `bogus-${n}`);
    const refusals = await Promise.all(bogus.map(async (command) => String(await vty.execute(command))));
    expect(refusals).toEqual(bogus.map((command) => `% [ZEBRA] Unknown command: ${command}\n`));
  });

  it('tells the second of two tasks that share a connection, and lets the first go on', async () => {
    await using vty = telnet();
    const first = vty.execute('show version');
    const second = vty.execute('show interface brief');
    await expect(second).rejects.toMatchObject({ reason: 'shared', message: expect.stringContaining('threadSafe') });
    expect(String(await first)).toContain('FRRouting');
  });

  it('writes the dialog down without a secret, for its owner alone', async () => {
    const transcript = join(folder, 'transcript');
    const vty = telnet({ transcript });
    await vty.enable();
    await vty.execute('show running-config');
    await vty.close();
    const text = await readFile(transcript, 'utf8');
    expect(text).toContain('> show running-config\n');
    expect(text).toContain('> [secret]\n');
    expect(text).toContain('< password [secret]\n');
    for (const secret of [router.vtyPassword, router.enablePassword]) expect(text).not.toContain(secret);
    expect((await stat(transcript)).mode & 0o777).toBe(0o600);
  });

  it('pages on where it pages all the same', async () => {
    await using vty = telnet();
    await vty.execute('terminal length 5');
    const text = String(await vty.execute('list'));
    expect(text).not.toContain('More');
    expect(text).toMatch(/^ {4}show version\n {4}list \[permutations\]\n[\s\S]*\n {4}help\n/);
    expect(text.split('\n').length).toBeGreaterThan(20);
  });

  it('finds its place again after a time limit, and never gives one command the text of another', async () => {
    await using vty = telnet();
    await vty.connect();
    const cut: unknown = await vty.execute('show version', { timeout: 1 }).catch((e: unknown) => e);
    expect(cut).toMatchObject({ code: 'ERR_HAWSER_TIMEOUT', phase: 'execute', result: { outcome: 'timeout' } });
    expect(String(await vty.execute('show interface brief'))).toMatch(/^Interface/);
    expect(vty.state).toBe('connected');
  });

  it('ends a command for a signal', async () => {
    await using vty = telnet();
    await vty.connect();
    const stop = new AbortController();
    const cut = vty.execute('show version', { signal: stop.signal });
    stop.abort();
    await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
    expect(String(await vty.execute('show interface brief'))).toMatch(/^Interface/);
  });

  it('is lost in mid-command when it reboots, and connected to again by the next one', async () => {
    const { pagers: _, ...withoutPager } = frr;
    await using vty = telnet({ platform: withoutPager });
    await vty.execute('terminal length 5');
    let restart: Promise<void> | undefined;
    const onStdout = (): void => {
      restart ??= router.restart();
    };
    const stuck = vty.execute('list', { onStdout });
    await expect(stuck).rejects.toBeInstanceOf(DisconnectedError);
    await expect(stuck).rejects.toMatchObject({
      result: { outcome: 'lost', stdout: expect.stringMatching(/^ {4}show version\n/) },
    });
    await restart;
    expect(String(await vty.execute('show version'))).toContain('FRRouting');
  });

  it('gives up the session of a device that cannot be stopped, and logs in anew', async () => {
    const { pagers: _, ...withoutPager } = frr;
    await using vty = telnet({ platform: { ...withoutPager, interrupt: '' } });
    await vty.execute('terminal length 5');
    const lost = once(vty, 'lost');
    await expect(vty.execute('list', { timeout: 200 })).rejects.toMatchObject({
      code: 'ERR_HAWSER_TIMEOUT',
      result: { outcome: 'timeout', killed: 'unknown' },
    });
    expect(await lost).toMatchObject([{ code: 'ERR_HAWSER_DIALOG', reason: 'unsynchronised' }]);
    expect(String(await vty.execute('show interface brief'))).toMatch(/^Interface/);
  });

  it('has no files and no second shell', async () => {
    await using vty = telnet();
    await expect(vty.fs.readFile('/etc/passwd')).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(vty.shell()).rejects.toMatchObject({ code: 'ERR_HAWSER_CHANNEL' });
    await expect(vty.spawn('show version').wait()).rejects.toMatchObject({ reason: 'unsupported' });
    expect(String(await vty.execute('show version'))).toContain('FRRouting');
  });

  it('does not keep this process alive at its prompt', async () => {
    const before = openHandles()['TCPSocketWrap'] ?? 0;
    await using vty = telnet();
    await vty.execute('show version');
    expect(openHandles()['TCPSocketWrap'] ?? 0).toBe(before);
  });

  it('works in a fleet', async () => {
    const { port, vtyPassword: password } = router;
    const fleet = new MultiConnection([`telnet://127.0.0.1:${port}`], { defaults: { password } });
    const results = await fleet.execute('show interface brief');
    expect([...results.values()].map(({ stdout }) => stdout.slice(0, 9))).toEqual(['Interface']);
    await fleet.close();
  });
});
