import { describe, expect, it } from 'vitest';
import { AbortError, ClosedError } from '../../../../src/core/errors.js';
import type { MultiConnection } from '../../../../src/fleet/multi-connection.js';
import { MultiConnection as Fleet } from '../../../../src/fleet/multi-connection.js';
import type { MemoryTransportOptions } from '../../../../src/testing/memory-transport.js';
import { Barrier, MemoryConnection, memoryFleet } from '../memory-fleet.js';

/** Machines whose commands say that they have begun and wait to be let go; a signal ends them. */
function waitingMachines(): { hold: Barrier; script: () => MemoryTransportOptions } {
  const hold = new Barrier();
  const script = (): MemoryTransportOptions => ({
    exec: async (_, process) => {
      process.stdout.write('begun ');
      const told = new Promise<boolean>((resolve) => process.onSignal(() => resolve(true)));
      const ended = await Promise.race([told, hold.pass().then(() => false)]);
      return ended ? { signal: 'SIGTERM' } : { stdout: 'done' };
    },
  });
  return { hold, script };
}

/** The ways out of a fleet that close what it owns. */
const deletions: [name: string, leave: (mc: MultiConnection, key: string) => Promise<unknown>][] = [
  ['delete', (mc, key) => mc.delete(key)],
  ['deleteAll', (mc, key) => mc.deleteAll(key)],
  ['clear', (mc) => mc.clear()],
];

/** The ways out of a fleet that hand over. */
const pops: [name: string, leave: (mc: MultiConnection, key: string) => unknown][] = [
  ['pop', (mc, key) => mc.pop(key)],
  ['popAll', (mc, key) => mc.popAll(key)],
  ['popItem', (mc) => mc.popItem()],
  ['popItemAll', (mc) => mc.popItemAll()],
];

describe.each(deletions)('%s, while a command runs there', (_, leave) => {
  it('ends the command with its connection, where that is the own one of the fleet', async () => {
    const { script } = waitingMachines();
    await using mc = memoryFleet(['a'], script);
    const [connection] = mc.getAll('a');
    const heard = new Barrier();
    const run = mc.execute('x', { bare: true, onStdout: () => void heard.pass() });
    await heard.reached(1);
    await leave(mc, 'a');
    expect(connection?.state).toBe('closed');
    expect(mc.size).toBe(0);
    const result = (await run).get('a');
    expect(result).toMatchObject({ outcome: 'aborted', stdout: 'begun ', key: 'a' });
    expect(result?.error).toBeInstanceOf(ClosedError);
  });

  it('ends a command that can be told, and closes the connection behind it', async () => {
    const { hold, script } = waitingMachines();
    await using mc = memoryFleet(['a'], script);
    const [connection] = mc.getAll('a');
    const run = mc.execute('x', { bare: true, timeout: 600_000 });
    await hold.reached(1);
    await leave(mc, 'a');
    expect(connection?.state).toBe('closed');
    const result = (await run).get('a');
    expect(result).toMatchObject({
      outcome: 'aborted',
      stdout: 'begun ',
      killed: 'confirmed',
      error: { message: expect.stringContaining('a was taken out of the fleet') },
    });
  });

  it('ends the command and leaves the connection open, where that is borrowed', async () => {
    const { hold, script } = waitingMachines();
    await using connection = new MemoryConnection('a', script());
    await using mc = Fleet.fromConnections([connection]);
    const run = mc.execute('x', { bare: true });
    await hold.reached(1);
    await leave(mc, 'a');
    expect((await run).get('a')).toMatchObject({ outcome: 'aborted', killed: 'confirmed' });
    expect(connection.state).toBe('connected');
    expect(connection.active).toBe(0);
  });

  it('ends what waits for its connection', async () => {
    const never = new Barrier();
    await using mc = memoryFleet(['a', 'b'], () => ({ connect: () => never.pass() }), { connectConcurrency: 1 });
    const runs = [mc.execute('x'), mc.each(async () => 1), mc.connect()];
    await never.reached(1);
    await Promise.all([leave(mc, 'a'), leave(mc, 'b')]);
    for (const run of runs) {
      const result = await run;
      expect([...result.keys()]).toEqual(['a', 'b']);
      expect(result.succeeded.size).toBe(0);
    }
  });
});

