import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countMisses, forgetMisses, type Misses, parseMisses } from '../../../../src/remote/batch/count-misses.js';
import { runShell, SHELLS } from './shells.js';

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'hawser-misses-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe.each(SHELLS)('counting who was looked for in vain in %s', (shellName, ...shell) => {
  const make = (name: string): string => {
    const record = `${shellName}/it's ${name}`;
    mkdirSync(join(base, record), { recursive: true });
    return record;
  };
  const count = async (records: readonly string[]): Promise<Map<string, Misses>> =>
    parseMisses((await runShell(shell, countMisses(records), base)).stdout, records);

  it('goes on where another one has left off, and begins anew once it was forgotten', async () => {
    const [a, b] = [make('a'), make('b')];
    expect([...(await count([a, b])).values()]).toEqual([
      { times: 1, ms: 0 },
      { times: 1, ms: 0 },
    ]);
    writeFileSync(join(base, a, 'missed'), '1000 7\n');
    const counted = await count([a, b]);
    expect([counted.get(a)?.times, counted.get(b)?.times]).toEqual([8, 2]);
    expect(counted.get(a)?.ms).toBeGreaterThan(1e12);
    expect(statSync(join(base, a, 'missed')).mode & 0o777).toBe(0o600);
    await runShell(shell, forgetMisses([a]), base);
    expect((await count([a])).get(a)).toEqual({ times: 1, ms: 0 });
  });

  it('takes nothing for a count that is none', async () => {
    const record = make('strange');
    for (const text of ['', '1', 'x 2\n', '1 $(exit)\n', `${'9'.repeat(40)} 1\n`, `1 ${'9'.repeat(40)}\n`]) {
      writeFileSync(join(base, record, 'missed'), text);
      expect((await count([record])).get(record)).toEqual({ times: 1, ms: 0 });
      expect(readFileSync(join(base, record, 'missed'), 'utf8')).toMatch(/^\d+ 1\n$/);
    }
  });

  it('leaves out what it cannot write to, and counts the others', async () => {
    const [good, gone] = [make('good'), `${shellName}/none`];
    expect([...(await count([gone, good])).keys()]).toEqual([good]);
  });
});
