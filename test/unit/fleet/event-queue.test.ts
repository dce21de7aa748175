import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../../src/fleet/event-queue.js';

const MIB = 1024 * 1024;

describe('the queue of a stream', () => {
  it('gives what was put in, in that order, and its end behind it', async () => {
    const queue = new EventQueue<number>();
    const early = [queue.take(), queue.take()];
    for (let i = 0; i < 5000; i += 1) queue.push(i, 1);
    queue.end();
    queue.push(-1);
    const got = (await Promise.all(early)).map(({ value }) => value);
    for (let item = await queue.take(); !item.done; item = await queue.take()) got.push(item.value);
    expect(got).toEqual(Array.from({ length: 5000 }, (_, i) => i));
    expect(await queue.take()).toEqual({ done: true, value: undefined });
  });

  it('is full of bytes or of events, and lets writers go on, each once, when half of that has been read', async () => {
    for (const [count, bytes] of [
      [1024, 1],
      [16, MIB / 16],
    ] as const) {
      const queue = new EventQueue<number>();
      const went: string[] = [];
      for (let i = 0; i < count; i += 1) {
        expect(queue.full).toBe(false);
        queue.push(i, bytes);
      }
      expect(queue.full).toBe(true);
      for (const name of ['a', 'b']) queue.whenRoom(() => went.push(name));
      for (let i = 1; i < count / 2; i += 1) await queue.take();
      expect(went).toEqual([]);
      await queue.take();
      expect(went).toEqual(['a', 'b']);
      queue.whenRoom(() => went.push('c'));
      for (let i = 0; i < count / 2; i += 1) await queue.take();
      expect(went).toEqual(['a', 'b', 'c']);
    }
  });

  it('holds nobody once what writes is being ended, nor when nobody reads any more', async () => {
    for (const leave of [
      (queue: EventQueue<number>) => queue.holdNobody(),
      (queue: EventQueue<number>) => queue.drop(),
    ]) {
      const queue = new EventQueue<number>();
      const went: string[] = [];
      queue.push(1, MIB);
      queue.whenRoom(() => went.push('held'));
      leave(queue);
      expect(queue.full).toBe(false);
      queue.whenRoom(() => went.push('later'));
      expect(went).toEqual(['held', 'later']);
    }
  });

  it('forgets what it holds when nobody reads any more', async () => {
    const queue = new EventQueue<number>();
    queue.push(1);
    queue.drop();
    queue.push(2);
    expect(await queue.take()).toEqual({ done: true, value: undefined });
  });
});
