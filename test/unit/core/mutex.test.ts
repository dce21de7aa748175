import { describe, expect, it } from 'vitest';
import { AbortError } from '../../../src/core/errors.js';
import { Mutex } from '../../../src/core/mutex.js';

describe('a mutex', () => {
  it('lets one in at a time, first come, first served', async () => {
    const mutex = new Mutex();
    const events: string[] = [];
    const work = async (name: string): Promise<void> => {
      await mutex.runExclusive(async () => {
        events.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${name} out`);
      });
    };
    await Promise.all(['a', 'b', 'c'].map(work));
    expect(events).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    expect([mutex.locked, mutex.waiting]).toEqual([false, 0]);
  });

  it('is held for the length of an await using block', async () => {
    const mutex = new Mutex();
    {
      await using _held = await mutex.acquire();
      expect(mutex.locked).toBe(true);
    }
    expect(mutex.locked).toBe(false);
  });

  it('goes to the next where one gave up waiting', async () => {
    const mutex = new Mutex();
    const held = await mutex.acquire();
    const controller = new AbortController();
    const gone = mutex.runExclusive(() => 'never', { signal: controller.signal });
    const next = mutex.runExclusive(() => 'next');
    controller.abort();
    await expect(gone).rejects.toThrow(AbortError);
    held.release();
    await expect(next).resolves.toBe('next');
  });

  it('is given back by work that throws', async () => {
    const mutex = new Mutex();
    await expect(mutex.runExclusive(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(mutex.locked).toBe(false);
  });
});
