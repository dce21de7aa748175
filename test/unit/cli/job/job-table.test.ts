import { describe, expect, it } from 'vitest';
import { formatClock } from '../../../../src/cli/job/job-clock.js';
import { remarkOn, remarkText } from '../../../../src/cli/job/job-remark.js';
import { inOrder, type JobRow, nameOfJob, rowOf, shortId } from '../../../../src/cli/job/job-row.js';
import { type TableOptions, tableLines } from '../../../../src/cli/job/job-table.js';
import { liveLines, lookedWords } from '../../../../src/cli/job/live-lines.js';
import type { Trouble } from '../../../../src/cli/job/machine-trouble.js';
import { makePaint } from '../../../../src/cli/terminal/paint.js';
import { columnsOf } from '../../../../src/cli/terminal/text.js';
import { HawserError } from '../../../../src/core/hawser-error.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;
const paint = makePaint(false);

function row(more: Partial<JobRow>): JobRow {
  const made = NOW - 90 * MINUTE;
  return { machine: 'hpc', key: 'si', name: 'si', directory: 'si', createdAt: made, state: 'queued', ...more };
}

const running = row({
  id: '48213',
  key: 'si-relax-7',
  state: 'running',
  host: 'node042',
  queuedAt: NOW - 65 * MINUTE,
  startedAt: NOW - 64 * MINUTE - 11_000,
});
const lost = row({ key: 'si-relax-8', state: 'submit-unknown' });
const failed = row({
  id: '48200',
  key: 'si-bands',
  state: 'failed',
  exitStatus: 3,
  startedAt: NOW - 60 * MINUTE,
  endedAt: NOW - 59 * MINUTE,
});

function table(rows: readonly JobRow[], more: Partial<TableOptions> = {}): string[] {
  return tableLines(rows, { paint, now: NOW, columns: undefined, remarks: 'brief', ...more });
}

