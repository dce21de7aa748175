import { once } from 'node:events';
import { expect, it } from 'vitest';
import { Connection, type OpenedTransport } from '../../../src/connection/connection.js';
import { DisconnectedError } from '../../../src/core/errors.js';
import type { MultiOptions } from '../../../src/fleet/fleet-options.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { MemoryTransport } from '../../../src/testing/memory-transport.js';

/** A machine whose lost link is not made again before a minute has passed. */
class PatientConnection extends Connection {
  readonly id: string;
  transport: MemoryTransport | undefined;

  constructor(key: string) {
    super({ target: { host: key, key }, reconnect: { delay: 60_000, maxDelay: 60_000 } });
    this.id = key;
  }

  protected async openTransport(): Promise<OpenedTransport> {
    this.transport = new MemoryTransport({ host: this.key });
    return { transport: this.transport, connectTimeout: undefined };
  }
}

/** A fleet of two that has worked on both, and one of which has lost its link. */
async function halfLost(
  keys: readonly ['lost', 'other'] | readonly ['other', 'lost'],
  o: MultiOptions,
): Promise<{ mc: MultiConnection; lost: PatientConnection; other: PatientConnection }> {
  const [lost, other] = [new PatientConnection('lost'), new PatientConnection('other')];
  const mc = MultiConnection.fromConnections(
    keys.map((key) => (key === 'lost' ? lost : other)),
    { ...o, own: true },
  );
  await mc.execute('true', { serial: 1 });
  await lost.connect();
  const attempt = once(lost, 'reconnecting');
  lost.transport?.destroy(new DisconnectedError('The link was lost.'));
  await attempt;
  return { mc, lost, other };
}

it('a connection that is being made again holds up the connects of no other', async () => {
  const { mc, lost, other } = await halfLost(['lost', 'other'], { connectConcurrency: 1 });
  await other.disconnect();
  const running = mc.execute('true');
  for await (const { key, ok } of running) {
    expect([key, ok, lost.state]).toEqual(['other', true, 'reconnecting']);
    break;
  }
  await lost.disconnect();
  expect([...(await running).values()].map(({ ok }) => ok)).toEqual([false, true]);
  await mc.close();
});

it('a connection that is being made again has a place among the open ones, and gives it up to who needs it', async () => {
  const { mc, lost } = await halfLost(['other', 'lost'], { maxConnections: 1 });
  expect((await mc.execute('true', { serial: 1 })).ok).toBe(true);
  expect(lost.state).toBe('connected');
  await mc.close();
});
