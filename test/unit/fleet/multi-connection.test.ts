import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  AuthError,
  ConnectError,
  DisconnectedError,
  HostKeyError,
  ThrottledError,
  TimeoutError,
} from '../../../src/core/errors.js';
import { HawserError, OptionError } from '../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { keys, MemoryConnection, memoryFleet } from './memory-fleet.js';

describe('a fleet as a map', () => {
  it('holds a connection for each time that a target is named, under its key, and opens none', () => {
    const mc = new MultiConnection(['web1', 'db@web2:2222', 'web1', { host: '::1', key: 'six' }]);
    expect([...mc.keys()]).toEqual(['web1', 'db@web2:2222', 'six']);
    expect(mc.hosts).toEqual(['web1', 'web2', '::1']);
    expect([mc.size, mc.sizeAll]).toEqual([3, 4]);
    expect(mc.getAll('web1')).toHaveLength(2);
    expect(mc.getAll('web1').every(({ state }) => state === 'idle')).toBe(true);
    expect(mc.batchSize).toBe(100);
  });

  it('gives each connection of a key in its turn, and makes nothing by looking', () => {
    const mc = new MultiConnection(['a', 'a', 'b']);
    const [first, second] = mc.getAll('a');
    expect([mc.get('a'), mc.get('a'), mc.get('a')]).toEqual([first, second, first]);
    expect(mc.get('c')).toBeUndefined();
    expect(mc.getAll('c')).toEqual([]);
    expect(mc.has('c')).toBe(false);
    expect(mc.size).toBe(2);
    expect([...mc].map(([key]) => key)).toEqual(['a', 'b']);
    expect([...mc.values()]).toEqual([second, mc.get('b')]);
  });

  it('of no hosts is a fleet: it has no results, and all is well', async () => {
    await using mc = new MultiConnection([]);
    const result = await mc.execute('true');
    expect([result.size, result.ok]).toEqual([0, true]);
    expect((await mc.connect()).ok).toBe(true);
  });

  it('applies local, threadSafe and defaults, to all or one by one, and never over what a target says', () => {
    const mc = new MultiConnection(['a', { host: 'b', username: 'own' }], {
      local: [false, true],
      threadSafe: true,
      defaults: { username: 'all', port: 2200 },
    });
    expect(mc.get('a')?.target).toMatchObject({ username: 'all', port: 2200, threadSafe: true });
    expect(mc.get('b')?.target).toMatchObject({ username: 'own', port: 2200, protocol: 'local' });
    expect(() => new MultiConnection(['a'], { local: [true, false] })).toThrow(
      'one entry for each of the 1 targets, got 2',
    );
    expect(() => new MultiConnection(['a'], { threadSafe: [] })).toThrow(OptionError);
    // @ts-expect-error: what callers without types may write
    expect(() => new MultiConnection(['a'], { defaults: { user: 'x' } })).toThrow(OptionError);
    expect(() => new MultiConnection('web1')).toThrow('got a string');
  });

  it('is made of a host set and one way to get in, of which nothing shows', () => {
    const mc = MultiConnection.fromSharedAuth({
      hosts: 'web[01-03]!web02',
      username: 'me',
      password: 's3cret',
      batchSize: 7,
    });
    expect([...mc.keys()]).toEqual(['web01', 'web03']);
    expect(mc.get('web01')?.target).toMatchObject({ username: 'me' });
    expect(mc.get('web01')?.target.password).toBe('s3cret');
    expect(mc.batchSize).toBe(7);
    expect(inspect(mc, { depth: 9 }) + JSON.stringify([...mc.values()]) + inspect([...mc], { depth: 9 })).not.toContain(
      's3cret',
    );
    expect([...MultiConnection.fromSharedAuth({ hosts: ['b', 'root@a:22'] }).keys()]).toEqual(['b', 'root@a:22']);
    expect(() => MultiConnection.fromSharedAuth({ hosts: '' })).toThrow('`hosts`');
    expect(() => MultiConnection.fromSharedAuth({ hosts: [] })).toThrow(OptionError);
  });

  it('borrows connections as they are, or owns them if told so', async () => {
    const a = new MemoryConnection('a');
    const borrowing = MultiConnection.fromConnections([a, a]);
    expect(borrowing.getAll('a')).toEqual([a]);
    await borrowing.execute('x');
    await borrowing.close();
    expect(a.state).toBe('connected');
    await MultiConnection.fromConnections([a], { own: true }).close();
    expect(a.state).toBe('closed');
  });
});

