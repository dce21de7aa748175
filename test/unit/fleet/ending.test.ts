import { describe, expect, it } from 'vitest';
import { PartialFailureError } from '../../../src/connection/results/multi-result.js';
import { AbortError, ClosedError, ConnectError, TimeoutError } from '../../../src/core/errors.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { Barrier, keys, MemoryConnection, memoryFleet } from './memory-fleet.js';

const outcomes = (result: Iterable<[string, { outcome: string }]>): string[] =>
  Array.from(result, ([, { outcome }]) => outcome);

const unreachable = (key: string) => ({
  connect: () => {
    throw new ConnectError('tcp', `Could not connect to ${key}: refused.`, { host: key });
  },
});

describe('a call that is ended', () => {
  it('by its signal has a result for each host: ended where it ran, skipped where it had not begun', async () => {
    const controller = new AbortController();
    await using mc = new MultiConnection(['local:a', 'local:b', 'local:c'], { batchSize: 2 });
    const run = mc.execute('echo begun; sleep 600', {
      signal: controller.signal,
      onStdout: () => controller.abort(),
      killGrace: 100,
    });
    const result = await run;
    expect(outcomes(result)[2]).toBe('skipped');
    expect(outcomes(result)).toContain('aborted');
    expect(result.failed.size).toBe(3);
    for (const [key, { error }] of result) {
      expect(error).toBeInstanceOf(AbortError);
      expect(error?.key).toBe(key);
    }
    const cut = [...result.values()].find(({ stdout }) => stdout === 'begun\n');
    expect(cut).toMatchObject({ outcome: 'aborted', killed: 'confirmed' });
  });

  it('with a signal that has fired before starts nothing', async () => {
    await using mc = memoryFleet(keys(3), () => ({}));
    const result = await mc.execute('x', { signal: AbortSignal.abort() });
    expect(outcomes(result)).toEqual(['skipped', 'skipped', 'skipped']);
    expect([...mc.values()].map(({ state }) => state)).toEqual(['idle', 'idle', 'idle']);
  });

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    await using mc = memoryFleet(keys(30), () => ({}));
    await mc.execute('x', { signal, bare: true });
    expect(listeners).toBe(0);
  });

  it('by its time limit says for each host where it was', async () => {
    const never = new Barrier();
    await using mc = memoryFleet(['slow', 'hangs', 'quick'], (key) => ({
      ...(key === 'slow' ? { connect: () => never.pass() } : {}),
      exec: async (_, process) => {
        if (key === 'hangs') {
          process.stdout.write('half');
          await new Promise<void>((resolve) => process.onSignal(() => resolve()));
          return { signal: 'SIGTERM' };
        }
        return { stdout: 'done' };
      },
    }));
    const result = await mc.execute('x', { timeout: 50, bare: true, killGrace: 10 });
    expect(outcomes(result)).toEqual(['timeout', 'timeout', 'exit']);
    expect(result.get('slow')?.error).toMatchObject({ phase: 'connect', ms: 50, key: 'slow' });
    expect(result.get('hangs')?.error).toBeInstanceOf(TimeoutError);
    expect(result.get('hangs')).toMatchObject({ stdout: 'half', error: { phase: 'execute', key: 'hangs' } });
    never.open();
  });

  it('does not count the wait for other hosts as time of its own', async () => {
    const hold = new Barrier();
    await using mc = memoryFleet(['a', 'b'], (key) => ({ connect: () => (key === 'a' ? hold.pass() : undefined) }), {
      connectConcurrency: 1,
    });
    const result = await mc.execute('x', { timeout: 40, bare: true });
    expect(outcomes(result)).toEqual(['timeout', 'exit']);
    hold.open();
  });

  it('by closing the fleet has a result for each host, and nothing is left open', async () => {
    const hold = new Barrier();
    const mc = memoryFleet(
      keys(4),
      () => ({
        exec: async () => {
          await hold.pass();
          return {};
        },
      }),
      { batchSize: 2 },
    );
    const run = mc.execute('x');
    await hold.reached(2);
    await mc.close();
    const result = await run;
    expect(outcomes(result)).toEqual(['aborted', 'aborted', 'skipped', 'skipped']);
    expect(result.get('h1')?.error).toBeInstanceOf(ClosedError);
    expect(result.get('h4')?.error).toMatchObject({ message: 'The fleet was closed.', key: 'h4' });
    expect([...mc.values()].every(({ state }) => state === 'closed')).toBe(true);
    await mc.close();
    await expect(mc.execute('x')).rejects.toThrow(ClosedError);
    hold.open();
  });

  it('by closing a fleet of borrowed connections leaves them open', async () => {
    const connection = new MemoryConnection('a', {
      exec: async (_, process) => {
        await new Promise<void>((resolve) => process.onSignal(() => resolve()));
        return { signal: 'SIGTERM' };
      },
    });
    const mc = MultiConnection.fromConnections([connection]);
    await mc.connect();
    const run = mc.execute('x', { bare: true, killGrace: 10 });
    await mc.close();
    expect(outcomes(await run)).toEqual(['aborted']);
    expect(connection.state).toBe('connected');
    await connection.close();
  });
});

