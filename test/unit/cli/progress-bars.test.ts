import { describe, expect, it } from 'vitest';
import { type BarState, barLines } from '../../../src/cli/terminal/progress-bars.js';
import { columnsOf } from '../../../src/cli/terminal/text.js';

function bar(key: string, fields: Partial<BarState> = {}): BarState {
  return { key, done: 0, total: 100, rate: undefined, remaining: undefined, ...fields };
}

describe('the bars of hosts', () => {
  it('say how far each host is, how fast, and for how long', () => {
    const MiB = 1024 ** 2;
    const lines = barLines(
      [
        bar('web07', { done: 39 * MiB, total: 64 * MiB, rate: 38.9 * MiB, remaining: 6200 }),
        bar('db1', { done: 0, total: undefined }),
        bar('a', { done: 2048, total: undefined, rate: 1024, files: { done: 1312, total: 5000 } }),
      ],
      100,
    );
    expect(lines).toEqual([
      'web07  ████████████░░░░░░░░   60 %   38.9 MiB/s  eta 0:07',
      'db1    ░░░░░░░░░░░░░░░░░░░░        0 B',
      'a      ░░░░░░░░░░░░░░░░░░░░      2 KiB      1 KiB/s  1,312 of 5,000 files',
    ]);
  });

  it('are never wider than the terminal, nor do names move its cursor', () => {
    const nasty = 'evil\u001b[2J\r\n\u202ehost'.repeat(9);
    for (const columns of [10, 40, 64, 200]) {
      for (const line of barLines([bar(nasty, { rate: 1e12, remaining: 1e9 }), bar('漢字')], columns)) {
        expect(columnsOf(line)).toBeLessThan(columns);
        expect(line).not.toMatch(/[\u0000-\u001f]/);
      }
    }
  });

  it('end at the whole: of nothing, and of a file that grew', () => {
    const [empty = '', grown = ''] = barLines([bar('a', { total: 0 }), bar('b', { done: 300 })], 80);
    expect(empty).toContain('100 %');
    expect(grown).toContain('100 %');
  });
});
