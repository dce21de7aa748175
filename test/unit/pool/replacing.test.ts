import { describe, expect, it } from 'vitest';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { AuthError, CommandError, DialogError, DisconnectedError, TimeoutError } from '../../../src/core/errors.js';
import { HawserError } from '../../../src/core/hawser-error.js';
import { ConnectionPool } from '../../../src/pool/connection-pool.js';
import { spoils } from '../../../src/pool/spoils.js';
import { errorOf, settle } from '../connection/scripted-connection.js';
import { Machine, unreachable } from './workers.js';

describe('a worker', () => {
  it('is replaced when it is lost in the middle of a call, and the next call has a new one', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    const cut = errorOf(pool.execute('hold x'));
    const next = pool.execute('next');
    await settle();
    await settle();
    machine.made[0]?.kill();
    expect(await cut).toBeInstanceOf(DisconnectedError);
    await expect(next).resolves.toMatchObject({ stdout: 'next' });
    expect(machine.made.map(({ asked, state }) => [asked, state])).toEqual([
      [['hold x'], 'closed'],
      [['next'], 'connected'],
    ]);
    expect(pool.stats).toMatchObject({ replaced: 1, leased: 0, idle: 1 });
  });

  it('is replaced when it is lost while it is free', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 2 });
    await pool.connect();
    for (const worker of machine.made) worker.kill();
    await settle();
    expect(pool.stats).toMatchObject({ idle: 0, replaced: 2 });
    expect(pool.workers).toEqual([]);
    await expect(pool.execute('x')).resolves.toMatchObject({ ok: true });
    expect(machine.made.map(({ asked }) => asked)).toEqual([[], [], ['x']]);
  });

  it('is replaced when a call on it is ended by a signal or a time limit, and closed', async () => {
    const made: LocalConnection[] = [];
    const factory = (): LocalConnection => {
      const worker = new LocalConnection({ target: { host: 'here', protocol: 'local' } });
      made.push(worker);
      return worker;
    };
    await using pool = new ConnectionPool(factory, { size: 1 });
    const controller = new AbortController();
    const onStdout = (): void => controller.abort();
    const aborted = pool.execute('echo begun; sleep 60', { signal: controller.signal, onStdout });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORT_ERR', result: { stdout: 'begun\n' } });
    await expect(pool.execute('sleep 60', { timeout: 20 })).rejects.toThrow(TimeoutError);
    await pool.execute('true');
    expect(pool.stats.replaced).toBe(2);
    expect(made.map(({ state }) => state)).toEqual(['closed', 'closed', 'connected']);
  });

  it('is kept where a command fails, the options are wrong or the caller throws', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    await expect(pool.execute('fail')).resolves.toMatchObject({ status: 3 });
    await expect(pool.execute('fail', { check: true })).rejects.toThrow(CommandError);
    await expect(pool.execute('x', { maxBuffer: -1 })).rejects.toThrow('maxBuffer');
    await expect(pool.use(() => Promise.reject(new RangeError('mine')))).rejects.toThrow(RangeError);
    expect([pool.stats.replaced, machine.made.length]).toEqual([0, 1]);
  });

  it('is replaced when it does not know its prompt any more, or says so itself, or its lease is discarded', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    const lost = new DialogError('unsynchronised', 'no prompt');
    await expect(pool.use(() => Promise.reject(lost))).rejects.toBe(lost);
    await pool.use(async (worker) => {
      worker.isPoisoned = true;
    });
    (await pool.acquire()).discard();
    expect([pool.stats.replaced, machine.made.length]).toEqual([3, 3]);
    const lease = await pool.acquire();
    lease.discard();
    expect(() => lease.discard()).toThrow('given back once');
  });

  it('is replaced when its user has disconnected or closed it', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    await pool.use((worker) => worker.disconnect());
    await pool.use((worker) => worker.close());
    await pool.execute('x');
    expect(machine.made.map(({ asked }) => asked)).toEqual([[], [], ['x']]);
  });

  it('is replaced when somebody closed it while it was free', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    const worker = await pool.use(async (own) => own);
    await worker.close();
    await expect(pool.execute('x')).resolves.toMatchObject({ ok: true });
    expect(machine.made.map(({ asked }) => asked)).toEqual([[], ['x']]);
  });

  it('is lent again although something of its own stays open on it, such as the shell of a command line', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    let open: Promise<unknown> | undefined;
    await pool.use(async (worker) => {
      open = worker.execute('hold x');
    });
    await pool.execute('next');
    machine.gate('x').open();
    await open;
    expect(machine.made.map(({ asked }) => asked)).toEqual([['hold x', 'next']]);
  });

  it('is validated each time before it is lent, and replaced where it is no good', async () => {
    const machine = new Machine();
    const asked: number[] = [];
    const good = [true, true, false, true];
    await using pool = machine.pool({
      size: 1,
      validate: async (worker) => {
        asked.push(worker.ordinal);
        if (asked.length === 5) throw new Error('broken');
        return good[asked.length - 1] ?? true;
      },
    });
    for (let i = 0; i < 4; i += 1) await pool.execute(`command ${i}`);
    expect(asked).toEqual([0, 0, 0, 1, 1, 2]);
    expect(machine.made.map((worker) => worker.asked)).toEqual([
      ['command 0', 'command 1'],
      ['command 2'],
      ['command 3'],
    ]);
  });

  it('goes to who came first, although it had to be validated for long', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 2, validate: () => new Promise((resolve) => setImmediate(resolve, true)) });
    const commands = Array.from({ length: 30 }, (_, i) => `command ${i}`);
    await Promise.all(commands.map((command) => pool.execute(command)));
    expect(machine.log).toEqual(commands);
  });

  it('is reset when it comes back, and replaced where that fails', async () => {
    const machine = new Machine();
    const reset: number[] = [];
    await using pool = machine.pool({
      size: 1,
      reset: async (worker) => {
        reset.push(worker.ordinal);
        await worker.execute('reset');
        if (reset.length === 2) throw new Error('does not answer');
      },
    });
    for (const name of ['a', 'b', 'c']) await pool.execute(name);
    await settle();
    await settle();
    expect(machine.made.map(({ asked }) => asked)).toEqual([
      ['a', 'reset', 'b', 'reset'],
      ['c', 'reset'],
    ]);
    expect(reset).toEqual([0, 0, 1]);
  });

  it('is replaced when it is too old, but not while it is lent', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1, maxAge: 1 });
    await pool.use(async (worker) => {
      await worker.execute('a');
      await new Promise((resolve) => setTimeout(resolve, 5));
      await worker.execute('b');
    });
    await pool.execute('c');
    expect(machine.made.map(({ asked }) => asked)).toEqual([['a', 'b'], ['c']]);
  });

  it('is disconnected when nobody needs it for long, and comes back when somebody does', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 2, idleTimeout: 1 });
    await pool.connect();
    await Promise.all(
      machine.made.map(async (worker) => {
        while (worker.state !== 'disconnected') await settle();
      }),
    );
    expect([pool.connected, pool.stats]).toMatchObject([true, { idle: 0, replaced: 0 }]);
    await expect(pool.execute('x')).resolves.toMatchObject({ ok: true });
    expect([machine.made.length, machine.connects]).toEqual([2, 3]);
  });
});

