import { appendFile, chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeReal, type Sshd, startSshd, waitUntil } from '../rigs/rigs.js';
import { hawser, onTerminal, start } from './hawser-process.js';

describeReal(['sshd'], 'hawser tail on a real server', () => {
  let sshd: Sshd;
  let directory: string;
  let file: string;

  beforeAll(async () => {
    sshd = await startSshd({ anyLoopback: true, config: { MaxStartups: '100' } });
    directory = await mkdtemp(join(tmpdir(), 'hawser-cli-'));
    await chmod(directory, 0o755);
  });

  beforeEach(async () => {
    file = join(await mkdtemp(join(directory, 'log-')), 'app.log');
    await chmod(join(file, '..'), 0o755);
    await writeFile(file, '', { mode: 0o644 });
  });

  afterAll(async () => {
    await sshd?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  const tail = (hosts: string, ...args: string[]): string[] => [
    ...['tail', '-F', 'none', '-p', String(sshd.port), '-l', sshd.user, '-i', sshd.identity],
    ...['--known-hosts', sshd.knownHosts, '-H', hosts, '--poll-interval', '20ms', ...args],
  ];

  it('shows the last lines and what is added, after the name of the host, until Ctrl-C', async () => {
    await writeFile(file, 'no\n1\n2\n');
    await using one = start(tail('127.0.0.[2-3]', '-n', '2', file));
    await waitUntil('the last lines', () => one.stdout().split('\n').length === 5, 30_000);
    await appendFile(file, Buffer.from('caf\xe9 \x1b[1m\n', 'latin1'));
    await waitUntil('the new lines', () => one.stdout().split('\n').length === 7, 30_000);
    one.interrupt();
    const { status, stdout, stderr } = await one.ended;
    expect({ status, stderr }).toEqual({ status: 130, stderr: '' });
    for (const host of ['127.0.0.2', '127.0.0.3']) {
      const own = stdout.split('\n').filter((line) => line.startsWith(host));
      expect(own).toEqual([`${host} │ 1`, `${host} │ 2`, `${host} │ caf\uFFFD \u001b[1m`]);
    }
  });

  it('says on stderr that the file was rotated, and goes on with the new one', async () => {
    await using one = start(tail('127.0.0.2', '--from', 'start', file));
    await appendFile(file, 'old\n');
    await waitUntil('the first line', () => one.stdout().includes('old'), 30_000);
    await rename(file, `${file}.1`);
    await writeFile(file, 'new\n', { mode: 0o644 });
    await waitUntil('the new line', () => one.stdout().includes('new'), 30_000);
    one.interrupt('SIGTERM');
    const { status, stdout, stderr } = await one.ended;
    expect({ status, stdout }).toEqual({ status: 143, stdout: '127.0.0.2 │ old\n127.0.0.2 │ new\n' });
    expect(stderr).toContain('127.0.0.2: rotated, following the new file\n');
  });

  it('ends when no host is left, and says why each failed', async () => {
    const none = await hawser(tail('127.0.0.2,127.0.0.3:1', `${file}.no`));
    expect(none).toMatchObject({ status: 1, stdout: '' });
    expect(none.stderr).toMatch(/127\.0\.0\.2 {3}✗ ENOENT: no such file or directory, .*app\.log\.no'/);
    expect(none.stderr).toContain('127.0.0.3:1 ✗ the connection was refused');
  });

  it('goes on with the others when one host fails, and ends with 1', async () => {
    await writeFile(file, 'x\n');
    const some = await hawser(tail('127.0.0.2,127.0.0.3:1', '--no-follow', file));
    expect(some).toMatchObject({ status: 1, stdout: '127.0.0.2   │ x\n' });
  });

  it('waits for a file when asked to', async () => {
    await rm(file);
    await using one = start(tail('127.0.0.2', '--wait', file));
    await waitUntil('it to wait', () => one.stderr().includes('waiting for the file: ENOENT'), 30_000);
    await writeFile(file, 'there\n', { mode: 0o644 });
    await waitUntil('the line', () => one.stdout() === '127.0.0.2 │ there\n', 30_000);
    one.interrupt();
    expect((await one.ended).status).toBe(130);
  });

  it('gives one JSON object for each thing that happens', async () => {
    await writeFile(file, 'käse\n');
    const { stdout } = await hawser(tail('127.0.0.2', '--no-follow', '--output', 'ndjson', file));
    expect(JSON.parse(stdout)).toMatchObject({ v: 1, type: 'line', key: '127.0.0.2', line: 'käse' });
    const failed = await hawser(tail('127.0.0.2', '--no-follow', '--output', 'ndjson', `${file}.no`));
    expect(JSON.parse(failed.stdout)).toMatchObject({ v: 1, type: 'error', error: { code: 'ENOENT' } });
  });

  it('shows control characters on a terminal', async () => {
    await writeFile(file, 'a\u001b[2Jb\n');
    expect(await onTerminal(tail('127.0.0.2', '--no-follow', file))).toBe('127.0.0.2 │ a\\x1b[2Jb\r\n');
    expect(await onTerminal(tail('127.0.0.2', '--no-follow', '--raw', file))).toBe('127.0.0.2 │ a\u001b[2Jb\r\n');
  });

  it('refuses what cannot be meant', async () => {
    const both = await hawser(tail('127.0.0.2', '-n', '1', '--from', 'start', file));
    expect(both).toMatchObject({ status: 2, stderr: expect.stringContaining('--lines') });
    const where = await hawser(tail('127.0.0.2', '--from', 'middle', file));
    expect(where).toMatchObject({ status: 2, stderr: expect.stringContaining('start, end or an offset') });
  });
});
