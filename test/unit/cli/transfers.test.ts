import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localName } from '../../../src/cli/get/get.js';
import { isDirectoryName } from '../../../src/cli/put/put.js';
import { makePaint } from '../../../src/cli/terminal/paint.js';
import { DryRun } from '../../../src/cli/transfer/dry-run.js';
import { hostFlags, type TransferFlags, transferOptions } from '../../../src/cli/transfer/transfer-flags.js';
import { stateOf, type TransferResult, withoutEcho } from '../../../src/cli/transfer/transfer-result.js';
import { type TransferAction, TransferTally, totalsLine } from '../../../src/cli/transfer/transfer-summary.js';
import { makeView } from '../../../src/cli/transfer/transfer-views.js';
import { AbortError, TimeoutError } from '../../../src/core/errors.js';
import { FileError } from '../../../src/core/file-error.js';
import type { TransferSummary } from '../../../src/core/transfer-summary.js';
import type { EntryOutcome } from '../../../src/remote/transfer/entry-outcome.js';
import { TransferError } from '../../../src/remote/transfer/transfer-error.js';
import { screens } from './results.js';

const NOTHING: TransferSummary = {
  files: 0,
  bytes: 0,
  directories: 0,
  links: 0,
  skipped: 0,
  deleted: 0,
  failed: [],
  durationMs: 1,
};

function done(key: string, summary: Partial<TransferSummary> = { files: 1, bytes: 1024 }): TransferResult {
  return { key, host: key, ok: true, value: { ...NOTHING, ...summary }, durationMs: 400 };
}

function failed(key: string, error: Error, durationMs: number = 400): TransferResult {
  return { key, host: key, ok: false, error, durationMs };
}

function denied(path: string): FileError {
  return new FileError('EACCES', { syscall: 'open', path });
}

function partly(key: string, paths: readonly string[]): TransferResult {
  const value = { ...NOTHING, files: 3, bytes: 30, failed: paths.map(denied) };
  return { key, host: key, ok: false, value, error: new TransferError('some failed', value), durationMs: 400 };
}

describe('what a transfer came to', () => {
  const sum = (
    results: readonly TransferResult[],
    action: TransferAction = 'put',
    dryRun = false,
    read = 0,
  ): string => {
    const tally = new TransferTally();
    tally.read(read);
    for (const result of results) tally.add(result);
    const total = results.length;
    const totals = tally.totals({ total, dryRun, durationMs: 12_300, interrupted: false });
    return totalsLine(totals, { action, overwrite: undefined }, makePaint(false));
  };

  it('is a line with what was sent to all, and the hosts that had it already', () => {
    expect(sum([done('a'), done('b'), done('c', { skipped: 1 })])).toBe(
      '2 hosts done, 1 skipped (same content) · 1 file, 1 KiB each · 2 KiB sent · 12.3 s',
    );
    expect(sum([done('a'), done('b')], 'put', false, 1024)).toBe(
      '2 hosts done · 1 file, 1 KiB each · read once, 2 KiB sent · 12.3 s',
    );
    expect(sum([done('a'), done('b')], 'put', false, 1500)).toBe(
      '2 hosts done · 1 file, 1 KiB each · 1.5 KiB read, 2 KiB sent · 12.3 s',
    );
    expect(sum([done('a')], 'get')).toBe('1 host done · 1 file, 1 KiB received · 12.3 s');
    expect(sum([done('a', { skipped: 9, deleted: 2 })])).toBe('1 host done · 2 files deleted · 12.3 s');
    expect(sum([done('a', { files: 2, bytes: 5, deleted: 1 })], 'put', true)).toBe(
      'dry run: 1 host done · 2 files, 5 B would be sent · 1 file would be deleted · 12.3 s',
    );
  });

  it('counts hosts by how they failed, and the files that did', () => {
    const late = new AbortError('Not started: 1 host had failed before its turn, and 0 may fail.');
    const results = [
      partly('a', ['/x', '/y']),
      failed('b', denied('/x')),
      failed('c', new AbortError('Interrupted.')),
      { ...failed('d', late, 0), outcome: 'skipped' as const },
    ];
    expect(results.map(stateOf)).toEqual(['failed', 'failed', 'interrupted', 'not started']);
    expect(sum(results)).toBe(
      '0 hosts done, 2 failed, 1 interrupted, 1 not started · 3 files, 30 B sent · 2 files failed · 12.3 s',
    );
  });

  it('says in JSON once which files failed', () => {
    const record = JSON.parse(JSON.stringify(withoutEcho(partly('a', ['/x']))));
    expect(record).toMatchObject({ value: { failed: [{ code: 'EACCES', path: '/x' }] } });
    expect(record.error).toMatchObject({ code: 'ERR_HAWSER_TRANSFER', message: 'some failed' });
    expect(record.error.summary).toBeUndefined();
    expect(withoutEcho(failed('a', new RangeError('odd')))).toMatchObject({
      error: { name: 'RangeError', message: 'odd' },
    });
  });
});