describe('a worker that cannot be started', () => {
  it('fails those who wait at once where none ever stood, as a connection does', async () => {
    const machine = new Machine();
    machine.refuse = unreachable;
    await using pool = machine.pool({ size: 2 });
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => pool.execute(name)));
    expect(outcomes).toMatchObject(outcomes.map(() => ({ reason: { phase: 'tcp', host: 'web1' } })));
    expect([machine.connects, pool.state, pool.stats]).toMatchObject([2, 'disconnected', { waiting: 0, leased: 0 }]);
    machine.refuse = () => undefined;
    await expect(pool.execute('again')).resolves.toMatchObject({ ok: true });
  });

  it('is tried again with growing pauses while others stand or a machine comes back', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 2 });
    await pool.connect();
    machine.refuse = () => (machine.connects < 6 ? unreachable() : undefined);
    for (const worker of machine.made) worker.kill();
    await expect(Promise.all(['a', 'b', 'c'].map((name) => pool.execute(name)))).resolves.toHaveLength(3);
    expect(machine.connects).toBeGreaterThanOrEqual(6);
    expect([pool.state, machine.log]).toEqual(['connected', ['a', 'b', 'c']]);
  });

  it('is tried on when all attempts have failed but others stand, since the pool would stay small for good', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 3, reconnect: { attempts: 1, delay: 1, maxDelay: 2 } });
    await pool.connect();
    machine.refuse = unreachable;
    for (const worker of machine.made.slice(1)) worker.kill();
    const held = pool.execute('hold x');
    const waiting = ['a', 'b', 'c'].map((name) => pool.execute(`hold ${name}`));
    while (machine.connects < 3 + 2 * 4) await settle();
    expect(pool.stats).toMatchObject({ leased: 1, waiting: 3 });
    machine.refuse = () => undefined;
    while (pool.stats.leased < 3) await settle();
    for (const name of ['x', 'a', 'b', 'c']) machine.gate(name).open();
    await expect(Promise.all([held, ...waiting])).resolves.toHaveLength(4);
    expect([pool.failures.size, pool.state]).toEqual([0, 'connected']);
  });

  it('fails those who wait when all attempts of all have failed, however short the pauses', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 4, reconnect: { attempts: 2, delay: 0.01, maxDelay: 0.01 } });
    await pool.connect();
    machine.refuse = unreachable;
    for (const worker of machine.made) worker.kill();
    await expect(pool.execute('x')).rejects.toMatchObject({ phase: 'tcp' });
    expect(pool.state).toBe('disconnected');
  });

  it('fails those who wait when all attempts have failed, and says that the pool is lost', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1, reconnect: { attempts: 3, delay: 1 } });
    await pool.connect();
    let lost: HawserError | undefined;
    pool.on('lost', (reason) => {
      lost = reason;
    });
    machine.refuse = unreachable;
    machine.made[0]?.kill();
    const error = await errorOf(pool.execute('x'));
    expect(error).toMatchObject({ phase: 'tcp' });
    expect([lost, pool.state, machine.connects]).toEqual([error, 'disconnected', 5]);
  });

  it('is not tried again by itself where the server refused the login, and others serve on', async () => {
    const machine = new Machine();
    machine.refuse = (ordinal) => (ordinal === 1 ? new AuthError('refused', [], { host: 'web1' }) : undefined);
    const told: unknown[] = [];
    await using pool = machine.pool({ size: 2, onWorkerFailed: (error, index) => told.push([error.code, index]) });
    await pool.connect();
    expect([pool.connected, pool.failures.get(1)]).toMatchObject([true, { phase: 'auth' }]);
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => pool.execute(name)));
    expect([machine.log, machine.connects]).toEqual([['a', 'b', 'c', 'd'], 2]);
    expect(told).toEqual([['ERR_HAWSER_AUTH', 1]]);
    machine.refuse = () => undefined;
    await pool.connect();
    expect([pool.stats.idle, pool.failures.size]).toEqual([2, 0]);
  });

  it('is one that its maker throws for, too', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    await pool.execute('x');
    machine.made.push = () => {
      throw new Error('no more workers');
    };
    machine.made[0]?.kill();
    await expect(pool.execute('y')).rejects.toThrow(HawserError);
    await expect(pool.execute('y')).rejects.toThrow('starting a worker of the pool for web1: no more workers');
  });
});

describe('what a call throws', () => {
  it('spoils its worker where the call was cut short or the worker was lost', () => {
    const reasons = ['login', 'question', 'mode', 'shared', 'unsynchronised'] as const;
    expect(reasons.filter((reason) => spoils(new DialogError(reason, '')))).toEqual([
      'question',
      'mode',
      'unsynchronised',
    ]);
    expect([new HawserError('X', ''), new Error('x'), 'x', undefined].some(spoils)).toBe(false);
  });
});
