import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LocalConnection } from '../../../../src/connection/local-connection.js';
import { SshConnection } from '../../../../src/connection/ssh-connection.js';
import { ClosedError } from '../../../../src/core/errors.js';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import { Barrier, MemoryConnection, memoryFleet } from '../memory-fleet.js';

describe('a connection in two fleets', () => {
  it('is closed by the one that owns it, and by no other', async () => {
    const mc = memoryFleet(['a', 'b'], () => ({}));
    const [a, b] = mc.valuesAll();
    const copy = mc.copy();
    const sum = mc.concat(copy);
    expect([copy, sum].map((fleet) => [...fleet.valuesAll()])).toEqual([
      [a, b],
      [a, b],
    ]);
    expect((await copy.execute('x')).ok).toBe(true);
    await copy.close();
    await sum.clear();
    await sum.close();
    expect([a?.state, b?.state]).toEqual(['connected', 'connected']);
    expect([mc, copy, sum].map((fleet) => fleet.owns(a ?? fail()))).toEqual([true, false, false]);
    const late = mc.copy();
    await mc.close();
    expect([a?.state, b?.state]).toEqual(['closed', 'closed']);
    const result = await late.execute('x');
    expect([...result.values()].map(({ outcome }) => outcome)).toEqual(['aborted', 'aborted']);
    expect(result.get('a')?.error).toBeInstanceOf(ClosedError);
    await late.close();
  });

  it('goes from one to the other by pop and set', async () => {
    const from = memoryFleet(['a'], () => ({}));
    const to = new MultiConnection([]);
    const a = from.pop('a') ?? fail();
    expect(from.owns(a)).toBe(false);
    to.set('other', a, { own: true });
    await from.close();
    expect([a.state, to.owns(a)]).toEqual(['idle', true]);
    await to.close();
    expect(a.state).toBe('closed');
  });

  it('goes on with what the one runs on it while the other closes', async () => {
    const hold = new Barrier();
    const a = new MemoryConnection('a', {
      exec: async () => {
        await hold.pass();
        return { stdout: 'done' };
      },
    });
    const one = MultiConnection.fromConnections([a]);
    const two = MultiConnection.fromConnections([a]);
    const run = one.execute('x', { bare: true });
    await hold.reached(1);
    await two.close();
    hold.open();
    expect((await run).get('a')).toMatchObject({ stdout: 'done', outcome: 'exit' });
    await one.close();
    await a.close();
  });
});

describe('a connection that is added twice', () => {
  it('is there once under each key, where it was, and a command runs once for each key', async () => {
    let runs = 0;
    await using a = new MemoryConnection('a', {
      exec: () => {
        runs += 1;
        return {};
      },
    });
    await using b = new MemoryConnection('a');
    await using mc = MultiConnection.fromConnections([a, b, a]).add(a).set('a', a).set('also', a);
    mc.update(mc).add(mc);
    expect(mc.getAll('a')).toEqual([a, b]);
    expect([...mc.keysAll()]).toEqual(['a', 'a', 'also']);
    expect([mc.size, mc.sizeAll]).toEqual([2, 3]);
    await mc.execute('x');
    expect(runs).toBe(2);
  });

  it('stays the own one of the fleet, or becomes it, but never ceases to be', async () => {
    const a = new MemoryConnection('a');
    const mc = MultiConnection.fromConnections([a]);
    expect(mc.owns(a)).toBe(false);
    expect(mc.add(a, { own: true }).owns(a)).toBe(true);
    expect(mc.add(a).set('b', a).owns(a)).toBe(true);
    await mc.close();
    expect(a.state).toBe('closed');
  });
});

describe('what is no connection, and what is no key', () => {
  it('is refused, and nothing is changed', () => {
    const a = new MemoryConnection('a');
    const mc = new MultiConnection([]);
    // biome-ignore format: each line is a mistake of its own
    const mistakes: (() => unknown)[] = [
      // @ts-expect-error: what callers without types may write
      () => mc.set('a', 'web1'),
      // @ts-expect-error: what callers without types may write
      () => mc.set('a'),
      () => mc.set('', a),
      // @ts-expect-error: what callers without types may write
      () => mc.set(7, a),
      // @ts-expect-error: what callers without types may write
      () => mc.add('web1'),
      // @ts-expect-error: what callers without types may write
      () => mc.add(undefined),
      // @ts-expect-error: what callers without types may write
      () => mc.concat({ host: 'web1' }),
      // @ts-expect-error: what callers without types may write
      () => mc.update([['a', a], ['b']]),
      // @ts-expect-error: what callers without types may write
      () => mc.update([a]),
      // @ts-expect-error: what callers without types may write
      () => mc.update({ a }),
      // @ts-expect-error: what callers without types may write
      () => mc.update(undefined),
    ];
    for (const mistake of mistakes) expect(mistake).toThrow(OptionError);
    expect(mc.sizeAll).toBe(0);
  });
});