describe('the lines of a transfer', () => {
  const lines = (...results: TransferResult[]): string => {
    const { output, text } = screens();
    const keys = results.map(({ key }) => key);
    const view = makeView('lines', { output, paint: makePaint(false), action: 'put', keys, trustFlags: [] });
    for (const result of results) view.result(result);
    output.flush();
    return text('stdout');
  };

  it('are of the hosts that failed, and of each file, as many as can be taken in', () => {
    expect(lines(done('web1'), failed('db', denied('/x')))).toBe("db   ✗ EACCES: permission denied, open '/x'\n");
    const many = lines(
      partly(
        'a',
        Array.from({ length: 25 }, (_, i) => `/f${i}`),
      ),
    ).split('\n');
    expect(many.length).toBe(13);
    expect(many[0]).toBe('a ✗ 25 files failed');
    expect(many[10]).toBe("a ✗ EACCES: permission denied, open '/f9'");
    expect(many[11]).toBe('a ✗ and 15 more files');
  });

  it('say what hung, and obey no name', () => {
    const hung = new TimeoutError('Nothing moved for 5 ms while sending.', { phase: 'transfer', ms: 5 });
    expect(lines(failed('a', hung))).toBe('a ✗ Nothing moved for 5 ms while sending.\n');
    const limit = new TimeoutError('a was not done within 5 ms.', { phase: 'execute', ms: 5 });
    expect(lines(failed('a', limit))).toBe('a ✗ timed out after 5 ms\n');
    expect(lines(failed('a\u001b[2J', denied('/\u001b[2J\n')))).toBe(
      "a\\x1b[2J ✗ EACCES: permission denied, open '/\\x1b[2J\\n'\n",
    );
  });
});

