import { describe, expect, it } from 'vitest';
import type { ConnectGate } from '../../../src/connection/connection.js';
import { raceAbort } from '../../../src/core/abort.js';
import { AbortError, ClosedError, DisconnectedError, TimeoutError } from '../../../src/core/errors.js';
import { errorOf, Gate, settle } from '../connection/scripted-connection.js';
import { Machine, unreachable } from './workers.js';

/** Has connects wait before a gate, or for their signal. */
function passing(gate: Gate): ConnectGate {
  return async (signal) => {
    await raceAbort(gate.pass(), signal, { doing: 'waiting before the gate' });
    return () => {};
  };
}

describe('connecting a pool', () => {
  it('starts all workers in parallel, once, however often it is asked for', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 4 });
    const states: string[] = [];
    pool.on('state', (state) => states.push(state));
    await Promise.all([pool.connect(), pool.connect()]);
    await expect(pool.connect()).resolves.toBe(pool);
    expect([machine.connects, pool.stats.idle, states]).toEqual([4, 4, ['connecting', 'connected']]);
  });

  it('succeeds where some workers stand, and reports the others', async () => {
    const machine = new Machine();
    machine.refuse = (ordinal) => (ordinal > 0 ? unreachable() : undefined);
    const told: number[] = [];
    await using pool = machine.pool({ size: 3, onWorkerFailed: (_, index) => told.push(index) });
    await pool.connect();
    expect([pool.connected, pool.stats.idle, [...pool.failures.keys()], told]).toEqual([true, 1, [1, 2], [1, 2]]);
    expect(pool.failures.get(2)).toMatchObject({ phase: 'tcp' });
  });

  it('fails with the error of the first worker where none stands, and may be tried again', async () => {
    const machine = new Machine();
    const refused = unreachable();
    machine.refuse = (ordinal) => (ordinal === 0 ? refused : unreachable());
    await using pool = machine.pool({ size: 3 });
    expect(await errorOf(pool.connect())).toBe(refused);
    expect([pool.state, pool.failures.size]).toEqual(['disconnected', 3]);
    machine.refuse = () => undefined;
    await pool.connect();
    expect([pool.state, pool.failures.size]).toEqual(['connected', 0]);
  });

  it('is given up when its signal fires or its time is up, unless somebody else waits', async () => {
    const machine = new Machine();
    const gate = new Gate();
    await using pool = machine.pool({ size: 2 });
    pool.gateConnects(passing(gate));
    const controller = new AbortController();
    const aborted = errorOf(pool.connect({ signal: controller.signal }));
    const limited = errorOf(pool.connect({ timeout: 1 }));
    const patient = pool.connect();
    controller.abort();
    expect(await aborted).toBeInstanceOf(AbortError);
    expect(await limited).toBeInstanceOf(TimeoutError);
    expect(pool.state).toBe('connecting');
    gate.open();
    await patient;
    expect([pool.state, machine.connects]).toEqual(['connected', 2]);
    await pool.disconnect();

    const shut = new Gate();
    pool.gateConnects(passing(shut));
    await expect(pool.connect({ timeout: 1 })).rejects.toThrow('Timed out after 1 ms of connecting the pool for web1');
    await settle();
    expect([pool.state, machine.made.map(({ state }) => state)]).toEqual([
      'disconnected',
      ['disconnected', 'disconnected'],
    ]);
    pool.gateConnects(undefined);
    await expect(pool.execute('x')).resolves.toMatchObject({ ok: true });
  });
});

describe('disconnecting a pool', () => {
  it('lets the calls under way come to their end, and turns away who waits', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    const running = pool.execute('hold x');
    const waiting = errorOf(pool.execute('never'));
    await settle();
    await settle();
    const gone = pool.disconnect();
    expect(pool.state).toBe('disconnected');
    expect(await waiting).toBeInstanceOf(DisconnectedError);
    machine.gate('x').open();
    await expect(running).resolves.toMatchObject({ ok: true });
    await gone;
    expect([machine.made.map(({ state }) => state), machine.log]).toEqual([['disconnected'], ['hold x']]);
  });

  it('cuts what is not done in time', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 2, drainTimeout: 5 });
    const running = errorOf(pool.execute('hold x'));
    await using lease = await pool.acquire();
    await pool.disconnect();
    expect(await running).toBeInstanceOf(DisconnectedError);
    expect(lease.connection.state).toBe('disconnected');
    lease.release();
    expect(pool.stats).toMatchObject({ idle: 0, leased: 0 });
  });

  it('is a change of state: what is asked meanwhile is served afterwards', async () => {
    const machine = new Machine();
    await using pool = machine.pool({ size: 1 });
    const running = pool.execute('hold x');
    await settle();
    await settle();
    const gone = pool.disconnect();
    const later = pool.execute('later');
    const again = pool.connect();
    machine.gate('x').open();
    await Promise.all([running, gone]);
    await Promise.all([later, again]);
    expect([pool.state, machine.log]).toEqual(['connected', ['hold x', 'later']]);
  });

  it('ends workers that are being started, and does nothing to a pool that was never used', async () => {
    const machine = new Machine();
    const pool = machine.pool({ size: 2 });
    await pool.disconnect();
    expect(pool.state).toBe('idle');
    const connecting = errorOf(pool.connect());
    await pool.disconnect();
    expect(await connecting).toMatchObject({
      message: expect.stringContaining('was disconnected before a worker came free'),
    });
    expect(machine.made.map(({ state }) => state)).toEqual(['disconnected', 'disconnected']);
  });
});

describe('closing a pool', () => {
  it('cuts what runs, for good, also while it is being disconnected', async () => {
    const machine = new Machine();
    const pool = machine.pool({ size: 1 });
    const running = errorOf(pool.execute('hold x'));
    await settle();
    await settle();
    const gone = pool.disconnect();
    await pool.close();
    expect(await running).toBeInstanceOf(ClosedError);
    await gone;
    expect([pool.state, machine.made.map(({ state }) => state)]).toEqual(['closed', ['closed']]);
  });

  it('closes a worker that is being validated, and makes no other', async () => {
    const machine = new Machine();
    const gate = new Gate();
    const pool = machine.pool({ size: 1, validate: () => gate.pass().then(() => false) });
    const waiting = errorOf(pool.execute('x'));
    while (gate.arrived === 0) await settle();
    const closed = pool.close();
    gate.open();
    await closed;
    expect(await waiting).toBeInstanceOf(ClosedError);
    expect(machine.made.map(({ state }) => state)).toEqual(['closed']);
  });

  it('wins over a connect', async () => {
    const machine = new Machine();
    const pool = machine.pool({ size: 2 });
    const connecting = errorOf(pool.connect());
    await pool.close();
    expect(await connecting).toBeInstanceOf(ClosedError);
    expect(machine.made.map(({ state }) => state)).toEqual(['closed', 'closed']);
  });
});
