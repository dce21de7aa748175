import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AbortError, ClosedError, ConnectError } from '../../../src/core/errors.js';
import { FileError } from '../../../src/core/file-error.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { TransferError } from '../../../src/remote/transfer/transfer-error.js';
import { startTestFleet, type TestFleet } from '../../../src/testing/test-fleet.js';

describe('files of a fleet', () => {
  let servers: TestFleet;
  let mc: MultiConnection;
  let here: string;

  beforeAll(async () => {
    servers = await startTestFleet({ hosts: ['a', 'b', { name: 'down', faults: { onConnect: 'http' } }] });
  });

  beforeEach(async () => {
    here = await mkdtemp(join(tmpdir(), 'hawser-fleet-'));
    mc = new MultiConnection(servers.targets.slice(0, 2));
    return async () => {
      await mc.close();
      await rm(here, { recursive: true, force: true });
      for (const { directory } of servers.hosts) {
        for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true, force: true });
      }
    };
  });

  afterAll(() => servers?.close());

  const on = (name: string, path: string): string => join(servers.host(name).directory, path);
  const local = (path: string): string => join(here, path);

  it('are sent to every host, each with a result and progress of its own', async () => {
    await writeFile(local('file'), 'x'.repeat(300_000));
    const seen = new Map<string, number>();
    const result = await mc.upload(local('file'), 'copy', { onProgress: ({ bytes }, key) => seen.set(key, bytes) });
    expect([...result].map(([key, { ok, value }]) => [key, ok, value?.files, value?.bytes])).toEqual([
      ['a', true, 1, 300_000],
      ['b', true, 1, 300_000],
    ]);
    expect([...seen].sort()).toEqual([
      ['a', 300_000],
      ['b', 300_000],
    ]);
    expect(await readFile(on('b', 'copy'), 'utf8')).toHaveLength(300_000);
  });

  it('go to the home directory under their own name when nothing else is said', async () => {
    await writeFile(local('note'), 'hello');
    expect((await mc.sftpWrite(local('note'))).ok).toBe(true);
    expect(await readFile(on('a', 'note'), 'utf8')).toBe('hello');
  });

  it('are sent several at a time, each under its own name, and a tree with a slash as what is in it', async () => {
    await mkdir(local('tree/inner'), { recursive: true });
    await writeFile(local('tree/inner/one'), '1');
    await writeFile(local('two'), '22');
    const result = await mc.upload([local('two'), local('tree'), local('tree/')], 'into');
    expect(result.get('a')).toMatchObject({ ok: true, value: { files: 3, bytes: 4 } });
    expect((await readdir(on('a', 'into'), { recursive: true })).sort()).toEqual([
      'inner',
      'inner/one',
      'tree',
      'tree/inner',
      'tree/inner/one',
      'two',
    ]);
  });

  it('are told of one by one, below the names of what is sent, and how much is read for all hosts', async () => {
    await mkdir(local('tree'), { recursive: true });
    await writeFile(local('tree/one'), 'one');
    await writeFile(local('two'), 'x'.repeat(300_000));
    const told: string[] = [];
    const read: number[] = [];
    await mc.upload([local('two'), local('tree'), local('tree/')], 'into', {
      onEntry: ({ action, kind, path }, key) => told.push(`${key} ${action} ${kind} ${path}`),
      onProgress: ({ bytesRead }) => read.push(bytesRead),
    });
    const expected = ['file two', 'directory tree', 'file tree/one', 'file one'];
    expect(told.filter((line) => line.startsWith('a '))).toEqual(expected.map((words) => `a copied ${words}`));
    expect(told).toHaveLength(2 * expected.length);
    expect(Math.max(...read)).toBe(300_003);
    await writeFile(on('a', 'log'), 'from a');
    await mc.download('log', local('logs/'), { onProgress: ({ bytesRead }) => read.push(bytesRead) });
    expect(read.at(-1)).toBe(0);
  });

  it('are written from memory, text and bytes', async () => {
    expect((await mc.sftpWriteData('grüß\n', 'text')).ok).toBe(true);
    expect((await mc.sftpWriteData(new Uint8Array([0, 255]), '~/bytes')).ok).toBe(true);
    expect((await mc.sftpWriteData('', 'nothing')).ok).toBe(true);
    expect(await readFile(on('a', 'text'), 'utf8')).toBe('grüß\n');
    expect(await readFile(on('b', 'bytes'))).toEqual(Buffer.from([0, 255]));
    expect(await readFile(on('b', 'nothing'))).toHaveLength(0);
    const again = await mc.sftpWriteData('grüß\n', 'text', { overwrite: 'if-different', verify: 'sha256' });
    expect(again.get('a')?.value).toMatchObject({ files: 0, skipped: 1 });
    await mkdir(on('a', 'directory'));
    const result = await mc.sftpWriteData('x', 'directory');
    expect(result.get('a')?.error).toMatchObject({ code: 'EISDIR', path: 'directory', key: 'a' });
    expect(result.get('b')?.ok).toBe(true);
  });

  it('are read as text, and written here as well where names are given', async () => {
    await writeFile(on('a', 'name'), 'I am a');
    await writeFile(on('b', 'name'), 'I am b');
    const read = await mc.sftpRead('name');
    expect([...read.values()].map(({ stdout, value }) => [stdout, value])).toEqual([
      ['I am a', 'I am a'],
      ['I am b', 'I am b'],
    ]);
    const kept = await mc.sftpRead('name', local('{key}.txt'));
    expect(kept.get('b')?.stdout).toBe('I am b');
    expect(await readFile(local('a.txt'), 'utf8')).toBe('I am a');
    const inside = await mc.sftpRead('name', here);
    expect(inside.get('b')?.stdout).toBe('I am b');
    expect(await readFile(local('b/name'), 'utf8')).toBe('I am b');
    expect(read.fold().map(({ keys, output }) => [keys, output])).toEqual([
      [['a'], 'I am a'],
      [['b'], 'I am b'],
    ]);
  });

  it('are read up to a limit, and a directory is none', async () => {
    await writeFile(on('a', 'name'), '12345');
    await mkdir(on('b', 'name'));
    const read = await mc.sftpRead('name', undefined, { maxBuffer: 4 });
    expect(read.get('a')).toMatchObject({ ok: false, stdout: '', error: { code: 'EFBIG', path: 'name' } });
    expect(read.get('b')).toMatchObject({ ok: false, stdout: '', error: { code: 'EISDIR', path: 'name' } });
    const kept = await mc.sftpRead('name', local('{key}'), { maxBuffer: 4 });
    expect([...kept.values()].map(({ error }) => error)).toMatchObject([{ code: 'EFBIG' }, { code: 'EISDIR' }]);
    expect(await readdir(here)).toEqual([]);
    expect((await mc.sftpRead('name', undefined, { maxBuffer: 5 })).get('a')?.stdout).toBe('12345');
  });

  it('are fetched into a place of each host, made where that is needed', async () => {
    await mkdir(on('a', 'tree/deep'), { recursive: true });
    await writeFile(on('a', 'tree/deep/file'), 'from a');
    await mkdir(on('b', 'tree'));
    const result = await mc.download('tree', local('new/'));
    expect(result.ok).toBe(true);
    expect(await readFile(local('new/a/deep/file'), 'utf8')).toBe('from a');
    expect(await readdir(local('new/b'))).toEqual([]);
    await writeFile(on('a', 'log'), 'log of a');
    const partly = await mc.download('log', local('logs/{key}/today/log'));
    expect(partly.get('a')?.ok).toBe(true);
    expect(partly.get('b')).toMatchObject({ ok: false, error: { code: 'ENOENT' } });
    expect(await readFile(local('logs/a/today/log'), 'utf8')).toBe('log of a');
    expect(await readdir(local('logs'))).toEqual(['a']);
  });

  it('that fail on one host hide nothing of another, nor of the rest of a tree', async () => {
    await mkdir(local('tree'));
    for (const name of ['one', 'two', 'three']) await writeFile(local(`tree/${name}`), name);
    await mkdir(on('a', 'there/two'), { recursive: true });
    const result = await mc.upload(local('tree'), 'there');
    const failed = result.get('a');
    expect(failed).toMatchObject({ ok: false, value: { files: 2 } });
    expect(failed?.error).toBeInstanceOf(TransferError);
    expect(failed?.error?.message).toMatch(/^1 of 3 files failed: EISDIR/);
    expect(failed?.error?.cause).toBeInstanceOf(FileError);
    expect(failed?.value?.failed).toHaveLength(1);
    expect(result.get('b')).toMatchObject({ ok: true, value: { files: 3, failed: [] } });
    expect(() => result.throwIfAnyFailed()).toThrow(/^1 of 2 hosts failed: a \(1 of 3 files failed/);
    expect(JSON.parse(JSON.stringify(result)).results[0].value.failed[0]).toMatchObject({ code: 'EISDIR' });
  });

  it('are not sent to a host that cannot be reached, whose result says so', async () => {
    await writeFile(local('file'), 'x');
    await using all = new MultiConnection(servers.targets);
    const result = await all.upload(local('file'), 'copy');
    expect([...result.values()].map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(result.get('down')?.error).toBeInstanceOf(ConnectError);
  });

  it('are not touched by a call that cannot be meant: no host is connected for it', async () => {
    await writeFile(local('file'), 'x');
    const calls = [
      () => mc.upload(local('missing'), 'copy'),
      () => mc.upload([], 'copy'),
      () => mc.upload([local('file'), local('file')], 'copy'),
      () => mc.upload(local('file'), 'copy', { concurrency: 0 }),
      () => mc.upload(local('file'), 'copy', { removeSource: true }),
      () => mc.upload([`${here}/`, local('file')], 'copy', { delete: true }),
      () => mc.sftpWriteData('x', 'file', { removeSource: true }),
      () => mc.upload(local('file'), ''),
      () => mc.upload(local('file'), 'a\0b'),
      () => mc.upload(JSON.parse('null'), 'copy'),
      () => mc.upload(local('file'), JSON.parse('7')),
      () => mc.sftpWrite(JSON.parse('null')),
      () => mc.sftpRead(''),
      () => mc.download('name', ''),
      () => mc.sftpWrite(local('missing')),
      () => mc.sftpWriteData('x', 'directory/'),
      () => mc.sftpWriteData('x', '~'),
      () => mc.sftpRead('name', local('one-for-all')),
      () => mc.sftpRead('name', undefined, { maxBuffer: -1 }),
      () => mc.download('name', local('one-for-all')),
      () => mc.download('name', here, { overwrite: 'error', batchSize: 0 }),
    ];
    for (const call of calls) await expect(call()).rejects.toBeInstanceOf(OptionError);
    expect([...mc.values()].map(({ state }) => state)).toEqual(['idle', 'idle']);
  });

  it('that are on their way leave nothing half-written when they are aborted', async () => {
    await writeFile(local('big'), Buffer.alloc(8 * 1024 * 1024, 7));
    const stop = new AbortController();
    const run = mc.upload(local('big'), 'big', {
      signal: stop.signal,
      onProgress: ({ bytes }) => {
        if (bytes > 0) stop.abort();
      },
    });
    const result = await run;
    expect([...result.values()].map(({ ok }) => ok)).toContain(false);
    for (const { key, ok, error } of result.values()) {
      if (!ok) expect(error).toBeInstanceOf(AbortError);
      expect(await readdir(servers.host(key).directory)).toEqual(ok ? ['big'] : []);
    }
  });

  it('are moved to the only host that there is, and never to several', async () => {
    await writeFile(local('file'), 'x');
    await using one = new MultiConnection(servers.targets.slice(0, 1));
    expect((await one.upload(local('file'), 'moved', { removeSource: true })).ok).toBe(true);
    expect(await readdir(here)).toEqual([]);
    expect(await readFile(on('a', 'moved'), 'utf8')).toBe('x');
    await expect(mc.upload(here, 'moved', { removeSource: true })).rejects.toThrow('take the source from the others');
  });

  it('that take longer than a host is given fail by its time limit', async () => {
    await writeFile(local('big'), Buffer.alloc(8 * 1024 * 1024, 7));
    const hanging = servers.host('a');
    await using one = new MultiConnection(servers.targets.slice(0, 1));
    try {
      const result = await one.upload(local('big'), 'big', {
        timeout: 1500,
        onProgress: ({ bytes }) => {
          if (bytes > 0) hanging.stall();
        },
      });
      expect(result.get('a')).toMatchObject({ ok: false, error: { name: 'TimeoutError', key: 'a', ms: 1500 } });
    } finally {
      hanging.unstall();
    }
  });

  it('are ended, and cleared up, when the fleet is closed', async () => {
    await writeFile(local('big'), Buffer.alloc(8 * 1024 * 1024, 7));
    let closing: Promise<void> | undefined;
    const run = mc.upload(local('big'), 'big', {
      onProgress: ({ bytes }) => {
        if (bytes > 0) closing ??= mc.close();
      },
    });
    const result = await run;
    await closing;
    for (const { key, ok } of result.values()) {
      expect(await readdir(servers.host(key).directory)).toEqual(ok ? ['big'] : []);
    }
    await expect(mc.upload(local('big'), 'big')).rejects.toBeInstanceOf(ClosedError);
  });

  it('are only looked at in a dry run', async () => {
    await writeFile(on('a', 'log'), 'a');
    await writeFile(on('b', 'log'), 'b');
    const fetched = await mc.download('log', local('logs/{key}/log'), { dryRun: true });
    expect(fetched.get('a')).toMatchObject({ ok: true, value: { files: 1, bytes: 1 } });
    await mc.sftpWriteData('x', 'other', { dryRun: true });
    expect(await readdir(here)).toEqual([]);
    expect(await readdir(servers.host('a').directory)).toEqual(['log']);
  });

  it('of a list have the progress of all of it', async () => {
    for (const name of ['one', 'two']) await writeFile(local(name), 'x'.repeat(1000));
    const seen: { bytes: number; files: number; complete: boolean }[] = [];
    await mc.upload([local('one'), local('two')], 'into', {
      onProgress: ({ bytes, files, complete }, key) => {
        if (key === 'a') seen.push({ bytes, files, complete });
      },
    });
    expect(seen.at(-1)).toEqual({ bytes: 2000, files: 2, complete: true });
    expect(seen.every(({ bytes, complete }) => !complete || bytes >= 1000)).toBe(true);
  });
});