describe('failFast and maxFailures', () => {
  const failing = (o: { failFast?: boolean; maxFailures?: number | `${number}%` }) => {
    const mc = memoryFleet(keys(8), () => ({ exec: { code: 1 } }), { batchSize: 1 });
    return mc.execute('x', o);
  };
  const counted = async (o: { failFast?: boolean; maxFailures?: number | `${number}%` }): Promise<number> =>
    [...(await failing(o)).values()].filter(({ outcome }) => outcome !== 'skipped').length;

  it('start no further host once too many have failed', async () => {
    expect(await counted({ failFast: true })).toBe(1);
    expect(await counted({ maxFailures: 0 })).toBe(1);
    expect(await counted({ maxFailures: 2 })).toBe(3);
    expect(await counted({ maxFailures: '25%' })).toBe(3);
    expect(await counted({ maxFailures: '100%' })).toBe(8);
    expect(await counted({})).toBe(8);
  });

  it('say why the others were not started', async () => {
    const result = await failing({ maxFailures: 1 });
    expect(result.get('h8')).toMatchObject({ outcome: 'skipped', status: null, key: 'h8' });
    expect(result.get('h8')?.error?.message).toBe('Not started: 2 hosts had failed before its turn, and 1 may fail.');
  });

  it('let finish what runs', async () => {
    const hold = new Barrier();
    await using mc = memoryFleet(
      ['a', 'b', 'c'],
      (key) => ({
        exec: async () => {
          if (key === 'b') await hold.pass();
          return { code: key === 'a' ? 1 : 0 };
        },
      }),
      { batchSize: 2 },
    );
    const run = mc.execute('x', { failFast: true });
    for await (const { key } of run) if (key === 'a') hold.open();
    expect(outcomes(await run)).toEqual(['exit', 'exit', 'skipped']);
  });

  it.each([-1, 1.5, '101%', 'x', '5'])('refuses %s', async (maxFailures) => {
    // @ts-expect-error: what callers without types may write
    await expect(memoryFleet([], () => ({})).execute('x', { maxFailures })).rejects.toThrow('`maxFailures`');
  });
});

describe('connect', () => {
  it('tells each host, keeps those that failed, and tries them again later', async () => {
    let down = true;
    await using mc = memoryFleet(['a', 'b'], (key) => ({
      connect: () => {
        if (key === 'b' && down) throw new ConnectError('tcp', 'Could not connect to b: refused.', { host: 'b' });
      },
    }));
    const result = await mc.connect();
    expect(result.get('a')?.value).toBe(mc.get('a'));
    expect(result.get('b')).toMatchObject({ key: 'b', host: 'b', ok: false, error: { phase: 'tcp', key: 'b' } });
    expect(outcomes(await mc.execute('x'))).toEqual(['exit', 'connect']);
    down = false;
    expect(outcomes(await mc.execute('x'))).toEqual(['exit', 'exit']);
  });

  it('with pruneFailures lets the hosts go that cannot be reached', async () => {
    await using mc = memoryFleet(['a', 'b', 'c'], (key) => (key === 'b' ? unreachable(key) : {}));
    const gone = mc.get('b');
    const result = await mc.connect({ pruneFailures: true });
    expect([...result.failed.keys()]).toEqual(['b']);
    expect([...mc.keys()]).toEqual(['a', 'c']);
    expect(gone?.state).toBe('closed');
    expect((await mc.execute('x')).ok).toBe(true);
  });

  it('prunes no host because the caller gave up', async () => {
    await using mc = memoryFleet(['a'], () => ({}));
    const result = await mc.connect({ pruneFailures: true, signal: AbortSignal.abort() });
    expect(result.ok).toBe(false);
    expect(mc.has('a')).toBe(true);
  });

  it('on opening a fleet closes everything and says what failed, or leaves that out', async () => {
    const a = new MemoryConnection('a');
    const b = new MemoryConnection('b', unreachable('b'));
    const failure = await MultiConnection.open([a, b]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PartialFailureError);
    expect(failure).toMatchObject({ message: '1 of 2 hosts failed: b (Could not connect to b: refused.)', total: 2 });
    await using mc = await MultiConnection.open([a, b], { pruneFailures: true });
    expect([...mc.keys()]).toEqual(['a']);
    await expect(MultiConnection.open([a, b], { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    await a.close();
  });
});
