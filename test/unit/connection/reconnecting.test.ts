import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import type { ReconnectOptions } from '../../../src/core/backoff.js';
import { diagnostics, type StateEvent } from '../../../src/core/diagnostics.js';
import {
  AuthError,
  ClosedError,
  ConnectError,
  DisconnectedError,
  HostKeyError,
  ThrottledError,
  TimeoutError,
} from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { errorOf, Gate, ScriptedConnection, settle } from './scripted-connection.js';

const CUT = new DisconnectedError('The connection to web1 was lost: it was cut.', { host: 'web1' });
const DOWN = new ConnectError('tcp', 'Cannot connect to web1: refused.', { host: 'web1', retryable: true });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A machine that can be down, for a reason. */
function machine(o: ReconnectOptions | false = {}): { connection: ScriptedConnection; fail(error?: Error): void } {
  let failure: Error | undefined;
  const connect = (): void => {
    if (failure !== undefined) throw failure;
  };
  const connection = new ScriptedConnection({ connect, exec: { stdout: 'done\n' } }, {}, o);
  return { connection, fail: (error) => (failure = error) };
}

/** What a connection tells, in order. */
function eventsOf(connection: ScriptedConnection): string[] {
  const events: string[] = [];
  connection.on('state', (state) => events.push(state));
  connection.on('lost', ({ message }) => events.push(`lost: ${message}`));
  connection.on('reconnecting', ({ attempt, reason }) => events.push(`attempt ${attempt}: ${reason.message}`));
  connection.on('reconnected', ({ attempts }) => events.push(`reconnected after ${attempts}`));
  return events;
}

async function later(ms: number = 60_000): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
}

describe('a link that is lost', () => {
  it('is made again, attempt by attempt, and says so', async () => {
    const { connection, fail } = machine();
    await connection.connect();
    const events = eventsOf(connection);
    fail(DOWN);
    connection.latest.destroy(CUT);
    await later(250);
    fail(undefined);
    await later();
    expect(events).toEqual([
      'reconnecting',
      `lost: ${CUT.message}`,
      `attempt 1: ${CUT.message}`,
      `attempt 2: ${DOWN.message}`,
      'connected',
      'reconnected after 2',
    ]);
    expect([connection.transports.length, connection.reconnects]).toEqual([3, true]);
    await connection.close();
  });

  it.each([undefined, false, { attempts: 0 }] as const)('stays lost with `reconnect: %j`', async (reconnect) => {
    const connection = new ScriptedConnection({}, {}, reconnect);
    await connection.connect();
    const events = eventsOf(connection);
    connection.latest.destroy(CUT);
    await later();
    expect([connection.reconnects, events]).toEqual([false, ['disconnected', `lost: ${CUT.message}`]]);
    await connection.close();
  });

  it('is waited for by what is asked for meanwhile', async () => {
    const { connection } = machine();
    await connection.connect();
    connection.latest.destroy(CUT);
    const calls = [connection.execute('a'), connection.execute('b'), connection.connect()];
    await settle();
    expect([connection.state, connection.active]).toEqual(['reconnecting', 2]);
    await later();
    await Promise.all(calls);
    expect(connection.transports).toHaveLength(2);
    await connection.close();
  });

  it('is waited for longer and longer, up to a limit, and so many times', async () => {
    const { connection, fail } = machine({ attempts: 6, delay: 100, maxDelay: 1000 });
    await connection.connect();
    const delays: number[] = [];
    connection.on('reconnecting', ({ delay }) => delays.push(delay));
    fail(DOWN);
    connection.latest.destroy(CUT);
    const waiting = errorOf(connection.execute('a'));
    await later();
    expect(await waiting).toBe(DOWN);
    expect(connection.state).toBe('disconnected');
    const whole = [100, 200, 400, 800, 1000, 1000];
    expect(delays).toHaveLength(whole.length);
    for (const [i, most] of whole.entries()) {
      expect(delays[i]).toBeGreaterThanOrEqual(most / 2);
      expect(delays[i]).toBeLessThanOrEqual(most);
    }
    fail(undefined);
    expect((await connection.execute('a')).stdout).toBe('done\n');
    await connection.close();
  });

  it.each([
    new AuthError('web1 accepted nothing.', [], { host: 'web1' }),
    new HostKeyError('web1 shows another key.', { reason: 'mismatch', fingerprint: 'SHA256:x', keyType: 'ssh-rsa' }),
    new TimeoutError('Timed out in auth.', { phase: 'auth', ms: 1 }),
    new ConnectError('kex', 'web1 speaks nothing that is known.'),
    new OptionError('No such key file.'),
    new TypeError('a bug'),
  ])('is not asked for again after $name: $message', async (refusal) => {
    const { connection, fail } = machine();
    await connection.connect();
    const events = eventsOf(connection);
    fail(refusal);
    connection.latest.destroy(CUT);
    const waiting = errorOf(connection.execute('a'));
    await later();
    expect(await waiting).toBe(refusal);
    expect(events).toEqual(['reconnecting', `lost: ${CUT.message}`, `attempt 1: ${CUT.message}`, 'disconnected']);
    await connection.close();
  });

  it.each([
    new ConnectError('resolve', 'web1 does not resolve.', { retryable: false }),
    new ConnectError('banner', 'web1 hung up.', { retryable: true }),
    new ConnectError('auth', 'web1 hung up before anything was offered.', { retryable: true }),
    new ThrottledError('web1 has no room.'),
    new DisconnectedError('The connection to the jump host was lost.'),
    new TimeoutError('Timed out in tcp.', { phase: 'tcp', ms: 1 }),
  ])('is asked for again after $name: $message', async (failure) => {
    const { connection, fail } = machine();
    await connection.connect();
    fail(failure);
    connection.latest.destroy(CUT);
    const [{ attempt }] = await Promise.all([once(connection, 'reconnecting').then(([one]) => one), later(300)]);
    fail(undefined);
    expect(attempt).toBe(1);
    await later();
    expect(connection.state).toBe('connected');
    await connection.close();
  });

  it('counts as never made where it is lost again at once, and nothing was done over it', async () => {
    const { connection } = machine({ attempts: 4, delay: 10, maxDelay: 100 });
    await connection.connect();
    connection.on('reconnected', () => connection.latest.destroy(CUT));
    connection.latest.destroy(CUT);
    await later();
    expect([connection.state, connection.transports.length]).toEqual(['disconnected', 5]);
    await connection.close();
  });

  it('is made again as often as need be where something was done over it, or it stood for long', async () => {
    const { connection } = machine({ attempts: 2, delay: 10, maxDelay: 100 });
    await connection.connect();
    for (let time = 0; time < 5; time += 1) {
      connection.latest.destroy(CUT);
      await later(100);
      if (time < 3) await connection.execute('a');
      else await later(1000);
    }
    expect([connection.state, connection.transports.length]).toEqual(['connected', 6]);
    await connection.close();
  });

  it('is made again for who has waited although it is lost once more before he has it', async () => {
    const { connection } = machine();
    await connection.connect();
    const events = eventsOf(connection);
    let first = true;
    connection.on('state', (state) => {
      if (state === 'connected' && first) {
        first = false;
        connection.latest.destroy(CUT);
      }
    });
    connection.latest.destroy(CUT);
    const work = connection.execute('a');
    await later();
    expect((await work).stdout).toBe('done\n');
    expect(connection.transports).toHaveLength(3);
    expect(events.filter((event) => event.startsWith('reconnected'))).toEqual(['reconnected after 1']);
    await connection.close();
  });
});

