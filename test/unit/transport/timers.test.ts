import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { neverAborted } from '../../../src/core/abort.js';
import { EndpointGate } from '../../../src/transport/ssh2/endpoint-gate.js';
import { KeepAliveTimer } from '../../../src/transport/ssh2/keep-alive.js';
import { Rekeying } from '../../../src/transport/ssh2/rekeying.js';

describe('keep-alive', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: [
        ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
        ...(['setImmediate', 'clearImmediate', 'performance'] as const),
      ],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function start(interval: number, countMax: number): { timer: KeepAliveTimer; asked: () => number; lost: number[] } {
    let asked = 0;
    const lost: number[] = [];
    const timer = new KeepAliveTimer(
      { interval, countMax },
      () => {
        asked += 1;
      },
      (ms) => lost.push(ms),
    );
    return { timer, asked: () => asked, lost };
  }

  it('asks a silent server as often as it may stay silent, then counts the link as lost, once', () => {
    const { asked, lost } = start(100, 3);
    vi.advanceTimersByTime(300);
    expect([asked(), lost]).toEqual([3, []]);
    vi.advanceTimersByTime(101);
    expect([asked(), lost]).toEqual([3, [400]]);
    vi.advanceTimersByTime(10_000);
    expect([asked(), lost, vi.getTimerCount()]).toEqual([3, [400], 0]);
  });

  it('asks nothing of a server that is heard from, and begins to count anew after each word', () => {
    const { timer, asked, lost } = start(100, 2);
    for (let i = 0; i < 10; i += 1) {
      timer.heard();
      vi.advanceTimersByTime(99);
    }
    expect(asked()).toBe(0);
    vi.advanceTimersByTime(200);
    expect(asked()).toBe(2);
    timer.heard();
    vi.advanceTimersByTime(299);
    expect([asked(), lost]).toEqual([4, []]);
  });

  it('counts from the last word, whenever that was', () => {
    const { timer, asked, lost } = start(100, 3);
    vi.advanceTimersByTime(130);
    expect([asked(), timer.isWaiting]).toEqual([1, true]);
    timer.heard();
    expect(timer.isWaiting).toBe(false);
    vi.advanceTimersByTime(99);
    expect(asked()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(asked()).toBe(2);
    vi.advanceTimersByTime(299);
    expect([asked(), lost]).toEqual([4, []]);
    vi.advanceTimersByTime(2);
    expect([asked(), lost]).toEqual([4, [400]]);
  });

  it('asks at once after a time for which this process was stopped, and takes it for one interval', () => {
    const { timer, asked, lost } = start(100, 2);
    vi.advanceTimersByTime(50);
    timer.heard();
    vi.spyOn(performance, 'now').mockReturnValueOnce(1_000_000);
    vi.advanceTimersByTime(50);
    expect([asked(), lost]).toEqual([1, []]);
    vi.advanceTimersByTime(199);
    expect([asked(), lost]).toEqual([2, []]);
    vi.advanceTimersByTime(2);
    expect(lost).toEqual([300]);
  });

  it('lets an answer count that is read just before the verdict', () => {
    const { timer, lost } = start(100, 1);
    vi.advanceTimersByTime(100);
    // The interval comes first; what lay unread on the socket is read before setImmediate has its turn.
    const onVerdict = setInterval(() => timer.heard(), 100);
    vi.advanceTimersByTime(100);
    clearInterval(onVerdict);
    vi.advanceTimersByTime(99);
    expect(lost).toEqual([]);
    timer.stop();
  });

  it('is quiet once it is stopped', () => {
    const { timer, asked, lost } = start(100, 1);
    timer.stop();
    vi.advanceTimersByTime(1000);
    expect([asked(), lost, vi.getTimerCount()]).toEqual([0, [], 0]);
  });

  it('takes an interval past the longest timer for a very long one', () => {
    const { timer, asked } = start(2 ** 40, 3);
    vi.advanceTimersByTime(60_000);
    expect(asked()).toBe(0);
    timer.stop();
  });
});

describe('new keys', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are asked for by bytes, and counted anew', () => {
    let times = 0;
    const rekeying = new Rekeying({ bytes: 100, ms: 1000 }, () => {
      times += 1;
    });
    rekeying.passed(99);
    expect(times).toBe(0);
    rekeying.passed(1);
    expect(times).toBe(1);
    rekeying.passed(99);
    expect(times).toBe(1);
    rekeying.passed(500);
    expect(times).toBe(2);
  });

  it('are asked for by time, when there is traffic', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    let times = 0;
    const rekeying = new Rekeying({ bytes: 100, ms: 1000 }, () => {
      times += 1;
    });
    vi.advanceTimersByTime(5000);
    expect(times).toBe(0);
    rekeying.passed(1);
    rekeying.passed(1);
    expect(times).toBe(1);
  });
});

describe('the gate of a server', () => {
  /** Who is let in at once, of as many as one likes. */
  async function admitted(gate: EndpointGate): Promise<number> {
    const asked = Array.from({ length: 20 }, () => new AbortController());
    const places = asked.map(({ signal }) => gate.enter({ signal }).catch(() => undefined));
    await new Promise((resolve) => setImmediate(resolve));
    for (const controller of asked) controller.abort();
    const held = (await Promise.all(places)).filter((place) => place !== undefined);
    for (const place of held) place.release();
    return held.length;
  }

  it('lets eight handshakes run at a time, half as many after each throttling, one more after each success', async () => {
    const gate = new EndpointGate();
    expect(await admitted(gate)).toBe(8);
    gate.throttled();
    expect(await admitted(gate)).toBe(4);
    for (let i = 0; i < 5; i += 1) gate.throttled();
    expect(await admitted(gate)).toBe(1);
    gate.succeeded();
    expect(await admitted(gate)).toBe(2);
    for (let i = 0; i < 20; i += 1) gate.succeeded();
    expect(await admitted(gate)).toBe(8);
  });

  it('is entered in turn', async () => {
    const gate = new EndpointGate();
    for (let i = 0; i < 3; i += 1) gate.throttled();
    const first = await gate.enter({ signal: neverAborted });
    const order: number[] = [];
    const others = [1, 2].map(async (i) => {
      const place = await gate.enter({ signal: neverAborted });
      order.push(i);
      place.release();
    });
    first.release();
    await Promise.all(others);
    expect(order).toEqual([1, 2]);
  });
});
