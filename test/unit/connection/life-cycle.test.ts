import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionState } from '../../../src/connection/connection-services.js';
import { diagnostics, type StateEvent } from '../../../src/core/diagnostics.js';
import { AbortError, ClosedError, ConnectError, DisconnectedError, TimeoutError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { errorOf, Gate, ScriptedConnection, settle } from './scripted-connection.js';

afterEach(() => {
  vi.useRealTimers();
});

function statesOf(connection: ScriptedConnection): ConnectionState[] {
  const states: ConnectionState[] = [];
  connection.on('state', (state) => states.push(state));
  return states;
}

describe('a new connection', () => {
  it('has opened nothing', () => {
    const connection = new ScriptedConnection();
    expect(connection.transports).toEqual([]);
    expect([connection.state, connection.connected, connection.active]).toEqual(['idle', false, 0]);
    expect(connection.connectSteps).toEqual([]);
  });

  it('is called by its key, else by its host', () => {
    expect(new ScriptedConnection().key).toBe('web1');
    expect(new ScriptedConnection({}, { key: 'front' }).key).toBe('front');
  });

  it('has nothing to disconnect', async () => {
    const connection = new ScriptedConnection();
    await connection.disconnect();
    expect(connection.state).toBe('idle');
  });
});

describe('connecting', () => {
  it('goes through its states, and does nothing on an open connection', async () => {
    const connection = new ScriptedConnection();
    const states = statesOf(connection);
    expect(await connection.connect()).toBe(connection);
    expect(await connection.connect()).toBe(connection);
    expect(states).toEqual(['connecting', 'connected']);
    expect(connection.connectSteps).toMatchObject([{ host: 'web1', phase: 'ready', outcome: 'ok' }]);
    await connection.close();
  });

  it('is done once for all who ask at the same time', async () => {
    const gate = new Gate();
    const connection = new ScriptedConnection({ connect: () => gate.pass() });
    const asked = [connection.connect(), connection.connect(), connection.connect(), connection.execute('true')];
    gate.open();
    await Promise.all(asked);
    expect(connection.transports).toHaveLength(1);
    await connection.close();
  });

  it('fails for all who wait, with the same error, and may be tried again', async () => {
    const failure = new ConnectError('tcp', 'Cannot connect to web1.', { host: 'web1' });
    let fail = true;
    const connection = new ScriptedConnection({
      connect: ({ trace }) => {
        trace.enter({ hop: 'web1:22', phase: 'tcp' });
        if (fail) throw failure;
      },
    });
    const states = statesOf(connection);
    const errors = await Promise.all([connection.connect(), connection.connect()].map(errorOf));
    expect(errors).toEqual([failure, failure]);
    expect(connection.connectSteps.at(-1)).toMatchObject({ hop: 'web1:22', phase: 'tcp', outcome: 'failed' });
    fail = false;
    await connection.connect();
    expect(states).toEqual(['connecting', 'disconnected', 'connecting', 'connected']);
    expect(connection.transports).toHaveLength(2);
    await connection.close();
  });

  it('goes on for the others where one gives up', async () => {
    const gate = new Gate();
    const connection = new ScriptedConnection({ connect: () => gate.pass() });
    const controller = new AbortController();
    const patient = connection.connect();
    const impatient = connection.connect({ signal: controller.signal });
    controller.abort();
    await expect(impatient).rejects.toThrow(AbortError);
    expect(connection.state).toBe('connecting');
    gate.open();
    await patient;
    expect(connection.connected).toBe(true);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await connection.close();
  });

  it('ends with the last who waits', async () => {
    const signals: AbortSignal[] = [];
    const gate = new Gate();
    const connection = new ScriptedConnection({
      connect: ({ signal }) => {
        signals.push(signal);
        return gate.pass();
      },
    });
    const first = new AbortController();
    const second = new AbortController();
    const waits = [first, second].map(({ signal }) => errorOf(connection.connect({ signal })));
    await settle();
    first.abort();
    await settle();
    expect(signals[0]?.aborted).toBe(false);
    second.abort();
    for (const wait of waits) {
      expect(await wait).toMatchObject({
        name: 'AbortError',
        message: 'Aborted by the caller while connecting to web1',
      });
    }
    expect(signals[0]?.aborted).toBe(true);
    await settle();
    expect(connection.state).toBe('disconnected');
  });

  it('begins anew for who comes after everybody gave up, also while the old one is on its way out', async () => {
    const gates = [new Gate(), new Gate()];
    let tries = 0;
    const connection = new ScriptedConnection({
      connect: () => {
        tries += 1;
        return gates[tries - 1]?.pass();
      },
    });
    const controller = new AbortController();
    const given = connection.connect({ signal: controller.signal });
    await settle();
    controller.abort();
    const again = given.catch((error: unknown) => {
      expect(error).toBeInstanceOf(AbortError);
      expect(connection.state).toBe('connecting');
      return connection.connect();
    });
    await settle();
    gates[1]?.open();
    await again;
    expect(connection.connected).toBe(true);
    expect(tries).toBe(2);
    await connection.close();
  });

  it('leaves no listener on a signal that outlives it', async () => {
    const { signal } = new AbortController();
    const connection = new ScriptedConnection();
    for (let i = 0; i < 20; i += 1) {
      await connection.connect({ signal });
      await connection.execute('true', { signal });
      await connection.disconnect();
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await connection.close();
  });

  it('opens nothing where the signal has fired before', async () => {
    const connection = new ScriptedConnection();
    await expect(connection.connect({ signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    expect([connection.transports.length, connection.state]).toEqual([0, 'idle']);
  });

  it.each([0, -5, Number.NaN])('refuses a time limit of %s', async (timeout) => {
    const connection = new ScriptedConnection();
    await expect(connection.connect({ timeout })).rejects.toThrow(OptionError);
    expect(connection.state).toBe('idle');
  });
});

describe('the time limit of a connect', () => {
  const silent = (o: { connectTimeout?: number } = {}): ScriptedConnection =>
    new ScriptedConnection(
      {
        connect: ({ trace }) => {
          trace.enter({ hop: 'web1:22', phase: 'banner', note: () => 'it said nothing' });
          return new Gate().pass();
        },
      },
      o,
    );

  it.each([
    ['its own', { timeout: 50 }, { connectTimeout: 70 }, 50],
    ['that of the configuration', {}, { connectTimeout: 70 }, 70],
    ['20 seconds', {}, {}, 20_000],
  ])('is %s', async (_whose, options, target, ms) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const connection = silent(target);
    const failed = errorOf(connection.connect(options));
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(connection.state).toBe('connecting');
    await vi.advanceTimersByTimeAsync(1);
    const error = await failed;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ phase: 'banner', ms, host: 'web1' });
    expect((error as Error).message).toBe(
      `Timed out after ${ms} ms of connecting to web1 (banner, web1:22; it said nothing).`,
    );
    expect(connection.state).toBe('disconnected');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('of who joins ends his wait, and not the connect', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const gate = new Gate();
    const connection = new ScriptedConnection({ connect: () => gate.pass() });
    const first = connection.connect();
    const joined = errorOf(connection.connect({ timeout: 10 }));
    await vi.advanceTimersByTimeAsync(10);
    expect(await joined).toMatchObject({ name: 'TimeoutError', ms: 10 });
    expect(connection.state).toBe('connecting');
    gate.open();
    await first;
    expect(connection.connected).toBe(true);
    await connection.close();
  });
});

describe('closing', () => {
  it('wins over a connect that is under way', async () => {
    const gate = new Gate();
    const connection = new ScriptedConnection({ connect: () => gate.pass() });
    const states = statesOf(connection);
    const connecting = errorOf(connection.connect());
    await settle();
    await connection.close();
    expect(await connecting).toBeInstanceOf(ClosedError);
    gate.open();
    await settle();
    expect(states).toEqual(['connecting', 'closed']);
    expect(connection.latest.channels).toBe(0);
  });

  it('wins over a connect that comes through at the same moment', async () => {
    const gate = new Gate();
    let ended = 0;
    const connection = new ScriptedConnection({ connect: () => gate.pass() });
    const connecting = connection.connect().catch((error: unknown) => error);
    await settle();
    connection.latest.once('close', () => {
      ended += 1;
    });
    gate.open();
    await gate.passed;
    await connection.close();
    await connecting;
    expect([connection.state, ended]).toEqual(['closed', 1]);
    await expect(connection.execute('true')).rejects.toThrow(ClosedError);
  });

  it('is final: neither a connect nor a service brings it back', async () => {
    const connection = new ScriptedConnection();
    await connection.connect();
    await connection.close();
    await expect(connection.connect()).rejects.toThrow('The connection to web1 was closed: make another one,');
    await expect(connection.execute('true')).rejects.toThrow(ClosedError);
    await connection.disconnect();
    expect([connection.state, connection.transports.length]).toEqual(['closed', 1]);
  });

  it('may be asked for any number of times, and is over for each who asked', async () => {
    const connection = new ScriptedConnection({ exec: () => new Promise(() => {}) });
    await connection.connect();
    let ended = false;
    connection.latest.once('close', () => {
      ended = true;
    });
    await Promise.all([connection.close(), connection.close()]);
    expect(ended).toBe(true);
    await connection.close();
    {
      await using again = connection;
      expect(again.state).toBe('closed');
    }
  });

  it('waits for a disconnect that is on its way', async () => {
    const connection = new ScriptedConnection({ connect: () => undefined });
    await connection.connect();
    const order: string[] = [];
    const away = new Gate();
    const { latest } = connection;
    const close = latest.close.bind(latest);
    latest.close = async () => {
      await away.pass();
      await close();
      order.push('link closed');
    };
    const first = connection.disconnect().then(() => order.push('disconnected'));
    const second = connection.close().then(() => order.push('closed'));
    await settle();
    expect(order).toEqual([]);
    away.open();
    await Promise.all([first, second]);
    expect(order[0]).toBe('link closed');
  });

  it('fails what runs with ClosedError', async () => {
    const connection = new ScriptedConnection({ exec: () => new Promise(() => {}) });
    await connection.connect();
    const running = errorOf(connection.execute('sleep 100'));
    await settle();
    await connection.close();
    expect(await running).toBeInstanceOf(ClosedError);
    expect(connection.active).toBe(0);
  });
});

describe('disconnecting', () => {
  it('is a change of state: connecting works again, over a new link', async () => {
    const connection = new ScriptedConnection();
    const states = statesOf(connection);
    await connection.connect();
    await connection.disconnect();
    await connection.disconnect();
    await connection.connect();
    expect(states).toEqual(['connecting', 'connected', 'disconnected', 'connecting', 'connected']);
    expect(connection.transports).toHaveLength(2);
    await connection.close();
  });

  it('fails what runs with DisconnectedError, and emits no "lost"', async () => {
    const connection = new ScriptedConnection({ exec: () => new Promise(() => {}) });
    const lost = vi.fn();
    connection.on('lost', lost);
    await connection.connect();
    const running = errorOf(connection.execute('sleep 100'));
    await settle();
    await connection.disconnect();
    expect(await running).toBeInstanceOf(DisconnectedError);
    expect(lost).not.toHaveBeenCalled();
    await connection.close();
  });

  it('ends a connect that is under way, and a connect right after it begins anew', async () => {
    const gates = [new Gate(), new Gate()];
    let tries = 0;
    const connection = new ScriptedConnection({
      connect: () => {
        tries += 1;
        return gates[tries - 1]?.pass();
      },
    });
    const first = errorOf(connection.connect());
    await settle();
    const away = connection.disconnect();
    const second = connection.connect();
    expect(await first).toBeInstanceOf(DisconnectedError);
    await away;
    gates[1]?.open();
    await second;
    expect([connection.state, tries]).toEqual(['connected', 2]);
    await connection.close();
  });
});

describe('a link that ends by itself', () => {
  it('is told as "lost" with the reason, once, and the next service connects again', async () => {
    const connection = new ScriptedConnection({ exec: { stdout: 'ok' } });
    const reasons: unknown[] = [];
    connection.on('lost', (reason) => reasons.push(reason));
    const heard: StateEvent[] = [];
    const stop = diagnostics.state.subscribe((event) => heard.push(event));
    await connection.connect();
    const reason = new DisconnectedError('The connection to web1 was lost: it was cut.', { host: 'web1' });
    connection.latest.destroy(reason);
    expect([connection.state, reasons]).toEqual(['disconnected', [reason]]);
    expect((await connection.execute('uptime')).stdout).toBe('ok');
    stop();
    expect(heard.map(({ state, reason: why }) => [state, why])).toEqual([
      ['connecting', undefined],
      ['connected', undefined],
      ['disconnected', reason.message],
      ['connecting', undefined],
      ['connected', undefined],
    ]);
    await connection.close();
    expect(reasons).toHaveLength(1);
  });

  it('does not disturb the link that came after it', async () => {
    const connection = new ScriptedConnection();
    await connection.connect();
    const old = connection.latest;
    await connection.disconnect();
    await connection.connect();
    old.emit('close', new DisconnectedError('Late news.'));
    expect(connection.state).toBe('connected');
    await connection.close();
  });
});
