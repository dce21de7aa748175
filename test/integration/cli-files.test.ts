import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeReal, type Sshd, startSshd, waitUntil } from '../rigs/rigs.js';
import { hawser, onTerminal, start } from './hawser-process.js';

/** Takes longer than anybody's patience, on any machine. */
const HUGE = 16 * 1024 ** 3;

describeReal(['sshd'], 'hawser put and get on a real server', () => {
  let sshd: Sshd;
  let directory: string;
  let here: string;
  let there: string;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true, config: { MaxStartups: '100' } });
    directory = await mkdtemp(join(tmpdir(), 'hawser-cli-'));
    await chmod(directory, 0o755);
  });

  beforeEach(async () => {
    here = await mkdtemp(join(directory, 'here-'));
    there = await mkdtemp(join(directory, 'there-'));
    // The account of the server is not ours, and sees what is ours.
    await chmod(here, 0o755);
    await chmod(there, 0o777);
    return async () => {
      await rm(here, { recursive: true });
      await rm(there, { recursive: true });
    };
  });

  afterAll(async () => {
    await sshd?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  const flags = (): string[] => [
    ...['-F', 'none', '-p', String(sshd.port), '-l', sshd.user, '-i', sshd.identity],
    ...['--known-hosts', sshd.knownHosts],
  ];
  const both = (): string[] => [...flags(), '-H', '127.0.0.[2-3]'];
  const one = (): string[] => [...flags(), '-H', '127.0.0.2'];

  it('puts files and trees under their own names into a directory, and sums it up on stderr', async () => {
    await mkdir(join(here, 'tree/inner'), { recursive: true });
    await writeFile(join(here, 'tree/inner/file'), '12345');
    await writeFile(join(here, 'a.txt'), 'a');
    const ended = await hawser(['put', ...both(), join(here, 'a.txt'), join(here, 'tree'), `${there}/new`]);
    expect(ended).toMatchObject({ status: 0, stdout: '' });
    expect(ended.stderr).toMatch(/^2 hosts done · 2 files, 6 B each · read once, 12 B sent · \d/);
    expect((await readdir(there, { recursive: true })).sort()).toEqual([
      'new',
      'new/a.txt',
      'new/tree',
      'new/tree/inner',
      'new/tree/inner/file',
    ]);
    const again = await hawser(['put', ...one(), '--overwrite', 'if-different', join(here, 'a.txt'), `${there}/new/`]);
    expect(again).toMatchObject({ status: 0, stdout: '' });
    expect(again.stderr).toMatch(/^0 hosts done, 1 skipped \(same content\) · \d/);
  });

  it('gives a tree the remote name where that is no directory, and mirrors it', async () => {
    await mkdir(join(here, 'dist'));
    for (const name of ['index.html', 'app.js', 'app.js.map']) await writeFile(join(here, 'dist', name), name);
    await mkdir(join(there, 'www'));
    await chmod(join(there, 'www'), 0o777);
    await writeFile(join(there, 'www', 'old.html'), 'old');
    const mirror = ['--delete', '--exclude', '*.map', join(here, 'dist'), join(there, 'www')];
    const rehearsed = await hawser(['put', ...one(), '-n', ...mirror]);
    expect(rehearsed.stderr).toMatch(
      /^dry run: 1 host done · 2 files, 16 B would be sent · 1 file would be deleted · /,
    );
    expect(rehearsed.stdout.split('\n')).toEqual([
      expect.stringMatching(/^── 127\.0\.0\.2 · 1 host · 2 to send, 1 to delete ─+$/),
      'send         6 B  app.js',
      'send        10 B  index.html',
      'delete       3 B  old.html',
      '',
    ]);
    expect(await readdir(join(there, 'www'))).toEqual(['old.html']);
    const done = await hawser(['put', ...one(), ...mirror]);
    expect(done.stderr).toMatch(/^1 host done · 2 files, 16 B sent · 1 file deleted · /);
    expect((await readdir(join(there, 'www'))).sort()).toEqual(['app.js', 'index.html']);
  });

  it('gets files and trees into a directory of each host, or to names with the key in them', async () => {
    await mkdir(join(there, 'etc'));
    await writeFile(join(there, 'etc/app.conf'), 'conf');
    expect(await hawser(['get', ...both(), join(there, 'etc'), `${here}/new/`])).toMatchObject({ status: 0 });
    expect(await readFile(join(here, 'new/127.0.0.3/etc/app.conf'), 'utf8')).toBe('conf');
    expect(await hawser(['get', ...both(), join(there, 'etc/app.conf'), `${here}/{key}.conf`])).toMatchObject({
      status: 0,
    });
    expect(await hawser(['get', ...one(), join(there, 'etc'), here])).toMatchObject({ status: 0 });
    expect(await hawser(['get', ...one(), `${join(there, 'etc')}/`, `${here}/flat/`])).toMatchObject({ status: 0 });
    expect((await readdir(here)).sort()).toEqual(['127.0.0.2.conf', '127.0.0.3.conf', 'etc', 'flat', 'new']);
    expect(await readdir(join(here, 'flat'))).toEqual(['app.conf']);
  });

  it('ends with 1 when a host or a file fails, and says on stdout which and why', async () => {
    const missing = await hawser([
      'get',
      ...flags(),
      '-H',
      '127.0.0.2,127.0.0.3:1',
      join(there, 'missing'),
      `${here}/`,
    ]);
    expect(missing.status).toBe(1);
    expect(missing.stdout).toContain(
      `127.0.0.2   ✗ ENOENT: no such file or directory, stat '${join(there, 'missing')}'`,
    );
    expect(missing.stdout).toContain('127.0.0.3:1 ✗ the connection was refused');
    expect(missing.stderr).toMatch(/^0 hosts done, 2 failed · \d/);
    await mkdir(join(here, 'tree'));
    for (const name of ['a', 'b', 'c']) await writeFile(join(here, 'tree', name), name);
    await mkdir(join(there, 'a/x'), { recursive: true });
    await mkdir(join(there, 'b/x'), { recursive: true });
    const partly = await hawser(['put', ...one(), `${here}/tree/`, `${there}/`]);
    expect(partly.status).toBe(1);
    expect(partly.stdout).toContain('127.0.0.2 ✗ 2 files failed\n127.0.0.2 ✗ EISDIR');
    expect(partly.stderr).toMatch(/^0 hosts done, 1 failed · 1 file, 1 B sent · 2 files failed · /);
  });

  it('ends with 2, connecting to nobody, when it cannot be meant', async () => {
    const misuses: readonly (readonly [string[], string])[] = [
      [['put', ...both(), 'alone'], 'Expected LOCAL... and REMOTE'],
      [['put', 'a', 'b'], 'Expected hosts'],
      [['put', ...both(), join(here, 'missing'), 'x'], 'Nothing was sent to any host'],
      [['put', ...both(), '--overwrite', 'perhaps', here, 'x'], 'Allowed choices are always'],
      [['get', ...both(), 'name', join(here, 'one-for-all')], 'put {key} into it'],
      [['get', ...both(), 'name'], "missing required argument 'local'"],
      [['get', ...both(), '--resume', '--no-atomic', 'a', `${here}/`], 'Expected no `resume`'],
    ];
    for (const [args, said] of misuses) {
      const { status, stdout, stderr } = await hawser(args);
      expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: '' });
      expect(stderr).toContain(said);
    }
    expect(await sshd.log()).not.toContain('one-for-all');
  });

  it('gives a table, and versioned JSON as a document and line by line', async () => {
    await writeFile(join(here, 'a'), 'abc');
    const put = (kind: string): string[] => ['put', ...flags(), '-H', '127.0.0.2,127.0.0.3:1', '--output', kind, '-q'];
    const paths = [join(here, 'a'), `${there}/`];
    const table = await hawser([...put('table'), ...paths]);
    expect(table.stdout).toMatch(
      /^HOST +STATUS +TIME {2}FILES {2}BYTES\n127\.0\.0\.2 {4}ok +\S+ m?s {6}1 {4}3 B\n127\.0\.0\.3:1 {2}failed .* – {6}– {2}the connection was refused/,
    );
    expect(table.stderr).toBe('');
    expect(JSON.parse((await hawser([...put('json'), ...paths])).stdout)).toMatchObject({
      version: 1,
      action: 'put',
      results: [
        { key: '127.0.0.2', ok: true, value: { files: 1, bytes: 3, failed: [] } },
        { key: '127.0.0.3:1', ok: false, error: { code: 'ERR_HAWSER_CONNECT', phase: 'tcp' } },
      ],
      summary: { total: 2, ok: 1, failed: 1, files: 1, bytes: 3, states: { ok: 1, failed: 1 }, interrupted: false },
    });
    const lines = (await hawser([...put('ndjson'), ...paths])).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(['result', 'result', 'summary']);
  });

  it('shows bars on a terminal, and clears up when it is interrupted there', async () => {
    await writeFile(join(here, 'huge'), '');
    await truncate(join(here, 'huge'), HUGE);
    const bars = /127\.0\.0\.2 {2}[█░]{20} +\d+ % .*\r\n127\.0\.0\.3 {2}[█░]{20} +\d+ % /;
    const seen = await onTerminal(['put', ...both(), join(here, 'huge'), `${there}/`], [[bars, '\u0003']]);
    expect(seen).toMatch(bars);
    expect(seen).toContain('0 hosts done, 2 running · ');
    expect(seen).toContain('Interrupted: ending what runs, and clearing up. Once more to leave at once.');
    expect(seen).toContain('0 hosts done, 2 interrupted · ');
    expect(await readdir(there)).toEqual([]);
  });

  it('shows what was done when it is interrupted, and leaves nothing half-written', async () => {
    await writeFile(join(here, 'huge'), '');
    await truncate(join(here, 'huge'), HUGE);
    await using running = start(['put', ...one(), '--output', 'json', join(here, 'huge'), `${there}/`]);
    await waitUntil('a draft to appear', async () => (await readdir(there)).length > 0);
    running.interrupt();
    const { status, stdout, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      results: [{ key: '127.0.0.2', ok: false, error: { name: 'AbortError' } }],
      summary: { states: { interrupted: 1 }, interrupted: true },
    });
    expect(stderr).toContain('0 hosts done, 1 interrupted');
    expect(await readdir(there)).toEqual([]);
  });

  it('completes its flags, their choices and hosts, and leaves files to the shell', async () => {
    const words = async (...line: string[]): Promise<string[]> =>
      (await hawser(['__complete', '--', ...line])).stdout.split('\n').filter(Boolean);
    expect(await words('ge')).toEqual(['get']);
    expect(await words('put', '--dr')).toEqual(['--dry-run']);
    expect(await words('put', '--overwrite', 'if')).toEqual(['if-different']);
    expect(await words('get', '--output', '')).toEqual(['lines', 'table', 'json', 'ndjson']);
    expect(await words('put', '-H', 'web1', 'some')).toEqual([]);
    expect(await words('put', '--exclude', '')).toEqual([]);
  });
});
