import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';

describe('MultiConnection', () => {
  it('runs a command once on each host and answers in the order of the fleet', async () => {
    await using mc = new MultiConnection(['local:a', 'local:b', 'local:a']);
    const result = await mc.execute('echo hi; exit 0');
    expect([...result.keys()]).toEqual(['local:a', 'local:b']);
    expect([...result.values()].map(({ key, host, stdout, ok }) => ({ key, host, stdout, ok }))).toEqual([
      { key: 'local:a', host: 'a', stdout: 'hi\n', ok: true },
      { key: 'local:b', host: 'b', stdout: 'hi\n', ok: true },
    ]);
    expect(mc.sizeAll).toBe(3);
  });

  it('rejects a command map with a key that it does not have, before anything runs', async () => {
    await using mc = new MultiConnection(['local:a']);
    const run = mc.executeMap({ 'local:a': 'true', nobody: 'true', 'no one': 'true' });
    await expect(run).rejects.toThrow(OptionError);
    await expect(run).rejects.toThrow('"nobody", "no one"');
    expect(mc.get('local:a')?.state).toBe('idle');
  });

  it('gives no result for no host, and all is well', async () => {
    await using mc = new MultiConnection([]);
    const result = await mc.execute('true');
    expect(result.size).toBe(0);
    expect(result.ok).toBe(true);
  });
});
