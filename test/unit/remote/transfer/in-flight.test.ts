import { describe, expect, it } from 'vitest';
import { InFlight } from '../../../../src/remote/transfer/in-flight.js';

const MIB = 1024 * 1024;

/** Adds work that ends when it is told to, and counts what runs at once. */
function runner(inFlight: InFlight): {
  add: (size: number) => Promise<void>;
  running: () => number;
  end: () => Promise<void>;
} {
  const ends: (() => void)[] = [];
  let running = 0;
  return {
    add: (size) =>
      inFlight.add(size, async () => {
        running += 1;
        await new Promise<void>((resolve) => ends.push(resolve));
        running -= 1;
      }),
    running: () => running,
    end: async () => {
      ends.shift()?.();
      for (let i = 0; i < 10; i += 1) await Promise.resolve();
    },
  };
}

describe('files under way', () => {
  it('are no more than were asked for, and the next begins when one has ended', async () => {
    const inFlight = new InFlight(2, new AbortController().signal);
    const work = runner(inFlight);
    for (let i = 0; i < 4; i += 1) await work.add(1);
    expect(work.running()).toBe(2);
    await work.end();
    expect(work.running()).toBe(2);
    for (let i = 0; i < 3; i += 1) await work.end();
    expect(work.running()).toBe(0);
    await inFlight.settled();
  });

  it('take no more memory than there is for them, but for one that takes more alone', async () => {
    const inFlight = new InFlight(64, new AbortController().signal);
    const work = runner(inFlight);
    for (let i = 0; i < 6; i += 1) await work.add(100 * MIB);
    expect(work.running()).toBe(3);
    for (let i = 0; i < 6; i += 1) await work.end();
    await inFlight.settled();
    expect(work.running()).toBe(0);
  });

  it('do not begin after the signal', async () => {
    const stop = new AbortController();
    const inFlight = new InFlight(1, stop.signal);
    const work = runner(inFlight);
    await work.add(1);
    await work.add(1);
    stop.abort();
    await work.end();
    await inFlight.settled();
    expect(work.running()).toBe(0);
  });
});