describe.each(pops)('%s, while a command runs there', (_, leave) => {
  it('lets it go on, in the fleet result too', async () => {
    const { hold, script } = waitingMachines();
    await using mc = memoryFleet(['a'], script);
    const [connection] = mc.getAll('a');
    const runs = [mc.execute('x', { bare: true }), mc.execute('x', { bare: true, timeout: 600_000 })];
    await hold.reached(2);
    leave(mc, 'a');
    expect([mc.size, connection?.state]).toEqual([0, 'connected']);
    hold.open();
    for (const run of runs) expect((await run).get('a')).toMatchObject({ outcome: 'exit', stdout: 'begun done' });
    expect(connection?.state).toBe('connected');
    await connection?.close();
  });

  it('does not keep the fleet from closing, nor does that end a command that cannot be told', async () => {
    const { hold, script } = waitingMachines();
    const mc = memoryFleet(['a'], script);
    const [connection] = mc.getAll('a');
    const run = mc.execute('x', { bare: true });
    await hold.reached(1);
    leave(mc, 'a');
    await mc.close();
    expect((await run).get('a')).toMatchObject({ outcome: 'aborted', error: { message: 'The fleet was closed.' } });
    expect([connection?.state, connection?.active]).toEqual(['connected', 1]);
    await connection?.close();
  });
});

describe('a host that leaves before its turn comes', () => {
  it('is not started, and its result says why', async () => {
    const { hold, script } = waitingMachines();
    await using mc = memoryFleet(['a', 'b', 'c', 'd'], script, { batchSize: 1 });
    const run = mc.execute('x', { bare: true });
    const each = mc.each((_, key) => (key === 'a' ? hold.pass() : Promise.resolve()));
    await hold.reached(2);
    await mc.delete('b');
    const popped = mc.pop('c');
    mc.set('b', new MemoryConnection('b', script()), { own: true });
    hold.open();
    const result = await run;
    expect([...result.values()].map(({ key, outcome }) => `${key}: ${outcome}`)).toEqual([
      'a: exit',
      'b: skipped',
      'c: skipped',
      'd: exit',
    ]);
    for (const key of ['b', 'c']) {
      expect(result.get(key)?.error).toBeInstanceOf(ClosedError);
      expect(result.get(key)).toMatchObject({
        host: key,
        error: { key, message: expect.stringContaining('taken out') },
      });
    }
    expect([...(await each).succeeded.keys()]).toEqual(['a', 'd']);
    expect((await each).get('b')?.error?.message).toContain('taken out');
    expect(popped?.state).toBe('idle');
  });

  it('is not connected', async () => {
    const hold = new Barrier();
    await using mc = memoryFleet(['a', 'b'], () => ({ connect: () => hold.pass() }), { batchSize: 1 });
    const run = mc.connect();
    await hold.reached(1);
    const popped = mc.pop('b');
    hold.open();
    expect((await run).get('b')).toMatchObject({ ok: false, host: 'b', error: { key: 'b' } });
    expect(popped?.state).toBe('idle');
  });

  it('goes on with what is left of its pool', async () => {
    const { hold, script } = waitingMachines();
    await using mc = memoryFleet(['a', 'b', 'b'], script, { batchSize: 1 });
    const run = mc.execute('x', { bare: true });
    await hold.reached(1);
    const [first, second] = mc.getAll('b');
    expect(await mc.delete('b')).toBe(true);
    hold.open();
    expect((await run).ok).toBe(true);
    expect([first?.state, second?.state]).toEqual(['closed', 'connected']);
  });
});

