import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/connection/create-connection.js';
import { AuthError, ConnectError, ThrottledError, TimeoutError } from '../../../src/core/errors.js';
import type { HawserError } from '../../../src/core/hawser-error.js';
import type { Target } from '../../../src/inventory/target.js';
import { startTestFleet, type TestFleet } from '../../../src/testing/test-fleet.js';
import { openHandles, openSockets, waitUntil } from '../../rigs/rigs.js';
import { errorOf } from './target.js';

describe('a server that is none, or misbehaves', () => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await startTestFleet({ hosts: ['web1'] });
  });
  afterAll(async () => fleet?.close());

  const attempt = async <E extends HawserError>(
    kind: abstract new (...args: never[]) => E,
    onConnect: TestFleet['hosts'][number]['faults']['onConnect'],
    connectTimeout = 10_000,
  ): Promise<E> => {
    const host = fleet.host('web1');
    host.faults.onConnect = onConnect;
    try {
      const error = await errorOf(connect(host.target, { connectTimeout }), kind);
      expect(error.host).toBe('web1');
      expect(error.message).toContain('web1');
      return error;
    } finally {
      host.faults.onConnect = 'serve';
    }
  };

  it('that sends garbage without end is left after a bounded read', async () => {
    expect((await attempt(ConnectError, 'garbage')).phase).toBe('banner');
  });

  it('that speaks HTTP is named for what it is', async () => {
    expect((await attempt(ConnectError, 'http')).message).toContain('HTTP');
  });

  it('that says nothing costs its time limit and no more', async () => {
    const error = await attempt(TimeoutError, 'silent', 200);
    expect(error).toMatchObject({ phase: 'banner', ms: 200 });
    expect(error.message).toContain('it said nothing');
  });

  it('that resets is asked again a few times', async () => {
    const error = await attempt(ConnectError, 'reset');
    expect(error).toMatchObject({ phase: expect.stringMatching(/^(tcp|banner)$/), retryable: true });
  });

  it('that hangs up is asked again a few times', async () => {
    expect((await attempt(ConnectError, 'close')).phase).toBe('banner');
  });

  it('that is too busy is recognised until the time is up', async () => {
    expect((await attempt(ThrottledError, 'throttled', 500)).message).toContain('MaxStartups');
    expect(await attempt(ThrottledError, 'penalised', 2000)).toBeInstanceOf(ThrottledError);
  });

  it('that is too busy at first is reached in the end', async () => {
    const host = fleet.host('web1');
    let met = 0;
    host.faults.onConnect = () => {
      met += 1;
      return met <= 3 ? 'throttled' : 'serve';
    };
    await using connection = await connect(host.target);
    expect(connection.connectSteps.filter((s) => s.phase === 'throttled').length).toBeGreaterThan(0);
    host.faults.onConnect = 'serve';
  });

  it('that is not there refuses at once, with the port to look at', async () => {
    const host = fleet.host('web1');
    await host.stopListening();
    const error = await errorOf(connect(host.target), ConnectError);
    expect(error).toMatchObject({ phase: 'tcp', hop: `127.0.0.1:${host.port}`, retryable: true });
    expect(error.message).toContain('refused');
    await host.listen();
  });

  it('whose name does not resolve is told apart', async () => {
    const error = await errorOf(connect({ host: 'no-such-host.invalid', sshConfig: false }), ConnectError);
    expect(error.phase).toBe('resolve');
    expect(error.message).toContain('no-such-host.invalid');
  });

  it('that never answers an authentication is left in time', async () => {
    const host = fleet.host('web1');
    host.faults.authDelay = 60_000;
    const error = await errorOf(connect(host.target, { connectTimeout: 500 }), TimeoutError);
    expect(error.phase).toBe('auth');
    host.faults.authDelay = 0;
  });

  it('that refuses every credential is asked once with each', async () => {
    const host = fleet.host('web1');
    host.faults.refuseAuth = true;
    await errorOf(connect(host.target), AuthError);
    host.faults.refuseAuth = false;
  });

  it('leaves nothing behind, wherever the connect is aborted', async () => {
    const host = fleet.host('web1');
    const never = (): Promise<string> => new Promise(() => {});
    const shapes: { onConnect: 'silent' | 'throttled' | 'serve'; target: Target }[] = [
      { onConnect: 'silent', target: host.target },
      { onConnect: 'throttled', target: host.target },
      { onConnect: 'serve', target: { ...host.target, privateKey: [], password: never } },
      { onConnect: 'serve', target: { ...host.target, hostKey: async () => (await never()) === '' } },
    ];
    await (await connect(host.target)).close();
    await waitUntil('the first connection to be gone', () => host.connections === 0);
    const before = { handles: openHandles(), sockets: (await ours()).length };
    for (const { onConnect, target } of shapes) {
      host.faults.onConnect = onConnect;
      const controller = new AbortController();
      const reached = new Promise<void>((resolve) => {
        host.once('log', () => resolve());
      });
      const failure = errorOf(connect(target, { signal: controller.signal }), Error);
      await reached;
      controller.abort();
      expect((await failure).name).toBe('AbortError');
      host.faults.onConnect = 'serve';
    }
    await waitUntil('the sockets to close', async () => (await ours()).length === before.sockets);
    await waitUntil('the handles to go', () =>
      Object.entries(openHandles()).every(([type, count]) => count <= (before.handles[type] ?? 0)),
    );

    async function ours(): Promise<unknown[]> {
      return (await openSockets()).filter((s) => s.remote.endsWith(`:${host.port}`));
    }
  });

  it('takes its listener off a signal that outlives the call', async () => {
    const controller = new AbortController();
    for (let i = 0; i < 5; i += 1) {
      await using connection = await connect(fleet.host('web1').target, { signal: controller.signal });
      await connection.execute('true', { signal: controller.signal });
    }
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('gives up before it begins when the signal has fired already', async () => {
    const host = fleet.host('web1');
    host.clearLog();
    await expect(connect(host.target, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect(host.log).toHaveLength(0);
  });
});