describe('the end of reconnecting', () => {
  it.each([
    'state',
    'lost',
    'reconnecting',
  ] as const)('comes with a close upon `%s`, before any attempt', async (event) => {
    const { connection } = machine();
    await connection.connect();
    connection.once(event, () => void connection.close());
    connection.latest.destroy(CUT);
    const waiting = errorOf(connection.execute('a'));
    await later();
    expect(await waiting).toBeInstanceOf(ClosedError);
    expect([connection.state, connection.transports.length]).toEqual(['closed', 1]);
  });

  it('comes with `disconnect`, also in the midst of an attempt, and the next call connects', async () => {
    const gate = new Gate();
    let hangs = false;
    const connection = new ScriptedConnection({ connect: () => (hangs ? gate.pass() : undefined) }, {}, {});
    await connection.connect();
    hangs = true;
    connection.latest.destroy(CUT);
    const waiting = errorOf(connection.execute('a'));
    await later(300);
    expect(gate.arrived).toBe(1);
    await connection.disconnect();
    expect(await waiting).toMatchObject({ message: 'Disconnected from web1 by the caller.' });
    hangs = false;
    await later();
    expect([connection.state, connection.transports.length]).toEqual(['disconnected', 2]);
    await connection.execute('a');
    expect(connection.transports).toHaveLength(3);
    await connection.close();
  });

  it('comes not with the time limit of one who waits', async () => {
    const { connection, fail } = machine();
    await connection.connect();
    fail(DOWN);
    connection.latest.destroy(CUT);
    const impatient = errorOf(connection.connect({ timeout: 100 }));
    const patient = connection.execute('a');
    await later(500);
    expect(await impatient).toBeInstanceOf(TimeoutError);
    fail(undefined);
    await later();
    await patient;
    await connection.close();
  });
});

describe('an attempt', () => {
  it('waits at the gate as every connect does', async () => {
    const { connection } = machine();
    await connection.connect();
    const gate = new Gate();
    connection.gateConnects(async () => {
      await gate.pass();
      return () => {};
    });
    connection.latest.destroy(CUT);
    await later();
    expect([gate.arrived, connection.transports.length]).toEqual([1, 1]);
    gate.open();
    await later();
    expect([connection.state, connection.transports.length]).toEqual(['connected', 2]);
    await connection.close();
  });

  it('is told on `hawser:state`, with its number and delay', async () => {
    const told: StateEvent[] = [];
    const stop = diagnostics.state.subscribe((event) => told.push(event));
    const { connection } = machine();
    await connection.connect();
    connection.latest.destroy(CUT);
    await later();
    await connection.close();
    stop();
    expect(told).toMatchObject([
      { state: 'connecting' },
      { state: 'connected' },
      { state: 'reconnecting', attempt: 1, delay: expect.any(Number), reason: CUT.message },
      { state: 'connected' },
      { state: 'closed' },
    ]);
  });
});

describe('the option `reconnect`', () => {
  it('is checked at the door, and handed on to clones', () => {
    expect(() => new ScriptedConnection({}, {}, { attempts: -1 })).toThrow(OptionError);
    const connection = new SshConnection({ target: { host: 'web1' }, reconnect: {} });
    expect(connection.clone().reconnects).toBe(true);
  });
});
