import { describe, expect, it } from 'vitest';
import {
  AuthError,
  ConnectError,
  DisconnectedError,
  HostKeyError,
  ThrottledError,
  TimeoutError,
} from '../../../src/core/errors.js';
import type { FleetExecuteOptions } from '../../../src/fleet/execute-work.js';
import { memoryFleet } from './memory-fleet.js';

const refused = (): ConnectError => new ConnectError('tcp', 'refused', { host: 'a', retryable: true });

/** Connects to a machine that fails so many times, by an error; tells how often it was tried. */
async function attempts(
  failures: number,
  error: () => Error,
  o: FleetExecuteOptions,
): Promise<{ tries: number; outcome: string | undefined; commands: number }> {
  let tries = 0;
  let commands = 0;
  await using mc = memoryFleet(['a'], () => ({
    connect: () => {
      tries += 1;
      if (tries <= failures) throw error();
    },
    exec: () => {
      commands += 1;
      return {};
    },
  }));
  const result = await mc.execute('x', o);
  return { tries, outcome: result.get('a')?.outcome, commands };
}

describe('retries', () => {
  it('try a connect again that failed for a reason which may pass', async () => {
    expect(await attempts(1, refused, {})).toEqual({ tries: 1, outcome: 'connect', commands: 0 });
    expect(await attempts(1, refused, { retries: 2 })).toEqual({ tries: 2, outcome: 'exit', commands: 1 });
    expect(await attempts(1, () => new ThrottledError('busy'), { retries: 1 })).toMatchObject({ outcome: 'exit' });
    const timedOut = (): TimeoutError => new TimeoutError('late', { phase: 'tcp', ms: 1 });
    expect(await attempts(1, timedOut, { retries: 1 })).toMatchObject({ outcome: 'exit' });
  });

  it('give up after so many, with the last error', async () => {
    expect(await attempts(9, refused, { retries: 1 })).toEqual({ tries: 2, outcome: 'connect', commands: 0 });
  });

  it.each<[string, () => Error]>([
    ['credentials', () => new AuthError('no', [], { retryable: true })],
    [
      'the host key',
      () =>
        new HostKeyError(
          'unknown',
          { reason: 'unknown', fingerprint: 'SHA256:x', keyType: 'ssh-ed25519' },
          { retryable: true },
        ),
    ],
    ['a server that hangs up on the login', () => new ConnectError('auth', 'gone', { retryable: true })],
    ['a login that takes too long', () => new TimeoutError('late', { phase: 'auth', ms: 1 })],
    ['what will not pass', () => new ConnectError('resolve', 'no such host')],
  ])('are not made after a failure of %s', async (_what, error) => {
    expect(await attempts(9, error, { retries: 5 })).toMatchObject({ tries: 1, commands: 0 });
  });

  it('end with the time of the host', async () => {
    const { outcome, commands } = await attempts(Number.POSITIVE_INFINITY, refused, { retries: 1000, timeout: 300 });
    expect({ outcome, commands }).toEqual({ outcome: 'timeout', commands: 0 });
  });

  it('end with the signal', async () => {
    const stop = new AbortController();
    let tries = 0;
    await using mc = memoryFleet(['a'], () => ({
      connect: () => {
        tries += 1;
        setImmediate(() => stop.abort());
        throw refused();
      },
    }));
    const result = await mc.connect({ retries: 1000, signal: stop.signal });
    expect(result.get('a')?.error).toMatchObject({ name: 'AbortError' });
    expect(tries).toBe(1);
  });

  it('end when the fleet is closed', async () => {
    const mc = memoryFleet(['a'], () => ({
      connect: () => {
        setImmediate(() => void mc.close());
        throw refused();
      },
    }));
    const result = await mc.execute('x', { retries: 1000 });
    expect(result.ok).toBe(false);
    await mc.close();
  });

  it('are for connects alone: a command whose link broke is not run again', async () => {
    let commands = 0;
    await using mc = memoryFleet(['a'], () => ({
      exec: () => {
        commands += 1;
        throw new DisconnectedError('The link broke.');
      },
    }));
    expect((await mc.execute('x', { retries: 5 })).get('a')?.outcome).toBe('lost');
    expect(commands).toBe(1);
  });

  it('hold for connect, and for each connection of a pool', async () => {
    const tries: string[] = [];
    await using mc = memoryFleet(['a', 'a', 'b'], (key) => ({
      connect: () => {
        tries.push(key);
        if (tries.filter((one) => one === key).length === 1) throw refused();
      },
    }));
    expect((await mc.connect({ retries: 1 })).ok).toBe(true);
    expect(tries.toSorted()).toEqual(['a', 'a', 'a', 'b', 'b']);
  });
});
