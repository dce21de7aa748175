import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunId, type RunRecord, readRunRecord } from '../../../../src/cli/runs/run-record.js';
import { newRunId, RunStore, runsDirectory } from '../../../../src/cli/runs/run-store.js';
import { OptionError, ParseError } from '../../../../src/core/hawser-error.js';

let directory: string;
let store: RunStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-runs-'));
  store = new RunStore(join(directory, 'state', 'runs'));
});

afterEach(() => rm(directory, { recursive: true }));

/** A run, so many seconds after the first one. */
function run(second: number, fields: Partial<RunRecord> = {}): RunRecord {
  const at = new Date(Date.UTC(2026, 10, 22, 8, 0, second));
  return {
    format: 'hawser/run',
    version: 1,
    id: newRunId(at),
    at: at.toISOString(),
    durationMs: 5,
    command: 'uptime',
    reach: [],
    how: [],
    env: [],
    stdin: false,
    interrupted: false,
    hosts: [{ key: 'a', host: 'a', ok: true, outcome: 'exit', status: 0, signal: null, durationMs: 4 }],
    ...fields,
  };
}

describe('the store of runs', () => {
  it('is where the XDG specification says, which knows no relative paths', () => {
    expect(runsDirectory({ XDG_STATE_HOME: '/s' })).toBe('/s/hawser/runs');
    for (const state of [undefined, '', 'relative']) {
      expect(runsDirectory({ XDG_STATE_HOME: state })).toBe(join(homedir(), '.local/state/hawser/runs'));
    }
  });

  it('keeps what it is given, the newest first, for its owner alone', async () => {
    expect(await store.list()).toEqual({ runs: [], faults: [] });
    const runs = [run(1), run(3), run(2)];
    for (const one of runs) store.write(one);
    expect((await store.list()).runs).toEqual([runs[1], runs[2], runs[0]]);
    expect((await stat(store.directory)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(store.directory)) {
      expect((await stat(join(store.directory, name))).mode & 0o777).toBe(0o600);
    }
  });

  it('closes a directory that was open to others', async () => {
    await mkdir(store.directory, { recursive: true });
    await chmod(store.directory, 0o755);
    store.write(run(1));
    expect((await stat(store.directory)).mode & 0o777).toBe(0o700);
  });

  it('keeps fifty', async () => {
    for (let second = 0; second < 53; second += 1) store.write(run(second));
    const { runs } = await store.list();
    expect(runs.length).toBe(50);
    expect(runs.at(-1)?.at).toBe(run(3).at);
  });

  it('finds the last run, and one by the beginning of its name', async () => {
    const [first, last] = [run(1), run(70)];
    store.write(first);
    store.write(last);
    expect(await store.find(undefined)).toEqual({ run: last, faults: [] });
    expect((await store.find(first.id)).run).toEqual(first);
    expect((await store.find('20261122-0800')).run).toEqual(first);
    await expect(store.find('20261122')).rejects.toThrow('the beginning of ');
    await expect(store.find('20251122')).rejects.toThrow('There is no run 20251122');
    await expect(store.find('uptime')).rejects.toThrow('Expected the name of a run, got "uptime"');
    await expect(new RunStore(join(directory, 'none')).find(undefined)).rejects.toThrow(OptionError);
  });

  it('says which files are no runs, and reads the others', async () => {
    const good = run(1);
    store.write(good);
    const foreign: Readonly<Record<string, string>> = {
      'notes.txt': 'x',
      '20261122-080002-0000.json': '{',
      '20261122-080003-0000.json': JSON.stringify(run(3)),
      '20261122-080004-0000.json': JSON.stringify({ ...run(4), version: 2 }),
      '20261122-080005-0000.json': JSON.stringify({ ...run(5), hosts: [{ key: 1 }] }),
      '20261122-080006-0000.json': 'null',
    };
    for (const [name, text] of Object.entries(foreign)) await writeFile(join(store.directory, name), text);
    await mkdir(join(store.directory, '20261122-080007-0000.json'));
    await symlink('/dev/zero', join(store.directory, '20261122-080008-0000.json'));
    const { runs, faults } = await store.list();
    expect(runs).toEqual([good]);
    expect(faults.length).toBe(Object.keys(foreign).length + 2);
    for (const name of Object.keys(foreign)) expect(faults.some((fault) => fault.includes(name))).toBe(true);
    expect(faults.join('\n')).toContain('Expected a record of version 1, got 2');
    expect(faults.join('\n')).toContain('`hosts`');
    await expect(store.find('20261122-080005-0000')).rejects.toThrow('`hosts`');
  });

  it('never shows a half-written run, and forgets no other for it', async () => {
    store.write(run(1));
    await writeFile(join(store.directory, `.new-${run(2).id}`), '{"format"');
    expect(await store.list()).toMatchObject({ runs: [{ at: run(1).at }], faults: [] });
  });

  it('throws where nothing can be written', async () => {
    await writeFile(join(directory, 'file'), '');
    expect(() => new RunStore(join(directory, 'file', 'runs')).write(run(1))).toThrow('ENOTDIR');
  });
});

describe('the record of a run', () => {
  it('names the file and the field at fault', () => {
    expect(() => readRunRecord('{', 'f')).toThrow(ParseError);
    expect(() => readRunRecord(JSON.stringify({ ...run(1), command: 5 }), 'f')).toThrow(
      'f:1:1: Expected the field `command`',
    );
    expect(() => readRunRecord(JSON.stringify({ ...run(1), id: '../x' }), 'f')).toThrow('`id`');
    expect(readRunRecord(JSON.stringify(run(1, { command: null })), 'f').command).toBeNull();
  });

  it('has a name that sorts by its moment', () => {
    const id = newRunId(new Date('2026-11-22T08:15:30.123Z'));
    expect(id).toMatch(/^20261122-081530-[0-9a-f]{4}$/);
    expect(isRunId(id)).toBe(true);
  });
});
