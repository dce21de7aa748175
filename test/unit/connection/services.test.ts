import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { AbortError, ChannelError, ConnectError } from '../../../src/core/errors.js';
import { errorOf, Gate, ScriptedConnection, settle } from './scripted-connection.js';

describe('a service', () => {
  it('connects first where that is needed, once for all that begin together', async () => {
    const connection = new ScriptedConnection({ exec: (command) => ({ stdout: command }) });
    const results = await Promise.all(['a', 'b', 'c'].map((command) => connection.execute(command)));
    expect(results.map((result) => result.stdout)).toEqual(['a', 'b', 'c']);
    expect(connection.transports).toHaveLength(1);
    await connection.close();
  });

  it('gives a result that reads as what the command wrote, and is plain data', async () => {
    await using connection = new ScriptedConnection({ exec: (command) => ({ stdout: `${command}\n` }) });
    const result = await connection.execute('a');
    expect(`${result}`).toBe('a\n');
    expect(String(await connection.execute('b', { encoding: 'buffer' }))).toBe('b\n');
    expect(Object.keys(result)).not.toContain('toString');
    expect(structuredClone(result)).toEqual(result);
  });

  it('fails as the connect does, and counts no longer', async () => {
    const connection = new ScriptedConnection({
      connect: () => {
        throw new ConnectError('tcp', 'Cannot connect to web1.');
      },
    });
    await expect(connection.execute('true')).rejects.toThrow(ConnectError);
    await expect(connection.dial({ host: 'db', port: 1 })).rejects.toThrow(ConnectError);
    await expect(connection.shell()).rejects.toThrow(ConnectError);
    expect(connection.active).toBe(0);
  });

  it('counts while it runs, and "idle" tells that the last one has ended', async () => {
    const gates = new Map([
      ['a', new Gate()],
      ['b', new Gate()],
    ]);
    const connection = new ScriptedConnection({
      exec: async (command) => {
        await gates.get(command)?.pass();
        return {};
      },
    });
    const idle = vi.fn();
    connection.on('idle', idle);
    const both = ['a', 'b'].map((command) => connection.execute(command));
    await settle();
    expect(connection.active).toBe(2);
    gates.get('a')?.open();
    await both[0];
    expect([connection.active, idle.mock.calls.length]).toEqual([1, 0]);
    gates.get('b')?.open();
    await both[1];
    expect([connection.active, idle.mock.calls.length]).toEqual([0, 1]);
    await connection.close();
  });

  it('that is a stream counts from the call until it closes, and then the connection is idle', async () => {
    const gate = new Gate();
    const connection = new ScriptedConnection({
      connect: () => gate.pass(),
      dial: (to, stream) => void stream.end(`to ${'host' in to ? to.host : to.socketPath}`),
    });
    const idle = vi.fn();
    connection.on('idle', idle);
    const dialling = connection.dial({ host: 'db', port: 5432 });
    await settle();
    expect(connection.active).toBe(1);
    gate.open();
    const stream = await dialling;
    expect([connection.active, idle.mock.calls.length]).toEqual([1, 0]);
    const closed = once(stream, 'close');
    stream.destroy();
    await closed;
    expect([connection.active, idle.mock.calls.length]).toEqual([0, 1]);
    await connection.close();
  });

  it('that the machine cannot give leaves nothing behind', async () => {
    const connection = new ScriptedConnection();
    await expect(connection.dial({ host: 'db', port: 1 })).rejects.toThrow(ChannelError);
    await expect(connection.subsystem('sftp')).rejects.toThrow(ChannelError);
    expect([connection.active, connection.latest.channels]).toEqual([0, 0]);
    await connection.close();
  });
});

describe('a thread-safe connection', () => {
  it('runs one service at a time, in the order in which they were asked for', async () => {
    const gates = new Map(['a', 'b', 'c'].map((name) => [name, new Gate()]));
    const begun: string[] = [];
    const connection = new ScriptedConnection(
      {
        exec: async (command) => {
          begun.push(command);
          await gates.get(command)?.pass();
          return {};
        },
      },
      { threadSafe: true },
    );
    const all = ['a', 'b', 'c'].map((command) => connection.execute(command));
    await settle();
    expect([begun, connection.lock.locked, connection.lock.waiting, connection.active]).toEqual([['a'], true, 2, 3]);
    gates.get('a')?.open();
    await all[0];
    await settle();
    expect(begun).toEqual(['a', 'b']);
    gates.get('b')?.open();
    gates.get('c')?.open();
    await Promise.all(all);
    expect([begun, connection.lock.locked]).toEqual([['a', 'b', 'c'], false]);
    await connection.close();
  });

  it('lets the next one in where one gave up waiting, or failed', async () => {
    const gate = new Gate();
    const connection = new ScriptedConnection(
      {
        exec: async (command) => {
          if (command === 'first') await gate.pass();
          return { code: command === 'bad' ? 1 : 0 };
        },
      },
      { threadSafe: true },
    );
    const controller = new AbortController();
    const first = connection.execute('first');
    const gone = errorOf(connection.execute('gone', { signal: controller.signal }));
    const bad = errorOf(connection.execute('bad', { check: true }));
    const last = connection.execute('last');
    await settle();
    controller.abort();
    expect(await gone).toBeInstanceOf(AbortError);
    gate.open();
    await first;
    expect(await bad).toMatchObject({ code: 'ERR_HAWSER_COMMAND' });
    expect((await last).ok).toBe(true);
    expect(connection.lock.locked).toBe(false);
    await connection.close();
  });

  it('shares its lock with its user', async () => {
    const connection = new ScriptedConnection({}, { threadSafe: true });
    let done = false;
    const held = await connection.lock.acquire();
    const waiting = connection.execute('true').then(() => {
      done = true;
    });
    await settle();
    expect(done).toBe(false);
    held.release();
    await waiting;
    await connection.close();
  });

  it('takes no lock where the target does not ask for it', async () => {
    const connection = new ScriptedConnection();
    await using _held = await connection.lock.acquire();
    expect((await connection.execute('true')).ok).toBe(true);
    await connection.close();
  });
});
