import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelJob } from '../../../../src/remote/batch/cancel-job.js';
import type { FarRecord } from '../../../../src/remote/batch/far-record.js';
import { noteIds } from '../../../../src/remote/batch/note-id.js';
import { parseRecords } from '../../../../src/remote/batch/parse-records.js';
import { readRecords } from '../../../../src/remote/batch/read-records.js';
import { runShell, SHELLS } from './shells.js';

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'hawser-records-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Makes a record of these files, and gives its name. */
function make(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  mkdirSync(join(base, name, 'submit.lock'), { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(base, name, file), content);
  return name;
}

const BOOT = 'abc-def';

describe.each(SHELLS)('reading records in %s', (shellName, ...shell) => {
  const read = async (names: readonly string[], part: 'all' | 'run' = 'all'): Promise<Map<string, FarRecord>> =>
    parseRecords((await runShell(shell, readRecords(names, { part }), base)).stdout);

  it('reads many at once, under the names that they were asked for', async () => {
    const names = ['plain', '-n', 'a b\n\'"%s$(id)`', 'x'.repeat(200), 'é日本🚢', '~', join(base, 'absolute')];
    names.forEach((name, i) => {
      const place = name.startsWith('/') ? name.slice(base.length + 1) : name;
      if (name !== '~') make(place, { exit: `${i} 1700000000 -\n` });
    });
    const found = await read([...names, 'not there', 'plain/exit/x']);
    names.forEach((name, i) => {
      if (name !== '~')
        expect(found.get(name)).toMatchObject({ missing: false, exit: { status: i, at: 1_700_000_000_000 } });
    });
    expect(found.get('not there')).toEqual({ missing: true, ready: false });
    expect(found.get('plain/exit/x')).toEqual({ missing: true, ready: false });
  });

  it('reads what a run has left, and less where only that is asked for', async () => {
    make('one', {
      READY: '',
      started: `node1 ${BOOT} 12 345 1700000000 17.2\n`,
      'submit.lock/owner': `node1 ${BOOT} 9 8 1\n`,
      'submit.lock/status': '0 1700000000      \n',
      'submit.lock/out': '17\n',
      'submit.lock/id': '17   \n',
    });
    const run = { started: { host: 'node1', boot: BOOT, pid: 12, start: '345', at: 1_700_000_000_000, id: '17.2' } };
    expect((await read(['one'])).get('one')).toEqual({
      missing: false,
      ready: true,
      lock: { owner: { host: 'node1', boot: BOOT, pid: 9, start: '8' }, alive: undefined, begun: false },
      submit: { status: 0, stdout: '17\n', stderr: '' },
      id: '17',
      ...run,
    });
    expect((await read(['one'], 'run')).get('one')).toEqual({ missing: false, ready: false, ...run });
  });

  it('tells the id that was found in the queue, where the answer has none, or another', async () => {
    const lock = { 'submit.lock/owner': `node1 ${BOOT} 9 8 2\n` };
    make('nameless', lock);
    make('named', { ...lock, 'submit.lock/status': '1 1700000000\n', 'submit.lock/id': 'rubbish\n' });
    make('known', { ...lock, 'submit.lock/found': '16\n' });
    make('past', lock);
    const ids = ['nameless', 'named', 'known'].map((record) => ({ record, attempt: 2, id: "17'" }));
    await runShell(
      shell,
      noteIds([...ids, { record: 'past', attempt: 1, id: '17' }, { record: 'no', attempt: 1, id: '1' }]),
      base,
    );
    const found = await read(['nameless', 'named', 'known', 'past']);
    expect([...found.values()].map(({ id, found: isFound }) => [id, isFound])).toEqual([
      ["17'", true],
      ["17'", true],
      ['16', true],
      [undefined, undefined],
    ]);
    expect(readdirSync(join(base, 'nameless/submit.lock')).toSorted()).toEqual(['found', 'owner']);
    expect(readdirSync(base)).not.toContain('no');
  });

  it('tells who is ending a job, and that it was ended, but not who has left off', async () => {
    const name = `ending ${shellName}`;
    make(name, { exit: '3 1700000000 -\n' });
    const script = cancelJob(name, `${readRecords([name], { part: 'run' })}exit 3`);
    const during = await runShell(shell, script, base);
    expect(during.status).toBe(3);
    expect(parseRecords(during.stdout).get(name)).toMatchObject({ cancelling: true });
    expect((await read([name])).get(name)).not.toHaveProperty('cancelling');
    expect((await read([name])).get(name)).not.toHaveProperty('cancelled');
    const killed = await runShell(shell, cancelJob(name, 'kill -9 $$'), base);
    expect(killed.status).not.toBe(0);
    expect(readdirSync(join(base, name))).toContain('cancelling');
    const left = (await read([name])).get(name);
    expect([left?.cancelling, left?.cancelled]).toEqual([undefined, undefined]);
    expect(await runShell(shell, cancelJob(name, 'echo said; (exit 0)'), base)).toMatchObject({
      status: 0,
      stdout: 'said\n',
    });
    expect((await read([name])).get(name)).toMatchObject({ cancelled: { at: expect.any(Number) } });
    expect(readdirSync(join(base, name))).not.toContain('cancelling');
  });

  it('tells an owner that runs from one that does not', async () => {
    const [host, boot, start] = spawnSync(
      'sh',
      ['-c', 'uname -n; cat /proc/sys/kernel/random/boot_id; cut -d" " -f22 /proc/$PPID/stat'],
      { encoding: 'utf8' },
    ).stdout.split('\n');
    const owner = async (words: string): Promise<boolean | undefined> => {
      make('owned', { 'submit.lock/owner': `${words}\n` });
      return (await read(['owned'])).get('owned')?.lock?.alive;
    };
    expect(await owner(`${host} ${boot} ${process.pid} ${start} 1`)).toBe(true);
    expect(await owner(`${host} ${boot} ${process.pid} ${start}9 1`)).toBe(false);
    expect(await owner(`${host} 0-0 ${process.pid} ${start} 1`)).toBe(false);
    expect(await owner(`${host} - ${process.pid} - 1`)).toBe(undefined);
    expect(await owner(`other ${boot} ${process.pid} ${start} 1`)).toBe(undefined);
    make('owned', { 'submit.lock/owner': '' });
    expect((await read(['owned'])).get('owned')?.lock).toEqual({ owner: undefined, alive: undefined, begun: false });
  });

  it('passes on any bytes of an answer, and reads no more of a file than it can need', async () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
    make('big', { 'submit.lock/status': '1 1700000000\n', 'submit.lock/out': bytes, exit: '0 1700000000 -\n' });
    truncateSync(join(base, 'big', 'submit.lock', 'out'), 2 ** 34);
    writeFileSync(join(base, 'big', 'submit.lock', 'err'), bytes);
    truncateSync(join(base, 'big', 'exit'), 2 ** 34);
    const text = (await runShell(shell, readRecords(['big', 'one']), base)).stdout;
    expect(text.length).toBeLessThan(100_000);
    const record = parseRecords(text).get('big');
    expect(record?.submit?.stderr).toBe(new TextDecoder().decode(bytes));
    expect(record?.submit?.stdout).toHaveLength(65_536 - 512 + new TextDecoder().decode(bytes).length);
    expect(record?.exit).toBeUndefined();
    expect(record?.trouble).toContain('exit: ');
    expect(parseRecords(text).has('one')).toBe(true);
  });

  it('does not wait for what is no file', async () => {
    const odd = make(`odd ${shellName}`, {});
    spawnSync('mkfifo', [join(base, odd, 'exit')]);
    symlinkSync('/dev/zero', join(base, odd, 'started'));
    mkdirSync(join(base, odd, 'cancelled'));
    const record = (await read([odd])).get(odd);
    expect(record).toMatchObject({ missing: false, trouble: expect.stringContaining('no file') });
    expect(record?.exit).toBeUndefined();
  });
});