describe('a fleet that was emptied', () => {
  it('has empty results, and can be filled again', async () => {
    await using mc = memoryFleet(['a', 'b'], () => ({ exec: { stdout: 'x' } }));
    await mc.clear();
    for (const run of [mc.execute('x'), mc.each(async () => 1), mc.connect(), mc.os.hostname(), mc.sftpRead('/x')]) {
      expect([(await run).size, (await run).ok]).toEqual([0, true]);
    }
    expect([mc.get('a'), mc.getAll('a'), mc.pop('a'), mc.popAll('a'), mc.popItem(), mc.popItemAll()]).toEqual([
      undefined,
      [],
      undefined,
      [],
      undefined,
      undefined,
    ]);
    expect([await mc.delete('a'), await mc.deleteAll('a'), mc.hosts]).toEqual([false, 0, []]);
    mc.add(new MemoryConnection('c'), { own: true });
    expect((await mc.execute('x')).size).toBe(1);
  });
});

describe('a fleet that was closed', () => {
  it('can be looked at and copied; whatever would change or use it is refused', async () => {
    const mc = memoryFleet(['a', 'b'], () => ({}));
    const [a] = mc.valuesAll();
    await mc.close();
    expect([mc.closed, mc.size, [...mc.keys()], mc.get('a')]).toEqual([true, 2, ['a', 'b'], a]);
    const connection = new MemoryConnection('c');
    const changes = [
      () => mc.set('c', connection),
      () => mc.add(connection),
      () => mc.update([]),
      () => mc.pop('a'),
      () => mc.popAll('zzz'),
      () => mc.popItem(),
      () => mc.popItemAll(),
    ];
    for (const change of changes) expect(change).toThrow(ClosedError);
    const calls = [
      mc.delete('a'),
      mc.deleteAll('a'),
      mc.clear(),
      mc.execute('x'),
      mc.each(async () => 1),
      mc.connect(),
    ];
    for (const call of calls) await expect(call).rejects.toThrow(ClosedError);
    expect(mc.copy().sizeAll).toBe(2);
    expect(mc.concat(connection).sizeAll).toBe(3);
  });
});

describe('iterators', () => {
  it('go over what there was when they were made', async () => {
    await using mc = memoryFleet(['a', 'a', 'b', 'c'], () => ({}));
    const seen: string[] = [];
    for (const key of mc.keysAll()) {
      seen.push(key);
      await mc.delete(key);
      mc.set(`${key}${seen.length}`, new MemoryConnection('new'), { own: true });
    }
    expect(seen).toEqual(['a', 'a', 'b', 'c']);
    expect([...mc.keys()]).toEqual(['a1', 'a2', 'b3', 'c4']);
  });
});

describe('clone', () => {
  it('makes new connections of the same classes to the same targets, with their secrets, and opens none', async () => {
    const bare = new SshConnection({ target: { host: 'own', key: 'web1', username: 'me', password: 's3cret' } });
    await using mc = new MultiConnection(
      ['web1', 'web1', 'local:', bare, { host: 'h', key: 'k', password: 's3cret' }],
      {
        batchSize: 7,
        maxConnections: 3,
        defaults: { port: 2200 },
        threadSafe: [true, false, true, true, false],
      },
    );
    mc.set('again', bare);
    await using clone = mc.clone();
    expect([...clone.keysAll()]).toEqual(['web1', 'web1', 'web1', 'local:', 'k', 'again']);
    expect(clone.batchSize).toBe(7);
    const pairs = [...clone.valuesAll()].map((twin, index) => ({ twin, original: [...mc.valuesAll()][index] }));
    for (const { twin, original } of pairs) {
      expect(twin).not.toBe(original);
      expect(twin.constructor).toBe(original?.constructor);
      expect(twin).toMatchObject({ key: original?.key, host: original?.host, state: 'idle' });
      expect(twin.target).toEqual(original?.target);
      expect(twin.target.password).toBe(original?.target.password);
      expect(clone.owns(twin)).toBe(true);
    }
    expect(clone.getAll('web1')[2]).toBe(clone.getAll('again')[0]);
    expect(clone.getAll('local:')[0]).toBeInstanceOf(LocalConnection);
    expect(inspect(clone, { depth: 9 }) + JSON.stringify([...clone.valuesAll()])).not.toContain('s3cret');
  });

  it('works again after the original was closed', async () => {
    const mc = new MultiConnection(['local:']);
    await mc.close();
    await using clone = mc.clone();
    expect((await clone.execute('echo hi')).get('local:')).toMatchObject({ ok: true, stdout: 'hi\n' });
  });

  it('says so where a class takes something else than a target', () => {
    const mc = MultiConnection.fromConnections([new MemoryConnection('a')]);
    expect(() => mc.clone()).toThrow(OptionError);
    expect(() => mc.clone()).toThrow('MemoryConnection');
  });
});

function fail(): never {
  throw new Error('There is none.');
}
