import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { memoryFleet } from './memory-fleet.js';

describe('only', () => {
  it('does the work again on the hosts that failed, over the same connections', async () => {
    const ran: string[] = [];
    await using mc = memoryFleet(['a', 'b', 'c'], (key) => ({
      exec: () => {
        ran.push(key);
        return { code: ran.filter((one) => one === key).length === 1 && key !== 'b' ? 1 : 0 };
      },
    }));
    const { failed } = await mc.execute('x');
    const again = mc.only(failed.keys());
    expect([...(await again.execute('x')).keys()]).toEqual(['a', 'c']);
    expect(ran.slice(3).toSorted()).toEqual(['a', 'c']);
    expect(again.get('a')).toBe(mc.get('a'));
    await again.close();
    expect([...mc.values()].map(({ state }) => state)).toEqual(['connected', 'connected', 'connected']);
  });

  it('keeps the order of the fleet, its pools and its limits', async () => {
    await using mc = memoryFleet(['a', 'b', 'b', 'c'], () => ({}), { batchSize: 7 });
    const some = mc.only(['c', 'b', 'b']);
    expect([...some.keysAll()]).toEqual(['b', 'b', 'c']);
    expect(some.batchSize).toBe(7);
    expect(some.owns(mc.getAll('b')[0] ?? expect.fail())).toBe(false);
    expect([...mc.keysAll()]).toEqual(['a', 'b', 'b', 'c']);
    expect(mc.only([]).size).toBe(0);
    expect((await mc.only([]).execute('x')).size).toBe(0);
  });

  it.each<[string, unknown, string]>([
    ['a key that is not there', ['a', 'x', 'y'], '"x", "y"'],
    ['a text', 'a', 'got string'],
    ['nothing', undefined, 'got undefined'],
    ['results, which are pairs', new Map([['a', 1]]), 'got object'],
  ])('refuses %s', async (_what, keys, message) => {
    await using mc = memoryFleet(['a'], () => ({}));
    // @ts-expect-error: what callers without types may write
    expect(() => mc.only(keys)).toThrow(OptionError);
    // @ts-expect-error: the same
    expect(() => mc.only(keys)).toThrow(message);
  });
});