describe('execute', () => {
  it('runs a command once on each host and answers in the order of the fleet', async () => {
    await using mc = new MultiConnection(['local:a', 'local:b', 'local:a']);
    const result = await mc.execute(['echo', 'a  b']);
    expect([...result.values()].map(({ key, host, stdout, ok }) => ({ key, host, stdout, ok }))).toEqual([
      { key: 'local:a', host: 'a', stdout: 'a  b\n', ok: true },
      { key: 'local:b', host: 'b', stdout: 'a  b\n', ok: true },
    ]);
  });

  it('has a result for each host, however it fails, with the outcome that the error means', async () => {
    const about = { host: 'x' };
    const failures: Record<string, [outcome: string, error: HawserError]> = {
      key: [
        'hostkey',
        new HostKeyError('Unknown key', { reason: 'unknown', keyType: 'ssh-rsa', fingerprint: 'SHA256:x' }, about),
      ],
      user: ['auth', new AuthError('No key was accepted', [], about)],
      crowd: ['throttled', new ThrottledError('Too many', about)],
      port: ['connect', new ConnectError('tcp', 'Refused', about)],
      hole: ['connect', new TimeoutError('Too long', { ...about, phase: 'tcp', ms: 1 })],
      kill: ['timeout', new TimeoutError('Too long', { ...about, phase: 'execute', ms: 1 })],
      link: ['lost', new DisconnectedError('Broke', about)],
      bug: ['unknown', new HawserError('ERR_HAWSER_OTHER', 'Else')],
    };
    await using mc = memoryFleet(['fine', ...Object.keys(failures), 'bad'], (key) => ({
      connect: () => {
        const [, error] = failures[key] ?? [];
        if (error !== undefined) throw error;
      },
      exec: { stdout: 'out', code: key === 'bad' ? 9 : 0 },
    }));
    const result = await mc.execute('x');
    for (const [key, [outcome, error]] of Object.entries(failures)) {
      expect(result.get(key)).toMatchObject({
        key,
        host: key,
        command: 'x',
        outcome,
        status: null,
        ok: false,
        stdout: '',
      });
      expect(result.get(key)?.error).toBeInstanceOf(error.constructor);
      expect(result.get(key)?.error?.key).toBe(key);
    }
    expect(result.get('fine')).toMatchObject({ ok: true, outcome: 'exit', status: 0 });
    expect(result.get('bad')).toMatchObject({ ok: false, outcome: 'exit', status: 9 });
    expect(result.get('bad')?.error).toBeUndefined();
  });

  it('gives each host an error of its own where all fail by the same one', async () => {
    const shared = new ConnectError('auth', 'The jump host said no', { hop: 'bastion:22' });
    await using mc = memoryFleet(['a', 'b'], () => ({
      connect: () => {
        throw shared;
      },
    }));
    const result = await mc.execute('x');
    const errors = [...result.values()].map(({ error }) => error);
    expect(errors.map((error) => error?.key)).toEqual(['a', 'b']);
    for (const error of errors) {
      expect(error).toBeInstanceOf(ConnectError);
      expect(error).toMatchObject({ message: 'The jump host said no', hop: 'bastion:22', phase: 'auth' });
      expect(String(error?.stack)).toContain('The jump host said no');
    }
  });

  it('keeps the result of a command that check does not let pass', async () => {
    await using mc = memoryFleet(['a'], () => ({ exec: { stdout: 'out', stderr: 'oh no', code: 2 } }));
    const result = (await mc.execute('x', { check: true })).get('a');
    expect(result).toMatchObject({
      ok: false,
      outcome: 'exit',
      status: 2,
      stdout: 'out',
      error: { code: 'ERR_HAWSER_COMMAND' },
    });
  });

  it('gives bytes where they are asked for, also from hosts that failed', async () => {
    await using mc = memoryFleet(['a', 'b'], (key) => ({
      exec: { stdout: Buffer.from([0xff]) },
      ...(key === 'b' ? { connect: () => Promise.reject(new ConnectError('tcp', 'Refused')) } : {}),
    }));
    const result = await mc.execute('x', { encoding: 'buffer' });
    const bytes: Buffer[] = [...result.values()].map(({ stdout }) => stdout);
    expect(bytes).toEqual([Buffer.from([0xff]), Buffer.alloc(0)]);
  });

  it('refuses what cannot be meant, before anything runs', async () => {
    await using mc = memoryFleet(['a', 'b'], () => ({}));
    await expect(mc.execute('x', { input: Readable.from(['x']) })).rejects.toThrow('read only once');
    // @ts-expect-error: what callers without types may write
    await expect(mc.execute('x', { encoding: 'utf9' })).rejects.toThrow('`encoding`');
    await expect(mc.execute('x', { env: { 'a b': '' } })).rejects.toThrow(OptionError);
    await expect(mc.execute([])).rejects.toThrow(OptionError);
    expect([...mc.values()].every(({ state }) => state === 'idle')).toBe(true);
  });
});