describe('what a machine answers about records', () => {
  it('is taken for nothing more where it breaks off', async () => {
    make('a', { exit: '0 1700000000 -\n' });
    make('b', { exit: '3 1700000000 -\n' });
    const { stdout } = await runShell(['sh'], readRecords(['a', 'b', 'c']), base);
    const whole = parseRecords(stdout);
    expect(whole.size).toBe(3);
    for (let length = 0; length < stdout.length; length += 1) {
      for (const [name, record] of parseRecords(stdout.slice(0, length))) expect(record).toEqual(whole.get(name));
    }
  });

  it('is the trouble of the record where it makes no sense, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        make('any', {
          exit: bytes,
          started: bytes,
          cancelled: bytes,
          'submit.lock/owner': bytes,
          'submit.lock/status': bytes,
          'submit.lock/id': bytes,
        });
        const { stdout } = await runShell(['sh'], readRecords(['any', 'a']), base);
        const found = parseRecords(stdout);
        expect([...found.keys()]).toEqual(['any', 'a']);
        expect(found.get('any')?.trouble).toContain('started: ');
        expect(found.get('a')?.trouble).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it.skipIf(process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).error !== undefined)(
    'is no absence where the machine may not look',
    async () => {
      const closed = join(base, 'closed');
      mkdirSync(join(closed, 'r'), { recursive: true });
      chmodSync(base, 0o755);
      chmodSync(closed, 0o000);
      const words = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--clear-groups', 'sh'] : ['sh'];
      const { stdout } = await runShell(words, readRecords([join(closed, 'r'), closed]), '/');
      const found = parseRecords(stdout);
      expect(found.get(join(closed, 'r'))).toMatchObject({
        missing: false,
        trouble: expect.stringContaining('looked at'),
      });
      expect(found.get(closed)).toMatchObject({ missing: false, trouble: expect.stringContaining('entered') });
    },
  );

  it('is nothing where there are no marks', () => {
    expect(parseRecords('').size).toBe(0);
    expect(parseRecords('hawser-records zzz\n').size).toBe(0);
  });
});