describe('a connection that leaves from under one of its keys', () => {
  it('stays open for the other, and only what ran under the one is ended', async () => {
    const { hold, script } = waitingMachines();
    const connection = new MemoryConnection('a', script());
    await using mc = Fleet.fromConnections([connection], { own: true }).set('b', connection);
    const run = mc.execute('x', { bare: true, timeout: 600_000 });
    await hold.reached(2);
    await mc.delete('a');
    expect([mc.owns(connection), connection.state, [...mc.keys()]]).toEqual([true, 'connected', ['b']]);
    hold.open();
    const result = await run;
    expect(result.get('a')?.error).toBeInstanceOf(AbortError);
    expect(result.get('b')).toMatchObject({ ok: true });
    await mc.delete('b');
    expect(connection.state).toBe('closed');
  });
});

describe('a function for each host', () => {
  it('may take its own host out, or close the fleet, and is not waited for when it does', async () => {
    const mc = memoryFleet(['a', 'b', 'c'], () => ({}));
    const result = await mc.each(async (_, key) => {
      if (key === 'a') await mc.delete('a');
      if (key === 'b') mc.pop('b');
      return key;
    });
    expect([...result.values()].map(({ ok }) => ok)).toEqual([false, true, true]);
    expect(result.get('a')?.error?.message).toContain('a was taken out of the fleet');
    const closing = await mc.each(async () => mc.close());
    expect(closing.get('c')).toMatchObject({ ok: false, error: { message: 'The fleet was closed.' } });
    expect(mc.closed).toBe(true);
  });

  it('that throws before it gives a promise has failed, and holds up nobody', async () => {
    await using mc = memoryFleet(['a', 'b'], () => ({}));
    const result = await mc.each((_, key) => {
      if (key === 'a') throw new TypeError('at once');
      return Promise.resolve(key);
    });
    expect(result.get('a')?.error).toBeInstanceOf(TypeError);
    expect(result.get('b')?.value).toBe('b');
  });
});

describe('the room for open connections', () => {
  it('is free again when those that hold it leave the fleet, in whatever way', async () => {
    const { hold, script } = waitingMachines();
    await using mc = memoryFleet(['a', 'b', 'c'], script, { maxConnections: 1 });
    const first = mc.executeMap({ a: 'x' }, { bare: true });
    await hold.reached(1);
    const second = mc.executeMap({ b: 'x' }, { bare: true });
    await using popped = mc.pop('a');
    await hold.reached(2);
    expect(popped?.state).toBe('connected');
    const third = mc.executeMap({ c: 'x' }, { bare: true });
    await mc.delete('b');
    await hold.reached(3);
    hold.open();
    expect((await first).get('a')).toMatchObject({ ok: true });
    expect((await second).get('b')).toMatchObject({ outcome: 'aborted' });
    expect((await third).get('c')).toMatchObject({ ok: true });
  });

  it('is not waited for by a host that leaves, nor by one that is handed over', async () => {
    const { hold, script } = waitingMachines();
    await using mc = memoryFleet(['a', 'b', 'c'], script, { maxConnections: 1 });
    const first = mc.executeMap({ a: 'x' }, { bare: true });
    await hold.reached(1);
    const others = mc.executeMap({ b: 'x', c: 'x' }, { bare: true });
    const connecting = mc.connect();
    await mc.delete('b');
    await using popped = mc.pop('c');
    await hold.reached(2);
    hold.open();
    expect([...(await others).values()].map(({ outcome }) => outcome)).toEqual(['skipped', 'exit']);
    expect((await first).ok).toBe(true);
    expect([...(await connecting).failed.keys()]).toEqual(['b']);
    expect(popped?.state).toBe('connected');
  });

  it('is no longer watched over on a connection that has left', async () => {
    await using mc = memoryFleet(['a', 'b'], () => ({}), { maxConnections: 2 });
    const [a, b] = mc.valuesAll();
    if (a === undefined || b === undefined) throw new Error('There are two.');
    const listeners = (): number[] => [a, b].map((one) => one.listenerCount('state') + one.listenerCount('idle'));
    const before = listeners();
    mc.add(a, { own: true }).set('again', a, { own: true });
    expect(listeners()).toEqual(before);
    await mc.connect();
    await using _ = mc.pop('a');
    await mc.delete('b');
    expect(listeners()).toEqual([0, 0]);
  });
});
