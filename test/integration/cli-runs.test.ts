import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeReal, type Sshd, startSshd, waitUntil } from '../rigs/rigs.js';
import { type Ended, hawser, start } from './hawser-process.js';

describeReal(['sshd'], 'the runs of hawser on real servers', () => {
  let sshd: Sshd;
  let state: string;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true, config: { MaxStartups: '100' } });
  });

  afterAll(() => sshd?.stop());

  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), 'hawser-state-'));
  });

  afterEach(() => rm(state, { recursive: true }));

  const env = (): Record<string, string> => ({ XDG_STATE_HOME: state, HAWSER_NO_RECORD: '' });
  const flags = (): string[] => [
    ...['-F', 'none', '-p', String(sshd.port), '-l', sshd.user, '-i', sshd.identity],
    ...['--known-hosts', sshd.knownHosts],
  ];
  const cli = (...args: string[]): Promise<Ended> => hawser(args, undefined, env());
  const run = (...args: string[]): Promise<Ended> => cli('run', ...flags(), ...args);
  const files = async (): Promise<string[]> => (await readdir(join(state, 'hawser', 'runs'))).toSorted();
  /** A command that fails on the hosts whose addresses end so. */
  const failsOn = (ends: string): string =>
    `case "$SSH_CONNECTION" in *" 127.0.0."[${ends}]" "*) exit 3;; esac; echo ok`;

  it('rolls over the hosts in batches, tells each, and leaves off where too many failed', async () => {
    const { status, stdout, stderr } = await run(
      ...['-H', '127.0.0.[2-7]', '--canary', '1', '--serial', '2', '--max-failures', '0', '--pause', '10ms'],
      ...['--', failsOn('4')],
    );
    expect(status).toBe(1);
    expect(stdout.match(/│ ok/g)?.length).toBe(2);
    expect(stdout).toContain('127.0.0.4 ✗ exit 3');
    expect(stderr.replaceAll(/· [\d.]+ m?s/g, '· 0 s')).toMatch(
      /^\[1\/4\] canary 127\.0\.0\.2 ok · 0 s\n\[2\/4\] 2 hosts 1 ok, 1 failed · 0 s\nLeft off: 1 host had failed before its turn, and 0 may fail\.\n2 of 6 ok, 1 failed, 3 not started/,
    );
  });

  it('lets nothing start after a canary that failed, for put as well', async () => {
    const hosts = ['-H', '127.0.0.[2-4]', '--canary', '1'];
    const ran = await run(...hosts, '--output', 'json', '--', 'false');
    const { results }: { results: { outcome: string }[] } = JSON.parse(ran.stdout);
    expect(results.map(({ outcome }) => outcome)).toEqual(['exit', 'skipped', 'skipped']);
    const file = join(state, 'file');
    await writeFile(file, 'x');
    const put = await cli('put', ...flags(), ...hosts, '--output', 'json', file, '/nonexistent/dir/');
    const sent: { results: { outcome?: string; error: { message: string } }[] } = JSON.parse(put.stdout);
    expect(sent.results.map(({ outcome }) => outcome)).toEqual([undefined, 'skipped', 'skipped']);
    expect(sent.results[2]?.error.message).toBe('Not started: the canary 127.0.0.2 had failed.');
    expect(put.status).toBe(1);
    expect(put.stderr).toMatch(
      /^\[1\/2\] canary 127\.0\.0\.2 failed · .*\nLeft off: the canary 127\.0\.0\.2 had failed\.\n/,
    );
  });

  it('keeps a run for its owner alone, lists it, shows it, and runs again what failed', async () => {
    const command = failsOn('34');
    await run('-H', '127.0.0.[2-5]', '--serial', '3', '--', command);
    const [file = ''] = await files();
    const path = join(state, 'hawser', 'runs', file);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(state, 'hawser', 'runs'))).mode & 0o777).toBe(0o700);
    expect(await readFile(path, 'utf8')).not.toContain('"output"');

    const listed = await cli('runs');
    expect(listed.stdout).toMatch(/^RUN +WHEN +HOSTS +TIME +COMMAND\n\d{8}-\d{6}-[0-9a-f]{4} .* 2 of 4 ok .* case /);
    const id = file.replace('.json', '');
    const shown = await cli('runs', id);
    expect(shown.stdout).toContain(`$ hawser run -H '127.0.0.[2-5]' --user=${sshd.user} --port=${sshd.port}`);
    expect(shown.stdout).toMatch(/127\.0\.0\.3 {2}exit 3 · /);
    expect(shown.stderr).toBe(`2 hosts failed: hawser run --retry-failed ${id}\n`);

    const again = await cli('run', '--retry-failed', '--output', 'json');
    const document: { command: string; results: { key: string; status: number }[] } = JSON.parse(again.stdout);
    expect(document.command).toBe(command);
    expect(document.results.map(({ key, status }) => [key, status])).toEqual([
      ['127.0.0.3', 3],
      ['127.0.0.4', 3],
    ]);
    expect(again.stderr).toContain(`Again, of run ${id}, on 2 hosts: case `);
    const other = await cli('run', '--retry-failed', id, '--', 'echo other');
    expect(other).toMatchObject({ status: 0, stdout: expect.stringContaining('127.0.0.3 │ other') });
    const none = await cli('run', '--retry-failed');
    expect(none).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing to do') });

    const { runs }: { runs: { id: string }[] } = JSON.parse((await cli('runs', '--output', 'json')).stdout);
    expect(runs.map((one) => `${one.id}.json`).toSorted()).toEqual(await files());
    expect(JSON.parse((await cli('runs', id, '--output', 'json')).stdout)).toMatchObject({ id, command });
    expect((await hawser(['__complete', '--', 'runs', ''], undefined, env())).stdout).toContain(id);
    expect((await hawser(['__complete', '--', 'run', '--retry-failed', ''], undefined, env())).stdout).toContain(id);
  });

  it('keeps no secret: no value of --env, and no command that looks as if it held one', async () => {
    await run('-H', '127.0.0.2', '--env', 'GREETING=hidden1', '--', 'test "$GREETING" = x');
    await run('-H', '127.0.0.2', '--', 'app --password hidden2');
    await cli('run', ...flags(), '-H', '127.0.0.2', '--no-record', '--', 'echo hidden3');
    await hawser(['run', ...flags(), '-H', '127.0.0.2', '--', 'echo hidden4'], undefined, {
      ...env(),
      HAWSER_NO_RECORD: '1',
    });
    const names = await files();
    expect(names.length).toBe(2);
    const texts = await Promise.all(names.map((name) => readFile(join(state, 'hawser', 'runs', name), 'utf8')));
    expect(texts.join('')).not.toContain('hidden');
    expect((await cli('runs')).stdout).toContain('(not kept: it looked as if it held a secret)');

    const last = await cli('run', '--retry-failed');
    expect(last).toMatchObject({ status: 2, stderr: expect.stringContaining('give it again') });
    const { runs }: { runs: { id: string }[] } = JSON.parse((await cli('runs', '--output', 'json')).stdout);
    const id = runs.at(-1)?.id ?? '';
    const withEnv = await cli('run', '--retry-failed', id);
    expect(withEnv).toMatchObject({ status: 2, stderr: expect.stringContaining('give --env GREETING=… again') });
    const given = await cli('run', '--retry-failed', id, '--env', 'GREETING=x');
    expect(given.status).toBe(0);
  });

  it('keeps the end of the output where that is asked for, live or collected', async () => {
    for (const kind of ['stream', 'json']) {
      await run('-H', '127.0.0.2', '--keep-output', '--output', kind, '--', 'echo out; echo err >&2; printf "\\377"');
    }
    for (const name of await files()) {
      const shown = await cli('runs', name.replace('.json', ''));
      expect(shown.stdout).toContain('  │ out\n');
      expect(shown.stdout).toContain('  ! err\n');
    }
  });

  it('says which hosts were left when it was interrupted, and runs them again', async () => {
    await using running = start(
      ['run', ...flags(), '-H', '127.0.0.[2-4]', '--serial', '1', '--', 'echo begun; sleep 60'],
      undefined,
      env(),
    );
    await waitUntil('the command to begin', () => running.stdout().includes('begun'));
    running.interrupt();
    expect((await running.ended).status).toBe(130);
    const shown: { interrupted: boolean; hosts: { outcome: string }[] } = JSON.parse(
      (await cli('runs', ((await files())[0] ?? '').replace('.json', ''), '--output', 'json')).stdout,
    );
    expect(shown.interrupted).toBe(true);
    expect(shown.hosts.map(({ outcome }) => outcome)).toEqual(['aborted', 'skipped', 'skipped']);
    const again = await cli('run', '--retry-failed', '--', 'true');
    expect(again.stderr).toContain('3 of 3 ok');
  });

  it('reports what is no run, and takes several writers at once', async () => {
    await Promise.all([2, 3, 4, 5].map((n) => run('-H', `127.0.0.${n}`, '--', 'true')));
    await writeFile(join(state, 'hawser', 'runs', 'notes.txt'), 'x');
    const { status, stdout, stderr } = await cli('runs');
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').length).toBe(5);
    expect(stderr).toContain('notes.txt:1:1: Expected the record of a run');
    const again = await cli('run', '--retry-failed');
    expect(again).toMatchObject({ status: 0, stderr: expect.stringContaining('notes.txt') });
  });

  it('goes on where nothing can be kept, and says so', async () => {
    await writeFile(join(state, 'hawser'), '');
    const { status, stderr } = await run('-H', '127.0.0.2', '--', 'true');
    expect(status).toBe(0);
    expect(stderr).toContain('Cannot keep this run: ');
  });
});

