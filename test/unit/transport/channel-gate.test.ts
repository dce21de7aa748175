import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { neverAborted } from '../../../src/core/abort.js';
import { type ChannelEvent, diagnostics } from '../../../src/core/diagnostics.js';
import { AbortError, ChannelError, ClosedError } from '../../../src/core/errors.js';
import { ChannelGate, type Opener, type Refusal } from '../../../src/transport/channel-gate.js';

afterEach(() => {
  vi.useRealTimers();
});

/** What a server that allows so many sessions answers, in the order in which it is asked. */
class SessionServer {
  max: number;
  open = 0;
  asked = 0;

  constructor(max: number) {
    this.max = max;
  }

  readonly opener: Opener<object> = async () => {
    this.asked += 1;
    await Promise.resolve();
    if (this.open >= this.max) return refusal('connect-failed');
    this.open += 1;
    return {};
  };
}

function refusal(refused: Refusal['refused']): Refusal {
  return { refused, cause: new Error('refused') };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Opens `count` channels; `order` says who got one, `close` gives one back. */
function open(gate: ChannelGate, server: SessionServer, count: number, signal: AbortSignal = neverAborted) {
  const order: number[] = [];
  const close: (() => void)[] = [];
  const opened = Array.from({ length: count }, async (_, i) => {
    const { done } = await gate.through('exec', signal, server.opener);
    order.push(i);
    close[i] = () => {
      server.open -= 1;
      done();
    };
  });
  for (const channel of opened) channel.catch(() => {});
  return { order, close, opened };
}

describe('a channel gate', () => {
  it('lets everything through while the server refuses nothing', async () => {
    const gate = new ChannelGate('web1');
    const server = new SessionServer(Number.POSITIVE_INFINITY);
    const { order } = open(gate, server, 20);
    await settle();
    expect([order.length, gate.open, gate.limit]).toEqual([20, 20, Number.POSITIVE_INFINITY]);
  });

  it('learns the limit from the first refusals, and asks no more than that from then on', async () => {
    const gate = new ChannelGate('web1');
    const server = new SessionServer(10);
    const { order, close, opened } = open(gate, server, 15);
    await settle();
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([gate.limit, gate.open]).toEqual([10, 10]);
    server.asked = 0;
    close[3]?.();
    await settle();
    expect([order.at(-1), server.asked]).toEqual([10, 1]);
    for (const i of [0, 1, 2, 4]) close[i]?.();
    await Promise.all(opened);
    expect(order.slice(10)).toEqual([10, 11, 12, 13, 14]);
  });

  it('keeps the order of asking across refusals, also for who comes later', async () => {
    const gate = new ChannelGate('web1');
    const server = new SessionServer(2);
    const early = open(gate, server, 5);
    await settle();
    const late = open(gate, server, 2);
    await settle();
    expect([early.order, late.order]).toEqual([[0, 1], []]);
    early.close[0]?.();
    await settle();
    early.close[1]?.();
    await settle();
    expect([early.order, late.order]).toEqual([[0, 1, 2, 3], []]);
    early.close[2]?.();
    early.close[3]?.();
    await settle();
    expect([early.order, late.order]).toEqual([[0, 1, 2, 3, 4], [0]]);
  });

  it('works with a server that allows a single session', async () => {
    const gate = new ChannelGate('web1');
    const server = new SessionServer(1);
    const { order, close } = open(gate, server, 4);
    for (let i = 0; i < 4; i += 1) {
      await settle();
      expect([order, gate.limit, server.open]).toEqual([Array.from({ length: i + 1 }, (_, n) => n), 1, 1]);
      close[i]?.();
    }
  });

  it('tries again for a while where the server refuses and there should be a place', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const gate = new ChannelGate('web1');
    const server = new SessionServer(0);
    const { opened, order } = open(gate, server, 1);
    await vi.advanceTimersByTimeAsync(100);
    server.max = 1;
    await vi.advanceTimersByTimeAsync(1000);
    await opened[0];
    expect(order).toEqual([0]);
  });

  it('gives up in the end where none is open and the server goes on refusing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const gate = new ChannelGate('web1');
    const server = new SessionServer(0);
    const failed = gate.through('exec', neverAborted, server.opener).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5000);
    const error = await failed;
    expect(error).toBeInstanceOf(ChannelError);
    expect(error).toMatchObject({
      reason: 'refused',
      host: 'web1',
      message: 'web1 refused to open a channel (exec): it could not open it.',
    });
    expect([gate.open, vi.getTimerCount()]).toEqual([0, 0]);
    server.max = 1;
    await gate.through('exec', neverAborted, server.opener);
  });

  it('waits for one of its own where something else holds sessions of the connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const gate = new ChannelGate('web1');
    const server = new SessionServer(3);
    const { close } = open(gate, server, 2);
    await vi.advanceTimersByTimeAsync(0);
    // Two processes outlive their channels: the server counts them, we do not.
    server.max = 2;
    server.open = 2;
    const third = open(gate, server, 1);
    await vi.advanceTimersByTimeAsync(5000);
    expect([gate.limit, third.order]).toEqual([2, []]);
    close[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(third.order).toEqual([0]);
  });

  it.each([
    ['prohibited', 'its configuration forbids it'],
    ['unknown-type', 'it does not know that kind of channel'],
  ] as const)('takes "%s" for a refusal for good', async (refused, why) => {
    const gate = new ChannelGate('web1');
    const opener = async (): Promise<Refusal> => refusal(refused);
    await expect(gate.through('sftp', neverAborted, opener)).rejects.toThrow(
      `web1 refused to open a channel (sftp): ${why}.`,
    );
    expect([gate.open, gate.limit]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it('passes on whatever else goes wrong, and gives the place back', async () => {
    const gate = new ChannelGate('web1');
    const server = new SessionServer(1);
    const { close, order } = open(gate, server, 2);
    await settle();
    close[0]?.();
    await settle();
    expect(order).toEqual([0, 1]);
    const broken = gate.through('exec', neverAborted, () => Promise.reject(new Error('broken')));
    const behind = open(gate, server, 1);
    close[1]?.();
    await expect(broken).rejects.toThrow('broken');
    await settle();
    expect(behind.order).toEqual([0]);
  });

  it('forgets who gives up waiting, and lets the next one in', async () => {
    const gate = new ChannelGate('web1');
    const server = new SessionServer(1);
    const first = open(gate, server, 2);
    await settle();
    const controller = new AbortController();
    const gone = gate.through('exec', controller.signal, server.opener).catch((error: unknown) => error);
    const next = open(gate, server, 1);
    controller.abort();
    expect(await gone).toBeInstanceOf(AbortError);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    first.close[0]?.();
    await settle();
    first.close[1]?.();
    await settle();
    expect([first.order, next.order]).toEqual([[0, 1], [0]]);
  });

  it('gives the place back of who gives up between two tries', async () => {
    const gate = new ChannelGate('web1');
    const server = new SessionServer(0);
    const controller = new AbortController();
    const gone = gate.through('exec', controller.signal, server.opener).catch((error: unknown) => error);
    await settle();
    controller.abort();
    expect(await gone).toBeInstanceOf(AbortError);
    server.max = 1;
    await gate.through('exec', neverAborted, server.opener);
    expect(gate.open).toBe(1);
  });

  it('does not ask the server for who has given up before', async () => {
    const gate = new ChannelGate('web1');
    const server = new SessionServer(1);
    await expect(gate.through('exec', AbortSignal.abort(), server.opener)).rejects.toThrow(AbortError);
    expect(server.asked).toBe(0);
  });

  it('turns everybody away when it is closed: who waits in line, between two tries, and who comes later', async () => {
    const gate = new ChannelGate('web1');
    const server = new SessionServer(1);
    open(gate, server, 1);
    await settle();
    const queued = [0, 1].map(() => gate.through('exec', neverAborted, server.opener).catch((e: unknown) => e));
    await settle();
    const reason = new ClosedError('The connection to web1 was closed.');
    gate.close(reason);
    expect(await Promise.all(queued)).toEqual([reason, reason]);
    await expect(gate.through('exec', neverAborted, server.opener)).rejects.toBe(reason);

    const full = new SessionServer(0);
    const trying = new ChannelGate('web1');
    const between = trying.through('exec', neverAborted, full.opener).catch((error: unknown) => error);
    await settle();
    const { asked } = full;
    trying.close(reason);
    expect(await between).toBe(reason);
    expect(full.asked).toBe(asked);
  });

  it('forgets a limit after a minute, and lets those who wait try again first', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const gate = new ChannelGate('web1');
    const server = new SessionServer(1);
    const early = open(gate, server, 2);
    await vi.advanceTimersByTimeAsync(0);
    expect([early.order, gate.limit]).toEqual([[0], 1]);
    server.max = 3;
    await vi.advanceTimersByTimeAsync(60_001);
    const late = open(gate, server, 1);
    await vi.advanceTimersByTimeAsync(0);
    expect([early.order, late.order, gate.open]).toEqual([[0, 1], [0], 3]);
  });

  it('counts a channel once, however often its end is told', async () => {
    const gate = new ChannelGate('web1');
    const { done } = await gate.through('exec', neverAborted, async () => ({}));
    done();
    done();
    expect(gate.open).toBe(0);
  });

  it('says what happens, to who listens', async () => {
    const events: ChannelEvent[] = [];
    const stop = diagnostics.channel.subscribe((event) => events.push(event));
    const gate = new ChannelGate('web1');
    const server = new SessionServer(1);
    const { close } = open(gate, server, 2);
    await settle();
    close[0]?.();
    await settle();
    stop();
    expect(events.map(({ type, open: count }) => `${type} ${count}`)).toEqual([
      'open 1',
      'refused 1',
      'queued 1',
      'close 0',
      'open 1',
    ]);
  });
});
