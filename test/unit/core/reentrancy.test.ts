import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AbortError, DeadlockError, TimeoutError } from '../../../src/core/errors.js';
import { Mutex } from '../../../src/core/mutex.js';

/** Lets everything run that does not wait for something outside. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Work that notes when it begins and ends, and lets others run meanwhile. */
function noting(events: string[]): (name: string) => Promise<string> {
  return async (name) => {
    events.push(`${name} in`);
    await settle();
    await settle();
    events.push(`${name} out`);
    return name;
  };
}

/** Something that is waited for, and let go by hand. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

describe('a mutex that is held by a call', () => {
  it('may be entered again by what the call runs, however deep', async () => {
    const mutex = new Mutex();
    const work = (depth: number): Promise<number> =>
      mutex.runExclusive(async () => {
        await settle();
        return depth === 0 ? 0 : 1 + (await work(depth - 1));
      });
    await expect(work(20)).resolves.toBe(20);
    expect([mutex.locked, mutex.waiting]).toEqual([false, 0]);
  });

  it('lets nobody else in meanwhile, not even between the calls that are nested in it', async () => {
    const mutex = new Mutex();
    const events: string[] = [];
    const note = noting(events);
    const first = mutex.runExclusive(async () => {
      await mutex.runExclusive(() => note('a1'));
      await settle();
      await mutex.runExclusive(() => note('a2'));
    });
    await Promise.all([first, mutex.runExclusive(() => note('b'))]);
    expect(events).toEqual(['a1 in', 'a1 out', 'a2 in', 'a2 out', 'b in', 'b out']);
  });

  it('lets children that begin at once in one after another, in the order of asking', async () => {
    const mutex = new Mutex();
    const events: string[] = [];
    const note = noting(events);
    const send = (name: string): Promise<string> => mutex.runExclusive(() => note(name));
    const other = mutex.runExclusive(async () => Promise.all(['a', 'b', 'c'].map(send)));
    await Promise.all([other, send('z')]);
    expect(events).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out', 'z in', 'z out']);
  });

  it('keeps the families of two children apart', async () => {
    const mutex = new Mutex();
    const events: string[] = [];
    const note = noting(events);
    const child = (name: string): Promise<unknown> =>
      mutex.runExclusive(() =>
        Promise.all([mutex.runExclusive(() => note(`${name}1`)), mutex.runExclusive(() => note(`${name}2`))]),
      );
    await mutex.runExclusive(() => Promise.all([child('a'), child('b')]));
    const order = ['a1', 'a2', 'b1', 'b2'];
    expect(events).toEqual(order.flatMap((name) => [`${name} in`, `${name} out`]));
  });

  it('is lost to a task that is left running: it queues as anybody, behind who came before', async () => {
    const mutex = new Mutex();
    const events: string[] = [];
    const note = noting(events);
    const left = gate();
    let stray: Promise<unknown> | undefined;
    await mutex.runExclusive(() => {
      stray = left.passed.then(() => mutex.runExclusive(() => note('stray')));
    });
    const other = mutex.runExclusive(() => note('other'));
    left.open();
    await Promise.all([stray, other]);
    expect(events).toEqual(['other in', 'other out', 'stray in', 'stray out']);
  });

  it('is lost to a child that still waited when the call ended, and kept by the one that was in until that ends', async () => {
    const mutex = new Mutex();
    const events: string[] = [];
    const note = noting(events);
    const inside = gate();
    const strays: Promise<unknown>[] = [];
    const call = mutex.runExclusive(async () => {
      strays.push(mutex.runExclusive(() => inside.passed.then(() => note('child'))));
      strays.push(mutex.runExclusive(() => note('late')));
      await settle();
    });
    const other = mutex.runExclusive(() => note('other'));
    await call;
    await settle();
    expect([events, mutex.locked, mutex.waiting]).toEqual([[], true, 2]);
    inside.open();
    await Promise.all([...strays, other]);
    expect(events).toEqual(['child in', 'child out', 'other in', 'other out', 'late in', 'late out']);
    expect([mutex.locked, mutex.waiting]).toEqual([false, 0]);
  });

  it('passes through a hundred thousand calls that each begin the next one, and is free in the end', async () => {
    const mutex = new Mutex();
    let left = 100_000;
    const done = gate();
    const loop = (): Promise<void> =>
      mutex.runExclusive(() => {
        left -= 1;
        if (left > 0) void loop();
        else done.open();
      });
    await loop();
    await done.passed;
    await settle();
    expect([mutex.locked, mutex.waiting]).toEqual([false, 0]);
  });

  it('is lost to listeners and timers that were made inside, once the call has ended', async () => {
    const mutex = new Mutex();
    const emitter = new EventEmitter();
    const events: string[] = [];
    const note = noting(events);
    const done: Promise<unknown>[] = [];
    await mutex.runExclusive(() => {
      const timer = setInterval(() => {
        clearInterval(timer);
        done.push(mutex.runExclusive(() => note('timer')));
        emitter.emit('ran');
      }, 1);
    });
    const held = await mutex.acquire();
    await new Promise((resolve) => emitter.once('ran', resolve));
    await settle();
    expect(events).toEqual([]);
    held.release();
    await Promise.all(done);
    expect(events).toEqual(['timer in', 'timer out']);
  });

  it('is given up by a child whose signal fires or whose time is up, and by no other', async () => {
    const mutex = new Mutex();
    const controller = new AbortController();
    const outcomes = await mutex.runExclusive(async () => {
      const inside = gate();
      const all = Promise.allSettled([
        mutex.runExclusive(() => inside.passed),
        mutex.runExclusive(() => 'never', { signal: controller.signal }),
        mutex.runExclusive(() => 'never', { timeout: 1 }).finally(() => inside.open()),
        mutex.runExclusive(() => 'last'),
      ]);
      controller.abort();
      return all;
    });
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { reason: expect.any(AbortError) },
      { reason: expect.any(TimeoutError) },
      { value: 'last' },
    ]);
    expect([mutex.locked, mutex.waiting]).toEqual([false, 0]);
  });

  it('tells the time limit that was set, although the call queued twice', async () => {
    const mutex = new Mutex();
    const held = gate();
    let late: Promise<unknown> | undefined;
    await mutex.runExclusive(async () => {
      void mutex.runExclusive(() => held.passed);
      late = mutex.runExclusive(() => 'never', { timeout: 20 });
      late.catch(() => {});
    });
    await expect(late).rejects.toMatchObject({
      phase: 'lock',
      ms: 20,
      message: expect.stringContaining('after 20 ms'),
    });
    held.open();
  });

  it('frees the lock where a child throws and the call does, too', async () => {
    const mutex = new Mutex();
    const broken = mutex.runExclusive(() => mutex.runExclusive(() => Promise.reject(new Error('broken'))));
    await expect(broken).rejects.toThrow('broken');
    expect(mutex.locked).toBe(false);
  });
});

describe('a deadlock', () => {
  it('is reported where a lease is asked for inside a hold of the same lock', async () => {
    const mutex = new Mutex();
    const work = mutex.runExclusive(() => mutex.acquire());
    await expect(work).rejects.toThrow(DeadlockError);
    await expect(work).rejects.toMatchObject({
      code: 'ERR_HAWSER_DEADLOCK',
      message: expect.stringContaining('runExclusive'),
    });
    expect([mutex.locked, mutex.waiting]).toEqual([false, 0]);
  });

  it('is not seen in a lease that is asked for after the hold has ended', async () => {
    const mutex = new Mutex();
    let lease: Promise<unknown> | undefined;
    const ended = gate();
    await mutex.runExclusive(() => {
      lease = ended.passed.then(() => mutex.acquire());
    });
    ended.open();
    await expect(lease).resolves.toBeDefined();
  });

  it('is reported to the one who closes a circle of two, and the other goes on', async () => {
    const [a, b] = [new Mutex(), new Mutex()];
    const both = (one: Mutex, other: Mutex): Promise<string> =>
      one.runExclusive(async () => {
        await settle();
        return other.runExclusive(() => 'both');
      });
    const outcomes = await Promise.allSettled([both(a, b), both(b, a)]);
    expect(outcomes).toMatchObject([{ value: 'both' }, { reason: expect.any(DeadlockError) }]);
    expect([a.locked, b.locked, a.waiting, b.waiting]).toEqual([false, false, 0, 0]);
  });

  it('is reported in a circle of many, also through leases that are waited for inside a hold', async () => {
    const locks = Array.from({ length: 5 }, () => new Mutex());
    const outcomes = await Promise.allSettled(
      locks.map((lock, i) =>
        lock.runExclusive(async () => {
          await settle();
          await using _next = await locks[(i + 1) % locks.length]?.acquire();
          return i;
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: expect.any(DeadlockError) },
    ]);
    expect(locks.map(({ locked, waiting }) => [locked, waiting])).toEqual(locks.map(() => [false, 0]));
  });

  it('is not seen where locks are taken in one order, however busy they are', async () => {
    const [a, b] = [new Mutex(), new Mutex()];
    const work = Array.from({ length: 20 }, (_, i) =>
      a.runExclusive(async () => {
        await settle();
        return b.runExclusive(async () => settle().then(() => i));
      }),
    );
    const alone = Array.from({ length: 20 }, () => b.runExclusive(settle));
    await expect(Promise.all(work)).resolves.toHaveLength(20);
    await Promise.all(alone);
  });

  it('is not seen in what was left running by a hold that has ended: it holds nobody up', async () => {
    const [a, b] = [new Mutex(), new Mutex()];
    const inside = gate();
    const bHeld = gate();
    let strayed: Promise<unknown> | undefined;
    const first = a.runExclusive(async () => {
      void a.runExclusive(() => inside.passed);
      await bHeld.passed;
      strayed = b.runExclusive(() => 'b at last');
      await settle();
    });
    const second = b.runExclusive(async () => {
      bHeld.open();
      await first;
      return a.runExclusive(() => 'a at last');
    });
    await first;
    await settle();
    inside.open();
    await expect(Promise.all([second, strayed])).resolves.toEqual(['a at last', 'b at last']);
  });
});