it('says what is wrong with how a run is asked for', async () => {
  const state = await mkdtemp(join(tmpdir(), 'hawser-state-'));
  const env = { XDG_STATE_HOME: state, HAWSER_NO_RECORD: '' };
  const misuses: readonly (readonly [string[], string])[] = [
    [['run', '-H', 'a'], 'Expected a command'],
    [['run', '--retry-failed', '-H', 'a'], 'Expected no hosts beside --retry-failed'],
    [['run', '--retry-failed'], 'There is no run in '],
    [['run', '--retry-failed', 'uptime'], 'Expected the name of a run, got "uptime"'],
    [['run', '-H', 'a', '--serial', '1,0', '--', 'b'], '--serial'],
    [['run', '-H', 'a', '--canary', '0%', '--', 'b'], '--canary'],
    [['run', '-H', 'a', '--pause', '3', '--', 'b'], 'Expected --serial or --canary beside --pause'],
    [['run', '-H', 'a', '--order', 'up', '--', 'b'], '--order'],
    [['runs', '2026'], 'There is no run 2026'],
  ];
  for (const [args, said] of misuses) {
    const { status, stdout, stderr } = await hawser(args, undefined, env);
    expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: '' });
    expect(stderr).toContain(said);
  }
  expect(await hawser(['runs'], undefined, env)).toMatchObject({ status: 0, stdout: '' });
  await rm(state, { recursive: true });
}, 60_000);
