import { describe, expect, it } from 'vitest';
import { Connection } from '../../../src/connection/connection.js';
import type { ReconnectOptions } from '../../../src/core/backoff.js';
import { AuthError, ClosedError, DisconnectedError } from '../../../src/core/errors.js';
import { FileError } from '../../../src/core/file-error.js';
import type { Target } from '../../../src/inventory/target.js';
import type { UseOptions } from '../../../src/remote/files/file-access.js';
import { errorOf, ScriptedConnection, settle } from './scripted-connection.js';

const CUT = new DisconnectedError('The connection to web1 was lost: it was cut.', { host: 'web1' });
const SOON: ReconnectOptions = { attempts: 1000, delay: 1, maxDelay: 1 };

/** Work that fails as often as it is told to, with the link lost under it. */
function workOn(connection: ScriptedConnection, losses: number, error: Error = CUT) {
  const work = { runs: 0, run: async (o: UseOptions): Promise<number> => once(o) };
  const once = (o: UseOptions): Promise<number> =>
    Connection.serviceOf(
      connection,
      async () => {
        work.runs += 1;
        if (work.runs > losses) return work.runs;
        connection.latest.destroy(CUT);
        throw error;
      },
      o,
    );
  return work;
}

function scripted(reconnect: ReconnectOptions | false = SOON, target: Partial<Target> = {}): ScriptedConnection {
  return new ScriptedConnection({}, target, reconnect);
}

describe('work whose link is lost under it', () => {
  it('is done again over the next one where it may be repeated', async () => {
    await using connection = scripted();
    expect(await workOn(connection, 3).run({ repeatable: true })).toBe(4);
    expect(connection.transports).toHaveLength(4);
  });

  it('is done again where the loss is what caused its error', async () => {
    await using connection = scripted();
    const error = new FileError('EIO', { syscall: 'read', path: '/etc/motd', cause: CUT });
    expect(await workOn(connection, 1, error).run({ repeatable: true })).toBe(2);
  });

  it('asks each time where it is to be asked', async () => {
    await using connection = scripted();
    let asked = 0;
    const work = workOn(connection, 20);
    const repeatable = (): boolean => {
      asked += 1;
      return asked < 15;
    };
    expect(await errorOf(work.run({ repeatable }))).toBe(CUT);
    expect([work.runs, asked]).toEqual([15, 15]);
  });

  it('counts as having come farther where it says so: the attempts begin anew', async () => {
    await using connection = scripted({ attempts: 2, delay: 1, maxDelay: 60_000 });
    expect(await workOn(connection, 5).run({ repeatable: () => true })).toBe(6);
  });

  it('is given up at last', async () => {
    await using connection = scripted();
    const work = workOn(connection, 100);
    expect(await errorOf(work.run({ repeatable: true }))).toBe(CUT);
    expect(work.runs).toBe(11);
  });

  it.each([
    ['it says nothing of being repeatable', {}, SOON, CUT],
    ['its connection does not reconnect', { repeatable: true }, false, CUT],
    [
      'it failed for a reason of its own',
      { repeatable: true },
      SOON,
      new FileError('ENOENT', { syscall: 'open', path: '/etc/motd' }),
    ],
  ] as const)('is done once where %s', async (_, o, reconnect, error) => {
    await using connection = scripted(reconnect);
    const work = workOn(connection, 1, error);
    expect(await errorOf(work.run(o))).toBe(error);
    expect(work.runs).toBe(1);
  });

  it('is done once where its owner disconnects meanwhile, or its signal fires', async () => {
    await using connection = scripted();
    const controller = new AbortController();
    for (const end of [() => void connection.disconnect(), () => controller.abort()]) {
      const work = workOn(connection, 1);
      connection.once('lost', end);
      expect(await errorOf(work.run({ repeatable: true, signal: controller.signal }))).toBe(CUT);
      expect(work.runs).toBe(1);
    }
  });

  it('fails with what ended the reconnecting', async () => {
    const refusal = new AuthError('web1 accepted nothing.', [], { host: 'web1' });
    let refuses = false;
    const connect = (): void => {
      if (refuses) throw refusal;
    };
    await using connection = new ScriptedConnection({ connect }, {}, SOON);
    await connection.connect();
    refuses = true;
    expect(await errorOf(workOn(connection, 1).run({ repeatable: true }))).toBe(refusal);
  });

  it('fails where the connection is closed while it waits for the next one', async () => {
    const connection = scripted({ attempts: 1, delay: 60_000 });
    const running = errorOf(workOn(connection, 1).run({ repeatable: true }));
    await new Promise<unknown>((resolve) => connection.once('reconnecting', resolve));
    await settle();
    await connection.close();
    expect(await running).toBeInstanceOf(ClosedError);
  });

  it('keeps the lock of a connection that several share', async () => {
    await using connection = scripted(SOON, { threadSafe: true });
    const order: string[] = [];
    const first = workOn(connection, 2)
      .run({ repeatable: true })
      .then(() => order.push('first'));
    const second = Connection.serviceOf(connection, async () => order.push('second'), {});
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });
});
