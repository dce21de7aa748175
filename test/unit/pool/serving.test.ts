import { describe, expect, it } from 'vitest';
import { AbortError, ClosedError, PoolTimeoutError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { ConnectionPool } from '../../../src/pool/connection-pool.js';
import { errorOf, settle } from '../connection/scripted-connection.js';
import { Machine } from './workers.js';

describe('a pool', () => {
  it('opens nothing when it is made, and starts as many workers as are needed', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 3 });
    expect([pool.state, pool.key, pool.host, pool.stats.size, machine.connects]).toEqual([
      'idle',
      'web1',
      'web1',
      3,
      0,
    ]);
    await pool.execute('one');
    await pool.execute('two');
    expect([pool.state, pool.connected, machine.connects]).toEqual(['connected', true, 1]);
    await Promise.all([pool.execute('three'), pool.execute('four')]);
    expect(machine.connects).toBe(2);
    expect(pool.stats).toEqual({ size: 3, idle: 2, leased: 0, waiting: 0, replaced: 0 });
  });

  it('gives each of a hundred calls its own answer, strictly in the order of asking', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 5 });
    const commands = Array.from({ length: 100 }, (_, i) => `command ${i}`);
    const results = await Promise.all(commands.map((command) => pool.execute(command)));
    expect(results.map(({ stdout }) => stdout)).toEqual(commands);
    expect(machine.log).toEqual(commands);
    expect(machine.made).toHaveLength(5);
  });

  it('gives one worker to several calls, and to nobody else meanwhile', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    const other = pool.use(async (worker) => {
      await worker.execute('a1');
      await settle();
      return worker.execute('a2');
    });
    await Promise.all([other, pool.execute('b')]);
    expect(machine.log).toEqual(['a1', 'a2', 'b']);
  });

  it('lends a worker until the lease is given back, which is done once', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    const lease = await pool.acquire();
    const waiting = pool.execute('next');
    expect(pool.stats).toEqual({ size: 1, idle: 0, leased: 1, waiting: 1, replaced: 0 });
    await lease.connection.execute('mine');
    lease.release();
    expect(() => lease.release()).toThrow('given back once');
    await waiting;
    expect(machine.log).toEqual(['mine', 'next']);
    {
      await using another = await pool.acquire();
      expect([another.connection, pool.stats.leased]).toEqual([machine.made[0], 1]);
    }
    expect([pool.stats.leased, pool.stats.replaced]).toEqual([0, 0]);
  });

  it('prefers the worker that was used last, so that the others may become idle', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 3 });
    await pool.connect();
    for (let i = 0; i < 5; i += 1) await pool.execute('x');
    expect(machine.made.filter(({ asked }) => asked.length > 0)).toHaveLength(1);
  });

  it('counts the calls that run and wait, and says when there are none', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    let idle = 0;
    pool.on('idle', () => {
      idle += 1;
    });
    const calls = [pool.execute('hold a'), pool.execute('b')];
    await settle();
    expect([pool.active, idle]).toEqual([2, 0]);
    machine.gate('a').open();
    await Promise.all(calls);
    await settle();
    expect([pool.active, idle]).toEqual([0, 1]);
  });
});

describe('a call that waits for a worker', () => {
  it('gives up after the time limit of the pool, or its own, and says how things stand', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1, timeout: 5 });
    await pool.connect();
    const lease = await pool.acquire();
    const error = await errorOf(pool.execute('x'));
    expect(error).toBeInstanceOf(PoolTimeoutError);
    expect(error).toMatchObject({ phase: 'pool', ms: 5, host: 'web1', code: 'ERR_HAWSER_POOL_TIMEOUT' });
    expect(error).toMatchObject({ message: expect.stringContaining('web1 came free within 5 ms: 1 of 1 are lent') });
    await expect(pool.acquire({ timeout: 7 })).rejects.toMatchObject({ ms: 7 });
    const patient = pool.acquire({ timeout: 0 });
    await expect(pool.use(() => Promise.resolve())).rejects.toThrow(PoolTimeoutError);
    expect([pool.stats.waiting, machine.log]).toEqual([1, []]);
    lease.release();
    (await patient).release();
  });

  it('leaves the line when its signal fires, and who comes behind is served', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    const lease = await pool.acquire();
    const controller = new AbortController();
    const gone = pool.execute('gone', { signal: controller.signal });
    const next = pool.execute('next');
    controller.abort();
    await expect(gone).rejects.toThrow(AbortError);
    await expect(gone).rejects.toThrow('waiting for a worker of the pool for web1');
    lease.release();
    await next;
    expect(machine.log).toEqual(['next']);
    await expect(pool.acquire({ signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    expect(pool.stats).toMatchObject({ leased: 0, waiting: 0, replaced: 0 });
  });

  it('leaves the worker that was being started for it to who comes next', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    const controller = new AbortController();
    const gone = pool.acquire({ signal: controller.signal });
    controller.abort();
    await expect(gone).rejects.toThrow(AbortError);
    await pool.execute('next');
    expect([machine.connects, pool.stats.leased]).toEqual([1, 0]);
  });

  it('is refused where as many wait already as may', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1, maxWaiters: 1 });
    const lease = await pool.acquire();
    const second = pool.acquire();
    const error = await errorOf(pool.acquire());
    expect(error).toMatchObject({ code: 'ERR_HAWSER_POOL_FULL', retryable: true, host: 'web1' });
    expect(error).toMatchObject({ message: expect.stringContaining('1 calls (`maxWaiters`) wait already') });
    lease.release();
    (await second).release();
  });

  it('may wait for a worker that is being started, however few may wait', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 2, maxWaiters: 0 });
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => pool.execute(name)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });

  it('is turned away when the pool is closed, and so is who comes later', async () => {
    const machine = new Machine();
    const pool = machine.pool({ size: 1 });
    const lease = await pool.acquire();
    const waiting = pool.execute('never');
    await Promise.all([expect(waiting).rejects.toThrow(ClosedError), pool.close()]);
    await expect(pool.execute('never')).rejects.toThrow('make a new one');
    await expect(pool.connect()).rejects.toThrow(ClosedError);
    lease.release();
    await pool.close();
    expect([machine.log, pool.state, machine.made.map(({ state }) => state)]).toEqual([[], 'closed', ['closed']]);
  });
});

describe('the options of a pool', () => {
  it('are checked at the door', () => {
    const machine = new Machine();
    const wrong: object[] = [
      { size: 0 },
      { size: 1.5 },
      { timeout: -1 },
      { idleTimeout: Number.NaN },
      { maxAge: -5 },
      { maxWaiters: -1 },
      { drainTimeout: 0 },
      { validate: true },
      { reset: 'x' },
      { reconnect: { attempts: -1 } },
    ];
    for (const o of wrong) expect(() => machine.pool(o), JSON.stringify(o)).toThrow(OptionError);
    expect(() => Reflect.construct(ConnectionPool, [() => ({}), { size: 1 }])).toThrow('make connections');
  });
});
