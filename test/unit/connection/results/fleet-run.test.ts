import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { Barrier, memoryFleet } from '../../fleet/memory-fleet.js';

describe('FleetRun', () => {
  it('yields each result as it completes, to every loop, also to one that comes late', async () => {
    const first = new Barrier();
    await using mc = memoryFleet(['slow', 'quick'], (key) => ({
      exec: async () => {
        if (key === 'slow') await first.pass();
        return { stdout: key };
      },
    }));
    const run = mc.execute('x');
    const seen: string[][] = [[], []];
    const loops = seen.map(async (into) => {
      for await (const { key } of run) {
        into.push(key);
        if (key === 'quick') first.open();
      }
    });
    await Promise.all(loops);
    const late: string[] = [];
    for await (const { key } of run) late.push(key);
    expect([...seen, late]).toEqual([
      ['quick', 'slow'],
      ['quick', 'slow'],
      ['quick', 'slow'],
    ]);
    expect([...(await run).keys()]).toEqual(['slow', 'quick']);
  });

  it('goes on when a loop is left', async () => {
    await using mc = memoryFleet(['a', 'b'], () => ({}));
    const run = mc.execute('x');
    for await (const _ of run) break;
    expect((await run).size).toBe(2);
  });

  it('is a promise: it can be raced, chained and collected', async () => {
    await using mc = memoryFleet(['a'], () => ({}));
    const [result] = await Promise.all([mc.execute('x')]);
    expect(result?.ok).toBe(true);
    let told = false;
    await mc.execute('x').finally(() => {
      told = true;
    });
    expect(told).toBe(true);
  });

  it('that could not be meant rejects, in a loop too, and crashes nothing when nobody looks', async () => {
    await using mc = memoryFleet(['a'], () => ({}));
    const run = mc.execute('');
    await expect(run).rejects.toThrow(OptionError);
    await expect(async () => {
      for await (const _ of run) break;
    }).rejects.toThrow(OptionError);
    void mc.execute('x', { timeout: -1 });
    void mc.execute('x', { maxBuffer: -1 });
    void mc.executeMap({ nobody: 'x' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(mc.get('a')?.state).toBe('idle');
  });
});