describe('a table of jobs', () => {
  it('has a line for each, in columns, and behind it what is worth knowing', () => {
    expect(table([running, lost, failed])).toEqual([
      'JOB    MACHINE  STATE           QUEUED  RAN      KEY',
      '48213  hpc      running         0:49    1:04:11  si-relax-7  on node042',
      '–      hpc      submit-unknown  ?       –        si-relax-8  nobody can tell whether it was submitted → hawser job resolve si-relax-8 -m hpc',
      '48200  hpc      failed          30:00   1:00     si-bands    exit 3',
    ]);
  });

  it('puts a command that is to be typed on a line of its own where there is no room, and never cuts it off', () => {
    expect(table([running, lost], { columns: 80 })).toEqual([
      'JOB    MACHINE  STATE           QUEUED  RAN      KEY',
      '48213  hpc      running         0:49    1:04:11  si-relax-7  on node042',
      '–      hpc      submit-unknown  ?       –        si-relax-8',
      '  nobody can tell whether it was submitted',
      '  → hawser job resolve si-relax-8 -m hpc',
    ]);
  });

  it('leaves columns away on a narrow terminal, those first without which a job is still known', () => {
    const titles = (columns: number): string | undefined => table([running, lost, failed], { columns })[0];
    expect([60, 45, 38].map(titles)).toEqual([
      'JOB    MACHINE  STATE           QUEUED  RAN      KEY',
      'JOB    STATE           RAN      KEY',
      'JOB    STATE           KEY',
    ]);
  });

  it('is never wider than the terminal while it is live', () => {
    const long = row({ id: '9'.repeat(40), machine: 'm'.repeat(40), key: 'k'.repeat(200), reason: 'r'.repeat(300) });
    for (const columns of [48, 60, 80, 120]) {
      for (const line of table([running, lost, failed, long], { columns, remarks: 'one-line' })) {
        expect(columnsOf(line)).toBeLessThan(columns);
      }
    }
  });

  it('cuts a long key where a remark needs the room', () => {
    const [, line = ''] = table([row({ ...failed, key: `relax-${'x'.repeat(60)}` })], { columns: 80 });
    expect(line).toMatch(/ relax-x{17,}… {2}exit 3$/);
  });

  it('shows names with what could move the cursor made visible', () => {
    const [, line = ''] = table([row({ key: 'a\u001b[2Jb', reason: 'no\nroom\u202e' })]);
    expect(line).toContain('a\\x1b[2Jb  no room\\u202e');
  });

  it('says the same with colours', () => {
    const painted = table([running, lost, failed], { paint: makePaint(true) }).join('\n');
    expect(painted.replaceAll(/\u001b\[\d*m/g, '').replaceAll(/ +$/gm, '')).toBe(
      table([running, lost, failed]).join('\n'),
    );
    expect(painted).toContain('\u001b[31mfailed');
  });
});

describe('a live table', () => {
  const many = Array.from({ length: 30 }, (_, i) =>
    row({ key: `old-${i}`, state: 'done', startedAt: NOW - MINUTE, endedAt: NOW - 1000 * i }),
  );
  const live = (rows: readonly JobRow[], troubles: readonly Trouble[] = []): string[] =>
    liveLines({ rows, troubles, when: lookedWords(NOW, [5000, 30_000]) }, { paint, now: NOW, columns: 70, rows: 10 });

  it('is no higher than the terminal, and keeps the jobs that have not ended', () => {
    const lines = live([...many, running]);
    expect(lines.length).toBeLessThan(10);
    expect(lines.join('\n')).toContain('si-relax-7');
    expect(lines.join('\n')).toContain('old-0');
    expect(lines.at(-1)).toMatch(/^as of \d\d:\d\d:\d\d, every 5 to 30 s · 30 done · 1 running · 24 not shown$/);
  });

  it('says which machines could not be asked', () => {
    const error = new HawserError('ERR', `it is ${'far '.repeat(40)}`);
    const lines = live([], [{ machine: 'hpc', error }]);
    expect(lines[0]).toMatch(/^hpc ✗ it is far .*…$/);
    const many = live([running], Array(30).fill({ machine: 'hpc', error }));
    expect(many).toHaveLength(5);
    expect(many.at(-1)).toMatch(/ · 28 more ✗$/);
    expect(lines[1]).toMatch(/^as of \S+, every 5 to 30 s$/);
  });
});

describe('what is said of a job', () => {
  it('says what to do wherever its state is not known', () => {
    const next = (more: Partial<JobRow>): string | undefined => remarkOn(row({ key: 'a b', ...more })).next;
    expect(next({ state: 'submit-unknown' })).toBe("hawser job resolve 'a b' -m hpc");
    expect(next({ state: 'unknown' })).toBe("find out: hawser job wait 'a b' -m hpc");
    expect(next({ state: 'unknown', word: 'XY' })).toBe("look again: hawser job status 'a b' -m hpc");
    expect(next({ state: 'lost' })).toBe("see how far it came: hawser job output 'a b' -m hpc");
  });

  it('says why it waits, and how it ended', () => {
    expect(remarkText(row({ reason: 'Resources' }))).toBe('Resources');
    expect(remarkText(row({ state: 'failed', signal: 'SIGKILL', exitStatus: 137, reason: 'OUT_OF_MEMORY' }))).toBe(
      'ended by SIGKILL, OUT_OF_MEMORY',
    );
    expect(remarkText(row({ state: 'done', exitStatus: 0 }))).toBe('');
  });
});

it('calls a process by its number, and every other job by its whole id', () => {
  const process = '4711:6423949:9d38c553-1d5a-4b0b-bd83-6e146006ee9c:vm';
  expect([process, '48213', '48213_7', '12.1-3:1'].map(shortId)).toEqual(['4711', '48213', '48213_7', '12.1-3:1']);
  expect(nameOfJob({ key: 'si' })).toBe('si');
  const job = { machine: 'hpc', id: '', key: 'si', name: 'si', directory: 'si', createdAt: 1 };
  expect(rowOf(job, { state: 'submit-unknown' })).not.toHaveProperty('id');
});

it('puts jobs in the order of machines, then of their making', () => {
  const rows = [row({ machine: 'b', key: '1' }), row({ key: '2', createdAt: NOW }), row({ key: '3', createdAt: 1 })];
  expect(inOrder(rows).map(({ key }) => key)).toEqual(['1', '3', '2']);
});

it('writes spans of time as clocks do', () => {
  expect([-5, 0, 12_900, 3_851_000, 183_845_000].map(formatClock)).toEqual([
    '0:00',
    '0:00',
    '0:12',
    '1:04:11',
    '2-03:04:05',
  ]);
});
