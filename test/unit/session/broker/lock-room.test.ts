import { describe, expect, it } from 'vitest';
import { SshConnection } from '../../../../src/connection/ssh-connection.js';
import { AbortError } from '../../../../src/core/errors.js';
import type { Target } from '../../../../src/inventory/target.js';
import { LockRoom } from '../../../../src/session/broker/lock-room.js';

const session = (o: Partial<Target> = {}): SshConnection =>
  new SshConnection({ target: { host: 'web1', username: 'deploy', sshConfig: false, threadSafe: true, ...o } });

describe('the locks of sessions', () => {
  it('are granted strictly in the order of asking, whoever asks', async () => {
    const room = new LockRoom();
    const order: number[] = [];
    const one = session();
    await Promise.all(
      [1, 2, 3, 4].map(async (n) => {
        using _lease = await room.acquire(n % 2 === 0 ? one : session());
        order.push(n);
        await new Promise((resolve) => setImmediate(resolve));
      }),
    );
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('belong to the machine and the user, and not to the link: what takes its place has the same', async () => {
    const room = new LockRoom();
    using _held = await room.acquire(session());
    using _other = await room.acquire(session({ username: 'root' }));
    const waiting = room.acquire(session({ port: 22, key: 'the same one' }), { signal: AbortSignal.timeout(20) });
    await expect(waiting).rejects.toThrow(AbortError);
  });

  it('are forgotten when nobody holds them or waits, also where all gave up', async () => {
    const room = new LockRoom();
    const held = await room.acquire(session());
    const giveUp = new AbortController();
    const gone = room.acquire(session(), { signal: giveUp.signal });
    const next = room.acquire(session());
    giveUp.abort();
    await expect(gone).rejects.toThrow(AbortError);
    held.release();
    (await next).release();
    expect(room.size).toBe(0);
  });
});