describe('the lists of a dry run', () => {
  const file = (action: EntryOutcome['action'], path: string, size: number = 1536): EntryOutcome => {
    return { action, kind: 'file', path, size };
  };

  function show(plan: DryRun, keys: readonly string[], action: TransferAction = 'put'): string[] {
    const { output, text } = screens();
    const view = makeView('lines', { output, paint: makePaint(false), action, keys, trustFlags: [], plan });
    view.end(
      keys.map((key) => done(key)),
      new TransferTally().totals({ total: keys.length, dryRun: true, durationMs: 1, interrupted: false }),
    );
    output.flush();
    return text('stdout').trimEnd().split('\n');
  }

  it('name each thing once for all hosts that it is the same for, and those that have nothing to do', () => {
    const plan = new DryRun();
    for (const key of ['web1', 'web2', 'db']) {
      const entries: EntryOutcome[] = [
        file('deleted', 'b/old'),
        { action: 'copied', kind: 'directory', path: 'b', size: undefined },
        file('copied', 'b/new'),
        { action: 'copied', kind: 'link', path: 'a', size: undefined },
        file('skipped', 'c', 12),
      ];
      // Files are under way at once: hosts tell of them in orders of their own.
      for (const entry of key === 'web2' ? entries.reverse() : entries) plan.add(entry, key);
    }
    plan.add(file('copied', 'more'), 'db');
    expect(show(plan, ['web1', 'web2', 'db', 'idle'])).toEqual([
      '── web[1-2] · 2 hosts · 3 to send, 1 to delete, 1 to skip ──────',
      'send        link  a',
      'send              b/',
      'send     1.5 KiB  b/new',
      'delete   1.5 KiB  b/old',
      'skip        12 B  c',
      '── db · 1 host · 4 to send, 1 to delete, 1 to skip ─────────────',
      'send        link  a',
      'send              b/',
      'send     1.5 KiB  b/new',
      'send     1.5 KiB  more',
      'delete   1.5 KiB  b/old',
      'skip        12 B  c',
      '── idle · 1 host · nothing to do ───────────────────────────────',
    ]);
  });

  it('are as long as can be taken in, and obey no name', () => {
    const plan = new DryRun();
    for (let i = 0; i < 250; i += 1) plan.add(file('copied', `f${String(i).padStart(3, '0')}`), 'a');
    plan.add(file('skipped', ' \u001b[2J\n\tx'), 'a');
    const lines = show(plan, ['a'], 'get');
    expect(lines).toHaveLength(1 + 100 + 1 + 1);
    expect(lines[100]).toBe('fetch    1.5 KiB  f099');
    expect(lines[101]).toBe('and 150 more to fetch: --output json lists all');
    expect(lines[102]).toBe('skip     1.5 KiB   \\x1b[2J\\n\\tx');
    const keys = Array.from({ length: 25 }, (_, i) => `host${i}`);
    for (const [index, key] of keys.entries()) plan.add(file('copied', `of its own ${index}`), key);
    expect(show(plan, keys).at(-1)).toBe('5 more hosts, each another list: --output json has all');
  });

  it('are whole in JSON, for each host that was looked at', () => {
    const plan = new DryRun();
    for (let i = 0; i < 250; i += 1) plan.add(file('copied', `f${i}`, i), 'a');
    for (const kind of ['json', 'ndjson'] as const) {
      const { output, text } = screens();
      const keys = ['a', 'b'];
      const view = makeView(kind, { output, paint: makePaint(false), action: 'put', keys, trustFlags: [], plan });
      const results = [done('a'), failed('b', denied('/x'))];
      for (const result of results) view.result(result);
      const tally = new TransferTally();
      view.end(results, tally.totals({ total: 2, dryRun: true, durationMs: 1, interrupted: false }));
      output.flush();
      const [a, b] =
        kind === 'json'
          ? JSON.parse(text('stdout')).results
          : text('stdout')
              .trimEnd()
              .split('\n')
              .map((line) => JSON.parse(line));
      expect(a.entries).toHaveLength(250);
      expect(a.entries).toContainEqual({ action: 'copied', kind: 'file', path: 'f249', size: 249 });
      expect(b).not.toHaveProperty('entries');
    }
  });
});

describe('the names of put and get', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hawser-get-'));
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('are of a directory where nothing else can be meant', () => {
    expect(['/opt/', '.', '..', 'a/..', './', '~', '~root', ''].filter((path) => !isDirectoryName(path))).toEqual([]);
    expect(['/opt', 'a.b', 'a..', '~/x', 'x~'].filter(isDirectoryName)).toEqual([]);
  });

  it('keep the remote name in a local directory, below the host where there are several', async () => {
    expect(await localName('/etc/nginx', `${directory}/`, 2)).toBe(`${directory}/{key}/nginx`);
    expect(await localName('/etc/nginx', directory, 2)).toBe(`${directory}/{key}/nginx`);
    expect(await localName('/etc/nginx/', directory, 2)).toBe(`${directory}/{key}/`);
    expect(await localName('/etc/nginx', directory, 1)).toBe(`${directory}/nginx`);
    expect(await localName('/etc/nginx/', directory, 1)).toBe(`${directory}/`);
    expect(await localName('~', `${directory}/`, 1)).toBe(`${directory}/`);
    expect(await localName('/etc/nginx', 'new-{key}/', 2)).toBe('new-{key}/nginx');
    expect(await localName('/etc/nginx', 'new-{key}', 2)).toBe('new-{key}');
    expect(await localName('/etc/nginx', '.', 2)).toBe('{key}/nginx');
  });
});

it('tells the flags that choose hosts from those that choose files', () => {
  const flags: TransferFlags = {
    color: 'never',
    atomic: true,
    output: 'lines',
    hosts: ['web[1-3]'],
    excludeHosts: ['web2'],
    exclude: ['*.log'],
    timeout: 5000,
    follow: true,
  };
  expect(hostFlags(flags)).toMatchObject({ hosts: ['web[1-3]'], exclude: ['web2'] });
  expect(transferOptions(flags)).toMatchObject({
    exclude: ['*.log'],
    timeout: 5000,
    followSymlinks: true,
    atomic: true,
  });
  expect(hostFlags({ color: 'never', atomic: true, output: 'lines', exclude: ['*.log'] })).not.toHaveProperty(
    'exclude',
  );
});