describe('executeMap', () => {
  it('runs each host its own command, on no others, in the order of the fleet', async () => {
    await using mc = memoryFleet(keys(4), () => ({ exec: (command) => ({ stdout: command }) }));
    const result = await mc.executeMap(
      new Map([
        ['h3', 'three'],
        ['h1', 'one'],
      ]),
    );
    expect([...result].map(([key, { stdout }]) => [key, stdout])).toEqual([
      ['h1', 'one'],
      ['h3', 'three'],
    ]);
    expect((await mc.executeMap({ h2: ['echo', 'a b'] })).get('h2')?.stdout).toBe("echo 'a b'");
    expect(mc.get('h4')?.state).toBe('idle');
    expect((await mc.executeMap({})).size).toBe(0);
  });

  it('rejects keys that are not in the fleet, before anything runs', async () => {
    await using mc = memoryFleet(['a'], () => ({}));
    const run = mc.executeMap({ a: 'true', nobody: 'true', toString: 'true' });
    await expect(run).rejects.toThrow(OptionError);
    await expect(run).rejects.toThrow('"nobody", "toString"');
    expect(mc.get('a')?.state).toBe('idle');
  });
});

describe('each', () => {
  it('calls the function with a connection of each host and keeps what it returns or throws', async () => {
    await using mc = memoryFleet(['a', 'b', 'c'], (key) => ({ exec: { stdout: key } }));
    const mine = new TypeError('mine');
    const result = await mc.each(async (connection, key) => {
      if (key === 'b') throw mine;
      if (key === 'c') throw 'text';
      return (await connection.execute('x')).stdout.length;
    });
    expect(result.get('a')).toMatchObject({ key: 'a', host: 'a', ok: true, value: 1 });
    expect(result.get('b')).toMatchObject({ ok: false, error: mine });
    expect(result.get('c')?.error).toMatchObject({ message: 'text', cause: 'text' });
    expect(result.get('b')).not.toHaveProperty('value');
  });

  it('tells the function by its signal when the time is up, and does not wait for one that is deaf', async () => {
    await using mc = memoryFleet(['a', 'b'], () => ({}));
    const result = await mc.each(
      (_, key, { signal }) =>
        new Promise<string>((resolve) => {
          if (key === 'a') signal.addEventListener('abort', () => resolve('heard'));
        }),
      { timeout: 20 },
    );
    expect([...result.values()].map(({ ok, error }) => [ok, error instanceof TimeoutError])).toEqual([
      [false, true],
      [false, true],
    ]);
  });
});
